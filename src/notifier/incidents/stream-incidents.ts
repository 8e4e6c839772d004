import type { CauseFinder, DefectEvent, MaintenanceWindow } from "../../analyzers/index.js";
import type { AlertDraft, AlertJob } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import { awaitedUntil, countChange, type Fault, faultState, flaps, isForgotten, isOpen, type Notice, noticeOf } from "./fault.js";
import { type FaultChange, findCause, openFaults } from "./faults.js";
import { openGates } from "./gates.js";
import type { IncidentChange, IncidentStep } from "./incident-log.js";
import { noticeAlert, rfc3339 } from "./live-alerts.js";
import type { MaintenanceSpan } from "./maintenance.js";
import type { OriginMember } from "./origin-groups.js";
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

/** What is wrong at a moment. Times are in RFC 3339. */
export interface OpenIncident {
  readonly incidentKey: string;
  readonly startTime: string;
  readonly defect: DefectEntry;
  /** Somebody looks after it. */
  readonly acknowledged?: { readonly by: string; readonly until?: string };
}

/**
 * The lives of a stream's faults as people hear of them. It has no clock: each call says the wall clock in milliseconds, which
 * does not go back, and returns what is to be sent now, and what belongs into the log.
 *
 * One rule carries it: at every moment, what was told last is compared with what is. Where they differ, an alert is due; it goes
 * out if nothing stands against it, and else is held back, and compared again at each `tick`.
 */
export interface StreamIncidents {
  /** The defect's id is that of a live stream (`openLiveIds`): no two have the same. */
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
  openIncidents(): OpenIncident[];
  /** Nothing is told at this moment, by the policy or as somebody asked. */
  isMaintained(atMilliseconds: number): boolean;
  /** For whoever takes the stream over. */
  state(): StreamIncidentsState;
}

/** What became of a change: sent, held back, or neither, where people know it already. */
type Outcome = Pick<IncidentChange, "alert" | "heldBack">;

