import type { Defect } from "../../analyzers/index.js";
import type { DefectEntry } from "../defect-entry.js";
import { rank } from "../incident.js";
import { flapChanges, flapWindowMilliseconds, graceMilliseconds, type HeldBackReason, stableMilliseconds } from "./rules.js";
import type { FaultState } from "./stream-state.js";

/** A defect of a fault, under the id that people know. */
export interface LiveDefect {
  readonly id: string;
  readonly startMilliseconds: number;
  readonly startSeconds: number;
}

/** All that is wrong under one incident key. */
export interface Fault extends Omit<FaultState, "isOpen" | "incident" | "changesMilliseconds"> {
  /** The defects that are open now, by the judge's id. */
  readonly open: Map<string, LiveDefect>;
  /** It was open when another process let go of the stream, and was not found again yet. */
  isAwaited: boolean;
  incident: Incident;
  changesMilliseconds: number[];
  /** Why its last change was not told. */
  heldFor?: HeldBackReason | undefined;
}

/** The life of a fault as people follow it: until they were told that it is over, it is the same one. */
export interface Incident extends Omit<FaultState["incident"], "defect"> {
  defect: DefectEntry;
  /** As the judge said it last, for who looks for its cause. */
  judged?: Defect;
}

/** What there is to tell people. */
export type Notice = "opened" | "updated" | "resolved" | "flapping";

export function isOpen({ open, isAwaited }: Fault): boolean {
  return open.size > 0 || isAwaited;
}

/** It began or ended, in a way that counts for flapping. */
export function countChange(fault: Fault, at: number): void {
  const recent = fault.changesMilliseconds.filter((time) => at - time <= flapWindowMilliseconds);
  fault.changesMilliseconds = [...recent, at].slice(-flapChanges);
  const [first = at] = fault.changesMilliseconds;
  if (fault.flapping !== undefined && (flaps(fault, at) || fault.changesMilliseconds.length >= flapChanges)) {
    fault.flapping = { ...fault.flapping, changes: fault.flapping.changes + 1, lastMilliseconds: at };
  } else if (fault.changesMilliseconds.length >= flapChanges) {
    fault.flapping = { sinceMilliseconds: first, lastMilliseconds: at, changes: fault.changesMilliseconds.length, isTold: false };
  }
}

/** It comes and goes, and has not been stable for long enough. */
export function flaps({ flapping }: Fault, at: number): boolean {
  return flapping !== undefined && at - flapping.lastMilliseconds < stableMilliseconds;
}

/** What is to be told, if nothing stands against it; undefined where people know how it is, or flapping keeps it quiet. */
export function noticeOf(fault: Fault, isFlapping: boolean): Notice | undefined {
  const { told, incident, flapping } = fault;
  if (isFlapping) return flapping?.isTold ? undefined : "flapping";
  const wasOpen = told?.isOpen ?? false;
  if (isOpen(fault) !== wasOpen) return wasOpen ? "resolved" : "opened";
  if (wasOpen && told !== undefined && rank[incident.defect.severity] > rank[told.severity]) return "updated";
  // The summary of what flapped, where it is as it was told before.
  return flapping?.isTold ? "flapping" : undefined;
}

/** Until when, in milliseconds of the wall clock, an awaited fault has to be found again. */
export function awaitedUntil({ incident }: Fault, runningMilliseconds: number): number {
  const { minimumSeconds = 0 } = incident.defect.threshold;
  return runningMilliseconds + graceMilliseconds + minimumSeconds * 1000;
}

/** Nothing of it matters any more: it is over, people know so, and nothing counts it. */
export function isForgotten(fault: Fault, at: number): boolean {
  const isSettled = !isOpen(fault) && !fault.told?.isOpen && fault.flapping === undefined && fault.acknowledged === undefined;
  return isSettled && at - fault.lastChangeMilliseconds > flapWindowMilliseconds;
}

export function faultState(fault: Fault): FaultState {
  const { open: _open, isAwaited: _isAwaited, heldFor: _heldFor, incident, ...state } = fault;
  const { judged: _judged, ...told } = incident;
  return { ...state, isOpen: isOpen(fault), incident: told };
}

export function restoredFault({ isOpen: wasOpen, ...state }: FaultState): Fault {
  return { ...state, open: new Map(), isAwaited: wasOpen };
}
