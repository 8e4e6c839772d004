import type { CauseFinder, Defect, DefectEvent, MaintenanceWindow } from "../../analyzers/index.js";
import type { AlertDraft, AlertJob } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import { incidentKey } from "../incident.js";
import { type AlertLimit, openAlertLimit } from "./alert-limit.js";
import {
  awaitedUntil,
  countChange,
  type Fault,
  faultState,
  flaps,
  isForgotten,
  isOpen,
  type LiveDefect,
  type Notice,
  noticeOf,
  restoredFault,
} from "./fault.js";
import type { IncidentChange, IncidentStep } from "./incident-log.js";
import { liveDefectId } from "./live-defect-id.js";
import { liveEntry, noticeAlert, rfc3339, worse } from "./live-alerts.js";
import { type MaintenanceSpan, maintenanceTest } from "./maintenance.js";
import type { OriginMember } from "./origin-groups.js";
import { alertLimit, followsLostInput, type HeldBackReason, limitWindowMilliseconds, settlingMilliseconds } from "./rules.js";
import type { StreamIncidentsState } from "./stream-state.js";

export interface StreamIncidentsOptions {
  readonly job: AlertJob;
  /** The stream's name. */
  readonly stream: string;
  /** Wall clock, in milliseconds, of a moment of stream time, in seconds. Stream time goes on when another process takes over. */
  wallClockOf(streamSeconds: number): number;
  /** The policy's windows. */
  readonly maintenance: readonly MaintenanceWindow[];
  readonly causes: CauseFinder;
  /** The stream's place among those of the same origin; absent where it has none. */
  readonly origin?: OriginMember;
  /** What the process that had the stream before knew of it. */
  readonly restored?: StreamIncidentsState;
}

/** Somebody looks after an incident. */
export interface Acknowledgement {
  readonly incidentKey: string;
  /** Who, for the log. */
  readonly by: string;
  /** Wall clock; until the incident is over when absent. */
  readonly untilMilliseconds?: number;
}

/**
 * The lives of a stream's faults as people hear of them. It has no clock: each call says the wall clock in milliseconds, which
 * does not go back, and returns what is to be sent now, and what belongs into the log.
 *
 * One rule carries it: at every moment, what was told last is compared with what is. Where they differ, an alert is due; it goes
 * out if nothing stands against it, and else is held back, and compared again at each `tick`.
 */
export interface StreamIncidents {
  take(event: DefectEvent, atMilliseconds: number): IncidentStep;
  /** To be called at least once a second. */
  tick(atMilliseconds: number): IncidentStep;
  /** Media ceased to arrive, or runs (again). What a predecessor told is awaited from `running` on. */
  input(state: "lost" | "running", atMilliseconds: number): IncidentStep;
  /** No alert of the incident but that it is over. Undefined where no such incident is open. */
  acknowledge(acknowledgement: Acknowledgement, atMilliseconds: number): IncidentStep | undefined;
  /** No alert at all in this time; what is wrong at its end is told then. */
  maintenance(span: MaintenanceSpan, atMilliseconds: number): IncidentStep;
  /** The stream is not watched any more, and everything was resolved: says so of what was held back, within the limit. */
  end(atMilliseconds: number): IncidentStep;
  /** What is wrong at this moment, told or not. */
  openIncidents(): { readonly incidentKey: string; readonly startTime: string; readonly defect: DefectEntry }[];
  /** For whoever takes the stream over. */
  state(): StreamIncidentsState;
}

/** What became of a change: sent, held back, or neither, where people know it already. */
type Outcome = Pick<IncidentChange, "alert" | "heldBack">;

