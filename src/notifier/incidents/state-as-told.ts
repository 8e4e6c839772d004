import type { Alert } from "../alert.js";
import type { ToldBefore } from "../outbox.js";
import type { DefectEntry } from "../defect-entry.js";
import { limitWindowMilliseconds } from "./rules.js";
import type { FaultState, StreamIncidentsState } from "./stream-state.js";

type DefectAlert = Alert & { readonly data: { readonly incidentKey: string; readonly defect: DefectEntry } };

function isOfDefect(alert: Alert): alert is DefectAlert {
  return alert.data.incidentKey !== undefined && alert.data.defect !== undefined;
}

function groupBy(alerts: readonly DefectAlert[], nameOf: (alert: DefectAlert) => string): Map<string, DefectAlert[]> {
  const groups = new Map<string, DefectAlert[]>();
  for (const alert of alerts) groups.set(nameOf(alert), [...(groups.get(nameOf(alert)) ?? []), alert]);
  return groups;
}

/**
 * A state that a process left, made to fit the alerts of its outbox. A process that is killed leaves either a bit behind the other:
 * an alert that the state does not know of was told, and one that the outbox does not hold was not.
 *
 * Where the outbox remembers the newest alerts only, the state is believed about what older ones may have told.
 *
 * @param state undefined where none was left
 */
export function stateAsTold(state: StreamIncidentsState | undefined, { alerts, isAll }: ToldBefore): StreamIncidentsState {
  const told = alerts.filter(isOfDefect);
  const atMilliseconds = Math.max(state?.atMilliseconds ?? 0, ...told.slice(-1).map(({ time }) => Date.parse(time)));
  const byKey = groupBy(told, ({ data }) => data.incidentKey);
  const faults = new Map(state?.faults.map((fault) => [fault.incidentKey, fault]));
  for (const [key, ofKey] of byKey) {
    const fault = faultAsTold(faults.get(key), ofKey, isAll);
    if (fault !== undefined) faults.set(key, fault);
  }
  if (isAll) for (const [key, fault] of faults) if (!byKey.has(key)) faults.set(key, untold(fault));
  const recent = told.filter(({ time }) => atMilliseconds - Date.parse(time) <= limitWindowMilliseconds);
  const sent = new Map(isAll ? [] : Object.entries(state?.sentMilliseconds ?? {}));
  for (const [type, ofType] of groupBy(recent, ({ data }) => data.defect.type)) {
    if (ofType.length >= (sent.get(type)?.length ?? 0))
      sent.set(
        type,
        ofType.map(({ time }) => Date.parse(time)),
      );
  }
  return {
    version: 1,
    maintenance: [],
    ...state,
    atMilliseconds,
    faults: [...faults.values()],
    sentMilliseconds: Object.fromEntries(sent),
  };
}

function untold({ told: _, flapping, ...fault }: FaultState): FaultState {
  return { ...fault, ...(flapping === undefined ? {} : { flapping: { ...flapping, isTold: false } }) };
}

/** A fault as its alerts have it; undefined where they are all past and the state has forgotten it. */
function faultAsTold(fault: FaultState | undefined, alerts: readonly DefectAlert[], isAll: boolean): FaultState | undefined {
  const last = alerts.findLast(({ type }) => type !== "framewatch.stream.flapping");
  const flapping = flappingAsTold(fault, alerts, isAll);
  const { told: toldOfState, flapping: _flapping, ...before } = fault ?? faultOf(alerts);
  if (last === undefined) return { ...before, ...flapping, ...(isAll || toldOfState === undefined ? {} : { told: toldOfState }) };
  const { id, severity } = last.data.defect;
  const isOpen = last.type !== "framewatch.defect.resolved";
  if (fault === undefined && !isOpen && flapping.flapping === undefined) return undefined;
  const told = { id, severity, isOpen };
  const isOfState = before.incident.defect.id === id;
  if (isOpen && !isOfState) return { ...faultOf(alerts), ...flapping, told, isOpen: true };
  // The state may not know yet that its incident is over; what people heard the end of is not found again.
  const ended = alerts.some(
    (alert) => alert.type === "framewatch.defect.resolved" && alert.data.defect.id === before.incident.defect.id,
  );
  return { ...before, ...flapping, told, ...(ended ? { isOpen: false } : {}) };
}

function flappingAsTold(
  fault: FaultState | undefined,
  alerts: readonly DefectAlert[],
  isAll: boolean,
): Pick<FaultState, "flapping"> {
  const last = alerts.findLast(({ data }) => data.flapping !== undefined);
  const said = last?.data.flapping;
  const began = fault?.flapping;
  const sinceMilliseconds = said === undefined ? undefined : Date.parse(said.startTime);
  if (last === undefined || said === undefined || sinceMilliseconds === undefined) {
    return began === undefined ? {} : { flapping: isAll ? { ...began, isTold: false } : began };
  }
  const isOfState = began?.sinceMilliseconds === sinceMilliseconds;
  if (said.endTime !== undefined) return began === undefined || isOfState ? {} : { flapping: { ...began, isTold: false } };
  if (isOfState) return { flapping: { ...began, isTold: true } };
  return { flapping: { sinceMilliseconds, lastMilliseconds: Date.parse(last.time), changes: said.changes, isTold: true } };
}

/** What the last alert of a fault tells of it. */
function faultOf(alerts: readonly DefectAlert[]): FaultState {
  const last = alerts.at(-1);
  if (last === undefined) throw new Error("A fault without a state and without alerts.");
  const { incidentKey, defect } = last.data;
  const lastChangeMilliseconds = Date.parse(last.time);
  const startMilliseconds = defect.startTime === undefined ? lastChangeMilliseconds : Date.parse(defect.startTime);
  return {
    incidentKey,
    type: defect.type,
    isOpen: last.type !== "framewatch.defect.resolved" && defect.endTime === undefined,
    incident: { defect, startMilliseconds },
    changesMilliseconds: [],
    lastChangeMilliseconds,
    heldBack: 0,
  };
}
