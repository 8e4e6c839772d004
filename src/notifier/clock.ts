import { setTimeout as pause } from "node:timers/promises";

/** Time, for what waits; tests let it run faster. */
export interface Clock {
  /** Wall clock, in milliseconds. */
  now(): number;
  /** Returns after that time, or as soon as the signal aborts. Never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const wallClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) => pause(milliseconds, undefined, { signal }).catch(() => {}),
};
