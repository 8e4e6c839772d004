import type { CauseFinder, Defect, DefectEvent } from "../../analyzers/index.js";
import type { AlertJob } from "../alert.js";
import type { DefectEntry } from "../defect-entry.js";
import { incidentKey } from "../incident.js";
import { type Fault, isOpen, type LiveDefect, restoredFault } from "./fault.js";
import { liveEntry, rfc3339, worse } from "./live-alerts.js";
import type { FaultState } from "./stream-state.js";

/** What a defect's event means for the fault that it belongs to. */
export interface FaultChange {
  readonly fault: Fault;
  /** `found-again`: it was known to be open, and was only seen by a predecessor so far. */
  readonly change: "opened" | "updated" | "resolved" | "found-again";
  readonly defect: DefectEntry;
  /** The fault as a whole began or ended by it. */
  readonly turns: boolean;
}

/** What is wrong with a stream, by incident key, whether told or not. */
export interface Faults {
  readonly all: ReadonlyMap<string, Fault>;
  /** Undefined where it changes nothing that people follow. */
  take(event: DefectEvent): FaultChange | undefined;
  /** An awaited fault did not come back: it ended at a moment of the wall clock. */
  giveUp(fault: Fault, endMilliseconds: number): FaultChange;
  forget(fault: Fault): void;
}

export interface FaultsOptions {
  readonly job: AlertJob;
  readonly stream: string;
  wallClockOf(streamSeconds: number): number;
  readonly causes: CauseFinder;
  readonly restored: readonly FaultState[];
}

export function openFaults({ job, stream, wallClockOf, causes, restored }: FaultsOptions): Faults {
  const faults = new Map<string, Fault>(restored.map((fault) => [fault.incidentKey, restoredFault(fault)]));

  function open(key: string, defect: Defect): FaultChange {
    const known = faults.get(key);
    if (known?.isAwaited) return findAgain(known, defect);
    const startMilliseconds = Math.round(wallClockOf(defect.startSeconds));
    const live: LiveDefect = { id: defect.id, startMilliseconds, startSeconds: defect.startSeconds };
    const entry = liveEntry(defect, live);
    const fault = known ?? newFault(key, entry, startMilliseconds);
    faults.set(key, fault);
    const wasOpen = isOpen(fault);
    fault.open.set(defect.id, live);
    // What people believe to be open goes on when it is, whatever they did not hear of in between.
    if (!wasOpen && !fault.told?.isOpen) fault.incident = { defect: entry, startMilliseconds };
    describe(fault, defect);
    return { fault, change: "opened", defect: entry, turns: !wasOpen };
  }

  function findAgain(fault: Fault, defect: Defect): FaultChange {
    const { startMilliseconds, defect: before } = fault.incident;
    fault.isAwaited = false;
    fault.open.set(defect.id, { id: before.id, startMilliseconds, startSeconds: before.startSeconds });
    describe(fault, defect);
    return { fault, change: "found-again", defect: fault.incident.defect, turns: false };
  }

  function update(fault: Fault, defect: Defect, live: LiveDefect): FaultChange | undefined {
    const { severity } = fault.incident.defect;
    describe(fault, defect);
    if (worse(severity, defect.severity) === severity) return undefined;
    return { fault, change: "updated", defect: liveEntry(defect, live), turns: false };
  }

  function resolve(fault: Fault, defect: Defect, live: LiveDefect): FaultChange {
    const endMilliseconds = Math.round(wallClockOf(defect.endSeconds ?? defect.startSeconds));
    fault.open.delete(defect.id);
    const turns = !isOpen(fault);
    describe(fault, defect, turns ? endMilliseconds : undefined);
    return { fault, change: "resolved", defect: liveEntry(defect, live, endMilliseconds), turns };
  }

  /** What an alert says of an incident: measured now, begun when it began. */
  function describe({ incident }: Fault, defect: Defect, endMilliseconds?: number): void {
    const { startMilliseconds } = incident;
    const { id, startSeconds, severity } = incident.defect;
    const entry = liveEntry(defect, { id, startSeconds, startMilliseconds }, endMilliseconds);
    incident.defect = { ...entry, severity: worse(severity, defect.severity) };
    incident.judged = defect;
    findCause(incident, causes);
  }

  return {
    all: faults,
    take({ kind, defect }) {
      causes.note(defect);
      const key = incidentKey({ ...job, stream }, defect);
      if (kind === "opened") return open(key, defect);
      const fault = faults.get(key);
      const live = fault?.open.get(defect.id);
      if (fault === undefined || live === undefined) return undefined;
      return kind === "updated" ? update(fault, defect, live) : resolve(fault, defect, live);
    },
    giveUp(fault, endMilliseconds) {
      const { startMilliseconds, defect } = fault.incident;
      const ended = Math.max(endMilliseconds, startMilliseconds);
      const endSeconds = defect.startSeconds + (ended - startMilliseconds) / 1000;
      fault.isAwaited = false;
      fault.incident.defect = { ...defect, endSeconds, endTime: rfc3339(ended) };
      return { fault, change: "resolved", defect: fault.incident.defect, turns: true };
    },
    forget: (fault) => {
      faults.delete(fault.incidentKey);
    },
  };
}

/** A cause that was known once stays known, unless a better one is found. */
export function findCause(incident: Fault["incident"], causes: CauseFinder): void {
  if (incident.judged !== undefined) incident.cause = causes.causeOf(incident.judged) ?? incident.cause;
}

function newFault(key: string, defect: DefectEntry, startMilliseconds: number): Fault {
  return {
    incidentKey: key,
    type: defect.type,
    open: new Map(),
    isAwaited: false,
    incident: { defect, startMilliseconds },
    changesMilliseconds: [],
    lastChangeMilliseconds: startMilliseconds,
    heldBack: 0,
  };
}
