/** Failures on end after which nothing more is tried for a while. */
const failuresToOpen = 5;
/** How long nothing is tried; then one attempt shows whether the other side is back. */
const openMilliseconds = 10_000;
/** Those who wait for another's attempt ask again after this. */
const probeAskMilliseconds = 1_000;
/** However long the other side asks to be left alone, it is asked again after this. */
const maximumHoldMilliseconds = 600_000;

/**
 * A circuit breaker (M. Nygard, "Release It!"): what is away is not hammered by all who want something of it. Closed, all
 * may go; open after five failures on end, none; half open after 10 s, one.
 */
export interface Breaker {
  /** 0: make an attempt now, and tell how it went. Else ask again after so many milliseconds. */
  ask(atMilliseconds: number): number;
  /** The other side answered. */
  answered(): void;
  /** It did not, or asked to be left alone for `holdMilliseconds`. */
  failed(atMilliseconds: number, holdMilliseconds?: number): void;
  /** The attempt came to no end: another may be made in its place. */
  left(): void;
}

export function openBreaker(): Breaker {
  let failures = 0;
  /** When an attempt may be made again; undefined while closed. */
  let openUntil: number | undefined;
  let isProbing = false;
  return {
    ask(atMilliseconds) {
      if (openUntil === undefined) return 0;
      if (atMilliseconds < openUntil) return openUntil - atMilliseconds;
      if (isProbing) return probeAskMilliseconds;
      isProbing = true;
      return 0;
    },
    answered() {
      failures = 0;
      openUntil = undefined;
      isProbing = false;
    },
    failed(atMilliseconds, holdMilliseconds) {
      failures += 1;
      isProbing = false;
      if (holdMilliseconds !== undefined)
        openUntil = Math.max(openUntil ?? 0, atMilliseconds + Math.min(holdMilliseconds, maximumHoldMilliseconds));
      if (failures >= failuresToOpen || openUntil !== undefined)
        openUntil = Math.max(openUntil ?? 0, atMilliseconds + openMilliseconds);
    },
    left() {
      isProbing = false;
    },
  };
}
