import type { Defect, DefectEvent } from "./defect.js";
import { stall } from "./detectors/stall.js";
import type { Policy } from "./policy.js";

/** Media that does not come for so long is told of while it lasts, and the source is connected anew. */
export const lostAfterSeconds = 20;

/**
 * Tells a `stall` while a live source gives nothing: no signal comes that a detector could judge. A shorter wait is told by the
 * detector `stall`, at the sample that ends it.
 */
export interface LostInput {
  /** Nothing has come since `sinceSeconds` of stream time; ask now and then. */
  waiting(sinceSeconds: number, nowSeconds: number, reason: string | undefined): DefectEvent[];
  /** Media comes again. */
  back(nowSeconds: number): DefectEvent[];
}

/** @param identify gives the next one an id */
export function openLostInput(policy: Pick<Policy, "detectors">, identify: (detector: string) => string): LostInput {
  const rule = policy.detectors[stall.type];
  let open: Defect | undefined;

  return {
    waiting(startSeconds, nowSeconds, reason) {
      const waitSeconds = nowSeconds - startSeconds;
      if (rule?.enabled !== true || open !== undefined || waitSeconds < lostAfterSeconds) return [];
      open = {
        id: identify(stall.type),
        type: stall.type,
        severity: rule.severity,
        medium: stall.medium,
        track: 0,
        startSeconds,
        confidence: 1,
        kind: "lost",
        ...(reason === undefined ? {} : { causes: [reason] }),
        measured: { waitSeconds },
        threshold: { minimumWaitSeconds: lostAfterSeconds },
        detector: { name: stall.type, version: stall.version },
      };
      return [{ kind: "opened", defect: open }];
    },
    back(nowSeconds) {
      if (open === undefined) return [];
      const { startSeconds } = open;
      const defect = { ...open, endSeconds: nowSeconds, measured: { waitSeconds: nowSeconds - startSeconds } };
      open = undefined;
      return [{ kind: "resolved", defect }];
    },
  };
}
