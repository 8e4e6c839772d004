import { setTimeout as pause } from "node:timers/promises";

/** What may come at once: what a player keeps before it begins, and no more than readers can be behind. */
const mostSecondsAtOnce = 10;
const targetsAtOnce = 4;
const mostBytesAtOnce = 16 * 1024 * 1024;
/** The rest of a backlog comes a little faster than it is watched: a decoder with many streams has no more to spare. */
const catchUpRate = 1.25;

/**
 * Holds back media that has piled up, behind an interruption for example: who decodes it keeps only the last part of what it
 * has not read, and would lose the rest. Media that comes as it is made is never held back.
 */
export interface BacklogPace {
  /** Nothing waits any more: the next media comes as it is made. */
  caughtUp(): void;
  /** Waits until so much may be given on. @throws the signal's reason */
  hold(bytes: number, seconds: number, targetSeconds: number, signal: AbortSignal): Promise<void>;
}

/** @param now milliseconds of a clock that is never set */
export function openBacklogPace(now: () => number = () => performance.now()): BacklogPace {
  let began: number | undefined;
  let givenSeconds = 0;
  let givenBytes = 0;
  return {
    caughtUp() {
      began = undefined;
      givenSeconds = 0;
      givenBytes = 0;
    },
    async hold(bytes, seconds, targetSeconds, signal) {
      began ??= now();
      const atOnce = Math.max(mostSecondsAtOnce, targetsAtOnce * targetSeconds);
      // Where bytes are the limit, as many seconds as they hold.
      const free =
        givenBytes + bytes <= mostBytesAtOnce ? atOnce : Math.min(atOnce, (givenSeconds * mostBytesAtOnce) / givenBytes);
      const waitSeconds = (givenSeconds + seconds - free) / catchUpRate - (now() - began) / 1000;
      givenSeconds += seconds;
      givenBytes += bytes;
      if (waitSeconds <= 0) return;
      await pause(waitSeconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
    },
  };
}
