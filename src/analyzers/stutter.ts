/** What tells a stutter from a cadence: the arithmetic of `frame-drop`. */

/** How far each interval may lie from the median of them: containers round to 1 ms. */
const intervalTolerance = 0.03;
const intervalToleranceSeconds = 0.0015;

/**
 * The step after lost frames is larger than those before and after it, twice as large where the motion is even. By how much
 * depends on the picture, so the mean (of logarithms) of several counts. The steps after the even repeats of a conversion differ by
 * chance as well: there the mean has to be so many times its standard error, which is estimated from a deviation that is usual, given
 * as much weight as so many events, and from the events themselves.
 */
const jumpRatio = 1.25;
const standardErrors = 3;
const usualDeviation = 0.25;
const usualWeight = 4;

/** Frames that were lost or repeated, in one place. */
export interface Disturbance {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly frame: number;
  readonly lostFrames: number;
  readonly repeatedFrames: number;
  readonly jump: number;
}

/** The step after the events is larger than those around, where they come evenly by more than chance makes it. */
export function jumpsAfter(events: readonly Disturbance[], isEven: boolean): boolean {
  const logs = events.map(({ jump }) => Math.log(jump));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  if (mean < Math.log(jumpRatio)) return false;
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) + usualWeight * usualDeviation ** 2;
  const standardError = Math.sqrt(squares / (logs.length - 1 + usualWeight) / logs.length);
  return !isEven || mean >= standardErrors * standardError;
}

/** Whether intervals are those of a constant rate, of which a few may be missing; `nominal` is their median. */
export function isConstant(intervals: readonly number[], nominal: number): boolean {
  const tolerance = nominal * intervalTolerance + intervalToleranceSeconds;
  const alike = intervals.filter(
    (interval) => Math.abs(interval - nominal) <= tolerance || Math.abs(interval - 2 * nominal) <= tolerance,
  );
  const single = intervals.filter((interval) => Math.abs(interval - nominal) <= tolerance);
  return alike.length >= intervals.length - 1 && single.length >= 0.6 * intervals.length;
}

/** The upper one of two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
