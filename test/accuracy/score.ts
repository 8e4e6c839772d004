import type { Span } from "./planter.js";

/** A defect that was raised. */
export interface Raised {
  readonly type: string;
  /** What the defect says caused it: the first words of each name the type of what was found there as well. */
  readonly causes?: readonly string[];
  readonly startSeconds: number;
  /** Absent where it lasted to the end of the media and beyond. */
  readonly endSeconds?: number;
}

/** What was planted into one clip and what came of it. */
export interface Trial {
  readonly type: string;
  readonly alsoRaises: readonly string[];
  /** What must be found. */
  readonly expected: readonly Span[];
  readonly raised: readonly Raised[];
  /** What the same clip raises with nothing planted, coded in the same way: no fault of the detector's is seen in it here. */
  readonly baseline: readonly Raised[];
}

export interface Score {
  readonly planted: number;
  readonly found: number;
  /** Defects of the type where none was planted and the clip has none of its own. */
  readonly falsePositives: number;
  /** Further defects in a stretch that was found already: one fault should be one defect. */
  readonly fragments: number;
  /** Found minus planted, in seconds, one per planted span that was found. */
  readonly onsetErrors: readonly number[];
  readonly endErrors: readonly number[];
  /** Defects of other types, which the fault does not explain, by type. */
  readonly sideAlarms: Readonly<Record<string, number>>;
}

/** A planted span is found by a defect of its type that overlaps it and begins no further than this from where it begins. */
export const onsetToleranceSeconds = 1;

/** Holds what was raised against what was planted. */
export function score({ type, alsoRaises, expected, raised, baseline }: Trial): Score {
  const ofType = raised.filter((defect) => defect.type === type);
  /** It is the cause of something worse that was told instead of it. */
  const isOwn = (defect: Raised) =>
    defect.type === type ||
    ((defect.causes ?? []).some((cause) => cause.startsWith(`${type}:`)) && !ofType.some((other) => overlaps(other, defect)));
  const own = raised.filter(isOwn);
  const used = new Set<Raised>();
  const onsetErrors: number[] = [];
  const endErrors: number[] = [];
  const foundSpans: Span[] = [];
  for (const span of expected) {
    const match = nearest(
      own.filter((defect) => !used.has(defect)),
      span,
    );
    if (match === undefined) continue;
    used.add(match);
    foundSpans.push(span);
    onsetErrors.push(match.startSeconds - span.startSeconds);
    if (match.endSeconds !== undefined) endErrors.push(match.endSeconds - span.endSeconds);
  }
  const rest = own.filter((defect) => !used.has(defect) && !isOf(baseline, defect));
  const fragments = rest.filter((defect) => foundSpans.some((span) => overlaps(defect, span))).length;
  const others = raised.filter((defect) => !isOwn(defect) && !alsoRaises.includes(defect.type) && !isOf(baseline, defect));
  return {
    planted: expected.length,
    found: foundSpans.length,
    falsePositives: rest.length - fragments,
    fragments,
    onsetErrors,
    endErrors,
    sideAlarms: countBy(others.map((defect) => defect.type)),
  };
}

/** True when the defect and the span share some time. */
export function overlaps({ startSeconds, endSeconds = Infinity }: Raised | Span, span: Raised | Span): boolean {
  return startSeconds < (span.endSeconds ?? Infinity) && endSeconds > span.startSeconds;
}

function isOf(baseline: readonly Raised[], defect: Raised): boolean {
  return baseline.some((known) => known.type === defect.type && overlaps(known, defect));
}

function nearest(candidates: readonly Raised[], span: Span): Raised | undefined {
  const distance = ({ startSeconds }: Raised) => Math.abs(startSeconds - span.startSeconds);
  return candidates
    .filter((defect) => overlaps(defect, span) && distance(defect) <= onsetToleranceSeconds)
    .toSorted((one, other) => distance(one) - distance(other))[0];
}

/** How often each word occurs. */
export function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