export function openStreamIncidents(options: StreamIncidentsOptions): StreamIncidents {
  const { job, stream, wallClockOf, causes, origin, restored } = options;
  const faults = new Map<string, Fault>(restored?.faults.map((fault) => [fault.incidentKey, restoredFault(fault)]));
  const limits = new Map<string, AlertLimit>(
    Object.entries(restored?.sentMilliseconds ?? {}).map(([type, sent]) => [
      type,
      openAlertLimit(alertLimit, limitWindowMilliseconds, sent),
    ]),
  );
  const isInWindow = maintenanceTest(options.maintenance);
  let spans: MaintenanceSpan[] = [...(restored?.maintenance ?? [])];
  let now = restored?.atMilliseconds ?? 0;
  /** The last moment that a predecessor, or we, knew of. */
  const lastKnown = now;
  let isInputLost = false;
  let runningSince: number | undefined = restored === undefined ? now : undefined;
  let lostUntil = restored?.lostUntilMilliseconds ?? Number.NEGATIVE_INFINITY;
  let isEnding = false;
  let step: { alerts: AlertDraft[]; log: IncidentChange[] } = { alerts: [], log: [] };

  /** Runs one call: what it says is collected, and then everything is compared that may have changed by it. */
  function at(milliseconds: number, act: () => void): IncidentStep {
    now = milliseconds;
    step = { alerts: [], log: [] };
    act();
    return step;
  }

  function isMaintained(): boolean {
    return isInWindow(now) || spans.some((span) => now >= span.fromMilliseconds && now < span.untilMilliseconds);
  }

  function stalls(): Fault[] {
    return [...faults.values()].filter((fault) => fault.type === "stall" && isOpen(fault));
  }

  function followInput(): void {
    const [stall] = stalls();
    if (isInputLost || stall !== undefined) lostUntil = now;
    origin?.set(stall === undefined || isMaintained() ? undefined : stall.incident.startMilliseconds, now);
  }

  /** A consequence of a lost input, while it lasts and for a moment after. */
  function isInhibited({ type }: Fault): boolean {
    return followsLostInput.has(type) && !isEnding && now - lostUntil < settlingMilliseconds;
  }

  function limitOf(type: string): AlertLimit {
    const limit = limits.get(type) ?? openAlertLimit(alertLimit, limitWindowMilliseconds);
    limits.set(type, limit);
    return limit;
  }

  /** What stands against telling it. The stronger reason first: the one that would hold it back whatever the others say. */
  function obstacle(fault: Fault, notice: Notice): HeldBackReason | undefined {
    if (isMaintained()) return "maintenance";
    if (fault.acknowledged !== undefined && notice !== "resolved" && (notice !== "flapping" || isOpen(fault)))
      return "acknowledged";
    if (isInhibited(fault)) return "lost-input";
    const ofOrigin = fault.type === "stall" && notice !== "resolved" && !isEnding ? origin?.holdsBack(now) : undefined;
    if (ofOrigin !== undefined) return ofOrigin;
    return limitOf(fault.type).allows(now) ? undefined : "limit";
  }

  /** Tells what people do not know of a fault yet, if nothing stands against it. */
  function settle(fault: Fault): Outcome {
    const { acknowledged, flapping } = fault;
    if (acknowledged?.untilMilliseconds !== undefined && now >= acknowledged.untilMilliseconds) delete fault.acknowledged;
    if (isEnding && flapping !== undefined) fault.flapping = { ...flapping, lastMilliseconds: Number.NEGATIVE_INFINITY };
    const notice = noticeOf(fault, now);
    if (notice === undefined) {
      if (!flaps(fault, now)) delete fault.flapping;
      if (fault.flapping === undefined && !isOpen(fault) && !fault.told?.isOpen) delete fault.acknowledged;
      return fault.flapping === undefined ? {} : { heldBack: "flapping" };
    }
    fault.heldFor = obstacle(fault, notice);
    // What the origin did is no flapping of the stream.
    if (fault.heldFor === "origin-lost") {
      fault.changesMilliseconds = [];
      delete fault.flapping;
    }
    return fault.heldFor === undefined ? { alert: send(fault, notice) } : { heldBack: fault.heldFor };
  }

  function send(fault: Fault, notice: Notice): NonNullable<IncidentChange["alert"]> {
    const { incident } = fault;
    if (incident.judged !== undefined) incident.cause = causes.causeOf(incident.judged) ?? incident.cause;
    const draft = noticeAlert(job, fault, notice, now, limitOf(fault.type).take(now));
    step.alerts.push(draft);
    if (notice === "flapping" && fault.flapping !== undefined) fault.flapping.isTold = true;
    else fault.told = { id: incident.defect.id, isOpen: notice !== "resolved", severity: incident.defect.severity };
    if (!flaps(fault, now)) delete fault.flapping;
    fault.heldBack = 0;
    return { id: draft.id, type: draft.type };
  }

  /** Writes down a change, and what became of it. */
  function log(change: IncidentChange["change"], facts: Omit<IncidentChange, "time" | "change">): void {
    step.log.push({ time: rfc3339(now), change, ...facts });
  }

  /** A change of a fault: told or held back, counted, and written down. */
  function changed(fault: Fault, change: "opened" | "updated" | "resolved", defect: DefectEntry): void {
    followInput();
    const wasHeldFor = fault.heldFor;
    const outcome = settle(fault);
    // Nothing to tell, for the change before it was not told either.
    const heldBack = outcome.heldBack ?? (outcome.alert === undefined ? wasHeldFor : undefined);
    if (heldBack !== undefined) fault.heldBack++;
    const { cause } = fault.incident;
    log(change, {
      incidentKey: fault.incidentKey,
      incidentId: fault.incident.defect.id,
      defect,
      ...(cause === undefined ? {} : { cause }),
      ...(outcome.alert === undefined ? {} : { alert: outcome.alert }),
      ...(heldBack === undefined ? {} : { heldBack }),
    });
  }

  /** The fault begins or ends. What follows from a lost input, or happens while people work on the stream, is no flapping. */
  function turn(fault: Fault): void {
    fault.lastChangeMilliseconds = now;
    followInput();
    if (!isMaintained() && !isInhibited(fault)) countChange(fault, now);
  }

  function open(defect: Defect): void {
    const key = incidentKey({ ...job, stream }, defect);
    const known = faults.get(key);
    if (known?.isAwaited) return findAgain(known, defect);
    const startMilliseconds = Math.round(wallClockOf(defect.startSeconds));
    const second = Math.floor(startMilliseconds / 1000);
    const repeat = known?.onset.second === second ? known.onset.repeat + 1 : 0;
    const track = `${defect.affects ?? defect.medium}:${defect.track}`;
    const id = liveDefectId(stream, defect.type, track, second, repeat);
    const live: LiveDefect = { id, startMilliseconds, startSeconds: defect.startSeconds };
    const entry = liveEntry(defect, live);
    const fault = known ?? newFault(key, defect, entry, startMilliseconds);
    faults.set(key, fault);
    fault.onset = { second, repeat };
    const wasOpen = isOpen(fault);
    fault.open.set(defect.id, live);
    const goesOn = wasOpen || fault.told?.isOpen;
    if (goesOn) describe(fault, defect);
    else fault.incident = { defect: entry, startMilliseconds, judged: defect };
    if (!wasOpen) turn(fault);
    changed(fault, "opened", entry);
  }

  /** Goes on with an incident that a predecessor knew: it is no change. */
  function findAgain(fault: Fault, defect: Defect): void {
    const { startMilliseconds, defect: before } = fault.incident;
    fault.isAwaited = false;
    fault.open.set(defect.id, { id: before.id, startMilliseconds, startSeconds: before.startSeconds });
    describe(fault, defect);
    log("found-again", {
      incidentKey: fault.incidentKey,
      incidentId: before.id,
      defect: fault.incident.defect,
      ...settle(fault),
    });
  }

  /** What an alert says of an incident that goes on: measured now, begun then. */
  function describe({ incident }: Fault, defect: Defect, endMilliseconds?: number): void {
    const { id, startSeconds, severity } = incident.defect;
    const { startMilliseconds } = incident;
    const entry = liveEntry(defect, { id, startSeconds, startMilliseconds }, endMilliseconds);
    incident.defect = { ...entry, severity: worse(severity, defect.severity) };
    incident.judged = defect;
    incident.cause = causes.causeOf(defect) ?? incident.cause;
  }

  function update(fault: Fault, defect: Defect, live: LiveDefect): void {
    const { severity } = fault.incident.defect;
    describe(fault, defect);
    if (worse(severity, defect.severity) !== severity) changed(fault, "updated", liveEntry(defect, live));
  }

  function resolve(fault: Fault, defect: Defect, live: LiveDefect): void {
    const endMilliseconds = Math.round(wallClockOf(defect.endSeconds ?? defect.startSeconds));
    fault.open.delete(defect.id);
    describe(fault, defect, isOpen(fault) ? undefined : endMilliseconds);
    if (!isOpen(fault)) turn(fault);
    changed(fault, "resolved", liveEntry(defect, live, endMilliseconds));
  }

  /** It did not come back: it ended when it was last known to be there. */
  function giveUp(fault: Fault, endMilliseconds: number): void {
    const { startMilliseconds, defect } = fault.incident;
    const ended = Math.max(endMilliseconds, startMilliseconds);
    const endSeconds = defect.startSeconds + (ended - startMilliseconds) / 1000;
    fault.isAwaited = false;
    fault.incident.defect = { ...defect, endSeconds, endTime: rfc3339(ended) };
    turn(fault);
    changed(fault, "resolved", fault.incident.defect);
  }

  function settleAll(): void {
    followInput();
    spans = spans.filter(({ untilMilliseconds }) => untilMilliseconds > now);
    for (const [key, fault] of faults) {
      if (fault.isAwaited && runningSince !== undefined && now >= awaitedUntil(fault, runningSince)) giveUp(fault, lastKnown);
      const { alert } = settle(fault);
      if (alert !== undefined) {
        const { incidentKey: told, incident } = fault;
        log("told", { incidentKey: told, incidentId: incident.defect.id, defect: incident.defect, alert });
      }
      if (isForgotten(fault, now)) faults.delete(key);
    }
  }

  return {
    take: ({ kind, defect }, milliseconds) =>
      at(milliseconds, () => {
        causes.note(defect);
        if (kind === "opened") return open(defect);
        const fault = faults.get(incidentKey({ ...job, stream }, defect));
        const live = fault?.open.get(defect.id);
        if (fault === undefined || live === undefined) return;
        if (kind === "updated") update(fault, defect, live);
        else resolve(fault, defect, live);
      }),
    tick: (milliseconds) => at(milliseconds, settleAll),
    input: (state, milliseconds) =>
      at(milliseconds, () => {
        isInputLost = state === "lost";
        if (isInputLost) runningSince = undefined;
        else runningSince ??= now;
        // Media that runs is no stall.
        if (!isInputLost) for (const stall of stalls()) if (stall.isAwaited) giveUp(stall, now);
        settleAll();
      }),
    acknowledge({ incidentKey: key, by, untilMilliseconds }, milliseconds) {
      const fault = faults.get(key);
      if (fault === undefined || !(isOpen(fault) || fault.told?.isOpen || fault.flapping !== undefined)) return undefined;
      return at(milliseconds, () => {
        fault.acknowledged = { by, ...(untilMilliseconds === undefined ? {} : { untilMilliseconds }) };
        const until = untilMilliseconds === undefined ? {} : { until: rfc3339(untilMilliseconds) };
        log("acknowledged", { incidentKey: key, incidentId: fault.incident.defect.id, by, ...until });
      });
    },
    maintenance: (span, milliseconds) =>
      at(milliseconds, () => {
        spans.push({ ...span });
        log("maintenance", { from: rfc3339(span.fromMilliseconds), until: rfc3339(span.untilMilliseconds) });
      }),
    end: (milliseconds) =>
      at(milliseconds, () => {
        isEnding = true;
        for (const fault of faults.values()) if (fault.isAwaited) giveUp(fault, lastKnown);
        settleAll();
      }),
    openIncidents: () =>
      [...faults.values()].filter(isOpen).map(({ incidentKey: key, incident }) => ({
        incidentKey: key,
        startTime: rfc3339(incident.startMilliseconds),
        defect: incident.defect,
      })),
    state() {
      const told = origin?.told();
      return {
        version: 1,
        atMilliseconds: now,
        faults: [...faults.values()].map(faultState),
        sentMilliseconds: Object.fromEntries([...limits].map(([type, limit]) => [type, limit.recent(now)])),
        maintenance: [...spans],
        ...(Number.isFinite(lostUntil) ? { lostUntilMilliseconds: lostUntil } : {}),
        ...(told === undefined ? {} : { origin: told }),
      };
    },
  };
}

function newFault(key: string, { type }: Defect, entry: DefectEntry, startMilliseconds: number): Fault {
  return {
    incidentKey: key,
    type,
    open: new Map(),
    isAwaited: false,
    incident: { defect: entry, startMilliseconds },
    changesMilliseconds: [],
    onset: { second: 0, repeat: 0 },
    lastChangeMilliseconds: startMilliseconds,
    heldBack: 0,
  };
}
