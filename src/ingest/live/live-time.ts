import { setTimeout as pause } from "node:timers/promises";

/** Time and chance as a live source knows them; others in tests. */
export interface LiveTime {
  /** Wall clock in milliseconds. */
  now(): number;
  /** Settles when so many milliseconds have gone by; rejects when the signal aborts. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
  /** From 0 to less than 1. */
  random(): number;
}

export const systemTime: LiveTime = {
  now: () => Date.now(),
  wait: (milliseconds, signal) => pause(milliseconds, undefined, { signal }),
  random: () => Math.random(),
};
