import type { EvidenceClock } from "../../../src/notifier/index.js";

/** A clock that stands until it is told to go. */
export interface VirtualClock extends EvidenceClock {
  /** Goes on to a moment, and lets what waits for moments before it act at its own. */
  goTo(atMilliseconds: number): void;
  /** How many wait. */
  readonly waiting: number;
}

export function openVirtualClock(startMilliseconds: number): VirtualClock {
  let now = startMilliseconds;
  const waiting = new Set<{ readonly at: number; readonly act: () => void }>();
  return {
    now: () => now,
    after(milliseconds, act) {
      const one = { at: now + milliseconds, act };
      waiting.add(one);
      return () => void waiting.delete(one);
    },
    goTo(atMilliseconds) {
      for (;;) {
        const [next] = [...waiting].filter(({ at }) => at <= atMilliseconds).toSorted((one, other) => one.at - other.at);
        if (next === undefined) break;
        waiting.delete(next);
        now = Math.max(now, next.at);
        next.act();
      }
      now = atMilliseconds;
    },
    get waiting() {
      return waiting.size;
    },
  };
}