export function openStreamIncidents(options: StreamIncidentsOptions): StreamIncidents {
  const { causes, origin, restored, stream } = options;
  const job: AlertJob = { ...options.job, stream };
  const faults = openFaults({ ...options, restored: restored?.faults ?? [] });
  const gates = openGates(options.maintenance, origin, restored);
  let now = restored?.atMilliseconds ?? 0;
  const predecessorKnewUntil = now;
  /** What a predecessor knew is awaited from when media runs. */
  let runningSince: number | undefined = restored === undefined ? now : undefined;
  let isEnding = false;
  let step: { alerts: AlertDraft[]; log: IncidentChange[] } = { alerts: [], log: [] };

  /** Runs one call, and gives what it says. */
  function at(milliseconds: number, act: () => void): IncidentStep {
    now = milliseconds;
    step = { alerts: [], log: [] };
    act();
    return step;
  }

  /** Of the source as a whole: where one track stays away, what is wrong with the others is not its doing. */
  function stalls(): Fault[] {
    const isOfSource = ({ type, incident }: Fault): boolean => type === "stall" && incident.defect.affects === undefined;
    return [...faults.all.values()].filter((fault) => isOfSource(fault) && isOpen(fault));
  }

  /** Nothing becomes stable any more when the stream is not watched. */
  function isFlapping(fault: Fault): boolean {
    return !isEnding && flaps(fault, now);
  }

  /** Tells what people do not know of a fault yet, if nothing stands against it. */
  function settle(fault: Fault): Outcome {
    const { acknowledged } = fault;
    // Nothing new is said of what only a predecessor has seen.
    if (fault.isAwaited) return {};
    if (acknowledged?.untilMilliseconds !== undefined && now >= acknowledged.untilMilliseconds) delete fault.acknowledged;
    const notice = noticeOf(fault, isFlapping(fault));
    if (notice === undefined) {
      if (isFlapping(fault)) return { heldBack: "flapping" };
      delete fault.flapping;
      if (!isOpen(fault) && !fault.told?.isOpen) delete fault.acknowledged;
      return {};
    }
    fault.heldFor = gates.obstacle(fault, notice, now);
    // What the origin did is no flapping of the stream.
    if (fault.heldFor === "origin-lost") {
      fault.changesMilliseconds = [];
      delete fault.flapping;
    }
    return fault.heldFor === undefined ? { alert: send(fault, notice) } : { heldBack: fault.heldFor };
  }

  function send(fault: Fault, notice: Notice): NonNullable<IncidentChange["alert"]> {
    const { incident } = fault;
    findCause(incident, causes);
    const draft = noticeAlert(job, fault, notice, {
      atMilliseconds: now,
      isFlapping: isFlapping(fault),
      quietUntilMilliseconds: gates.pass(fault, now),
    });
    step.alerts.push(draft);
    if (notice === "flapping" && fault.flapping !== undefined) fault.flapping.isTold = true;
    else fault.told = { id: incident.defect.id, isOpen: notice !== "resolved", severity: incident.defect.severity };
    if (!isFlapping(fault)) delete fault.flapping;
    fault.heldBack = 0;
    return { id: draft.id, type: draft.type };
  }

  /** Writes down a change, and what became of it. */
  function log(change: IncidentChange["change"], facts: Omit<IncidentChange, "time" | "change">): void {
    step.log.push({ time: rfc3339(now), change, ...facts });
  }

  function logOf(fault: Fault, defect: DefectEntry, outcome: Outcome): Omit<IncidentChange, "time" | "change"> {
    const { incidentKey, incident } = fault;
    const { cause } = incident;
    return { incidentKey, incidentId: incident.defect.id, defect, ...(cause === undefined ? {} : { cause }), ...outcome };
  }

  function followInput(): void {
    const [stall] = stalls().map(({ incident: { startMilliseconds, defect } }) => {
      return { sinceMilliseconds: startMilliseconds, severity: defect.severity };
    });
    gates.follow(stall, now);
  }

  /** A change of a fault: told or held back, counted, and written down. */
  function changed({ fault, change, defect, turns }: FaultChange): void {
    followInput();
    if (turns) {
      fault.lastChangeMilliseconds = now;
      // What follows from a lost input, or happens while people work on the stream, is no flapping.
      if (gates.counts(fault, now)) countChange(fault, now);
    }
    const wasHeldFor = fault.heldFor;
    let outcome = settle(fault);
    if (outcome.heldBack === undefined) fault.heldFor = undefined;
    // Where there is nothing to tell because the change before it was not told either, neither was told.
    if (turns && outcome.alert === undefined && wasHeldFor !== undefined) outcome = { heldBack: outcome.heldBack ?? wasHeldFor };
    if (outcome.heldBack !== undefined) fault.heldBack++;
    log(change, logOf(fault, defect, outcome));
  }

  function settleAll(): void {
    followInput();
    for (const fault of faults.all.values()) {
      const isLate = runningSince !== undefined && now >= awaitedUntil(fault, runningSince);
      if (fault.isAwaited && (isLate || isEnding)) changed(faults.giveUp(fault, predecessorKnewUntil));
      const outcome = settle(fault);
      if (outcome.alert !== undefined) log("told", logOf(fault, fault.incident.defect, outcome));
      if (isForgotten(fault, now)) faults.forget(fault);
    }
  }

  return {
    take: (event, milliseconds) =>
      at(milliseconds, () => {
        const change = faults.take(event);
        if (change !== undefined) changed(change);
      }),
    tick: (milliseconds) => at(milliseconds, settleAll),
    input: (state, milliseconds) =>
      at(milliseconds, () => {
        gates.input(state === "lost");
        if (state === "lost") runningSince = undefined;
        else runningSince ??= now;
        // Media that runs is no stall.
        if (state === "running") for (const stall of stalls()) if (stall.isAwaited) changed(faults.giveUp(stall, now));
        settleAll();
      }),
    acknowledge({ incidentKey, by, untilMilliseconds }, milliseconds) {
      const fault = faults.all.get(incidentKey);
      if (fault === undefined || !(isOpen(fault) || fault.told?.isOpen || fault.flapping !== undefined)) return undefined;
      return at(milliseconds, () => {
        const isEndless = untilMilliseconds === undefined;
        fault.acknowledged = { by, ...(isEndless ? {} : { untilMilliseconds }) };
        const until = isEndless ? {} : { until: rfc3339(untilMilliseconds) };
        log("acknowledged", { incidentKey, incidentId: fault.incident.defect.id, by, ...until });
      });
    },
    maintenance: (span, milliseconds) =>
      at(milliseconds, () => {
        gates.maintenance(span);
        log("maintenance", { from: rfc3339(span.fromMilliseconds), until: rfc3339(span.untilMilliseconds) });
      }),
    end: (milliseconds) =>
      at(milliseconds, () => {
        isEnding = true;
        gates.end();
        settleAll();
      }),
    openIncidents: () =>
      [...faults.all.values()].filter(isOpen).map(({ incidentKey, acknowledged, incident: { startMilliseconds, defect } }) => {
        const open = { incidentKey, startTime: rfc3339(startMilliseconds), defect };
        if (acknowledged === undefined) return open;
        const { by, untilMilliseconds } = acknowledged;
        return {
          ...open,
          acknowledged: { by, ...(untilMilliseconds === undefined ? {} : { until: rfc3339(untilMilliseconds) }) },
        };
      }),
    isMaintained: (milliseconds) => gates.isMaintained(milliseconds),
    state() {
      const told = origin?.told();
      return {
        version: 1,
        atMilliseconds: now,
        faults: [...faults.all.values()].map(faultState),
        ...gates.state(now),
        ...(told === undefined ? {} : { origin: told }),
      };
    },
  };
}
