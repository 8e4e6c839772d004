/** Watches that media comes, not that bytes do: a child can read a source for ever without decoding any of it. */
export interface Watchdog {
  /** Media time went on. @returns for how many seconds nobody but the source had kept us waiting */
  progress(): number;
  /** While we ourselves keep the child waiting, it cannot be blamed. */
  pause(): void;
  resume(): void;
  close(): void;
}

/** Calls `stalled` once when no progress was made for `limitSeconds`. */
export function openWatchdog(limitSeconds: number, stalled: () => void): Watchdog {
  let last = performance.now();
  let pauses = 0;
  const timer = setInterval(
    () => {
      if (pauses > 0 || performance.now() - last < limitSeconds * 1000) return;
      clearInterval(timer);
      stalled();
    },
    Math.min(1000, limitSeconds * 250),
  );
  return {
    progress() {
      const now = performance.now();
      const waited = pauses > 0 ? 0 : (now - last) / 1000;
      last = now;
      return waited;
    },
    pause() {
      pauses++;
    },
    resume() {
      pauses--;
      last = performance.now();
    },
    close: () => clearInterval(timer),
  };
}
