/** Watches that something comes back often enough. */
export interface Repetition {
  /** It came. */
  seen(clockSeconds: number): void;
  /** True once for each time that it is late. */
  isLate(clockSeconds: number): boolean;
  /** Longest time between two of it, in seconds. */
  readonly longestSeconds: number;
  /** The stream keeps to the limit as a rule, so that what does not is a fault. */
  readonly isKept: boolean;
}

/** So many intervals tell what a stream's habit is. */
const fewestIntervals = 5;
const keptRatio = 0.8;
/** Sums of clock steps are that inexact: a multiplexer that keeps to a limit to the tick (ffmpeg sends a PCR each 100 ms) is not late. */
const roundingSeconds = 1e-6;

/**
 * The limits of TR 101 290 are those of a broadcast. Streams in files and segments often repeat their tables once in a segment
 * only, as is right for them: where a stream does not keep to a limit as a rule, the limit is not applicable to it.
 */
export function openRepetition(nominalSeconds: number): Repetition {
  const limitSeconds = nominalSeconds + roundingSeconds;
  let lastSeconds: number | undefined;
  let intervals = 0;
  let kept = 0;
  let longestSeconds = 0;
  let isLate = false;
  const isKept = (): boolean => intervals >= fewestIntervals && kept >= keptRatio * intervals;

  return {
    seen(clockSeconds) {
      if (lastSeconds !== undefined) {
        const interval = clockSeconds - lastSeconds;
        intervals++;
        if (interval <= limitSeconds) kept++;
        longestSeconds = Math.max(longestSeconds, interval);
      }
      lastSeconds = clockSeconds;
      isLate = false;
    },
    isLate(clockSeconds) {
      if (isLate || lastSeconds === undefined || clockSeconds - lastSeconds <= limitSeconds || !isKept()) return false;
      isLate = true;
      return true;
    },
    get longestSeconds() {
      return longestSeconds;
    },
    get isKept() {
      return isKept();
    },
  };
}
