import { severities, type Defect, type Severity } from "./defect.js";
import type { Policy } from "./policy.js";

/** What the report says of the whole media. */
export const verdicts = ["pass", "warn", "fail", "error"] as const;
export type Verdict = (typeof verdicts)[number];

/** What a verdict is made of. */
export interface Judgement {
  readonly defects: readonly Pick<Defect, "severity">[];
  /** The media is whole: all bytes were read, and the last timestamp meets the declared duration. */
  readonly complete: boolean;
  /** At least one detector saw at least one sample. */
  readonly judged: boolean;
  readonly policy: Pick<Policy, "verdict">;
}

/** The verdict, as the contract defines it: nothing judged is `error`, incomplete media at least `fail`. */
export function verdictOf({ defects, complete, judged, policy }: Judgement): Verdict {
  const reaches = (limit: Severity) => defects.some(({ severity }) => rank(severity) >= rank(limit));
  if (!judged) return "error";
  if (!complete || reaches(policy.verdict.failFrom)) return "fail";
  return reaches(policy.verdict.warnFrom) ? "warn" : "pass";
}

function rank(severity: Severity): number {
  return severities.indexOf(severity);
}
