import type { MaintenanceWindow } from "../../analyzers/index.js";
import { type AlertLimit, openAlertLimit } from "./alert-limit.js";
import { type Fault, flaps, isOpen, type Notice } from "./fault.js";
import { type MaintenanceSpan, maintenanceTest } from "./maintenance.js";
import type { OriginMember, StreamLoss } from "./origin-groups.js";
import { alertLimit, followsLostInput, type HeldBackReason, limitWindowMilliseconds, settlingMilliseconds } from "./rules.js";
import type { StreamIncidentsState } from "./stream-state.js";

/** What stands between a fault and the people who would hear of it. Moments are milliseconds of the wall clock. */
export interface Gates {
  /** Why a notice may not go out at this moment. The first reason is the one that holds it back whatever the others say. */
  obstacle(fault: Fault, notice: Notice, atMilliseconds: number): HeldBackReason | undefined;
  /** The beginning or end of a fault is the stream's own, and counts for flapping. */
  counts(fault: Fault, atMilliseconds: number): boolean;
  /** An alert goes out. @returns when the next of its type may, where this was the last */
  pass(fault: Fault, atMilliseconds: number): number | undefined;
  /** Media ceased to arrive, or runs. */
  input(isLost: boolean): void;
  /** Says how the input is at this moment. @param stall the one that is open */
  follow(stall: StreamLoss | undefined, atMilliseconds: number): void;
  maintenance(span: MaintenanceSpan): void;
  /** Nothing is told of the stream at this moment. */
  isMaintained(atMilliseconds: number): boolean;
  /** Alerts that wait for something are not held back any more: nothing will come. */
  end(): void;
  state(atMilliseconds: number): Pick<StreamIncidentsState, "sentMilliseconds" | "maintenance" | "lostUntilMilliseconds">;
}

export function openGates(
  windows: readonly MaintenanceWindow[],
  origin: OriginMember | undefined,
  restored: StreamIncidentsState | undefined,
): Gates {
  const isInWindow = maintenanceTest(windows);
  const limits = new Map<string, AlertLimit>();
  for (const [type, sent] of Object.entries(restored?.sentMilliseconds ?? {})) {
    limits.set(type, openAlertLimit(alertLimit, limitWindowMilliseconds, sent));
  }
  let spans: MaintenanceSpan[] = [...(restored?.maintenance ?? [])];
  let lostUntil = restored?.lostUntilMilliseconds ?? Number.NEGATIVE_INFINITY;
  let isInputLost = false;
  let isEnding = false;

  function limitOf({ type }: Fault): AlertLimit {
    const limit = limits.get(type) ?? openAlertLimit(alertLimit, limitWindowMilliseconds);
    limits.set(type, limit);
    return limit;
  }

  function isMaintained(at: number): boolean {
    return isInWindow(at) || spans.some((span) => at >= span.fromMilliseconds && at < span.untilMilliseconds);
  }

  /** A consequence of a lost input, while it lasts and for a moment after. */
  function isInhibited({ type }: Fault, at: number): boolean {
    return followsLostInput.has(type) && !isEnding && at - lostUntil < settlingMilliseconds;
  }

  /** People who look after an incident hear only that it is over. */
  function isAcknowledged(fault: Fault, notice: Notice, at: number): boolean {
    const tellsEnd = notice === "resolved" || (notice === "flapping" && !flaps(fault, at) && !isOpen(fault));
    return fault.acknowledged !== undefined && !tellsEnd;
  }

  return {
    obstacle(fault, notice, at) {
      if (isMaintained(at)) return "maintenance";
      if (isAcknowledged(fault, notice, at)) return "acknowledged";
      if (isInhibited(fault, at)) return "lost-input";
      const ofOrigin = fault.type === "stall" && notice !== "resolved" && !isEnding ? origin?.holdsBack(at) : undefined;
      return ofOrigin ?? (limitOf(fault).allows(at) ? undefined : "limit");
    },
    counts: (fault, at) => !isMaintained(at) && !isInhibited(fault, at),
    pass: (fault, at) => limitOf(fault).take(at),
    input: (isLost) => {
      isInputLost = isLost;
    },
    follow(stall, at) {
      spans = spans.filter(({ untilMilliseconds }) => untilMilliseconds > at);
      if (isInputLost || stall !== undefined) lostUntil = at;
      origin?.set(isMaintained(at) ? undefined : stall, at);
    },
    maintenance: (span) => {
      spans.push({ ...span });
    },
    isMaintained,
    end: () => {
      isEnding = true;
    },
    state: (at) => ({
      sentMilliseconds: Object.fromEntries([...limits].map(([type, limit]) => [type, limit.recent(at)])),
      maintenance: [...spans],
      ...(Number.isFinite(lostUntil) ? { lostUntilMilliseconds: lostUntil } : {}),
    }),
  };
}
