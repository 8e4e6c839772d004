/** A fixed number of places in which work runs at the same time; who waits is served by rank, then in order of asking. */
export interface Slots {
  readonly count: number;
  /**
   * Waits for a place, does `work` in it and gives the place on.
   * @param rank lower ones are served first
   * @throws the signal's reason when it aborts before there was a place, else what `work` throws
   */
  use<T>(rank: number, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Opens `count` places, 1 or more: how many segments this process decodes side by side, whoever asks for them. */
export function openSlots(count: number): Slots {
  const waiting: { readonly rank: number; readonly enter: () => void }[] = [];
  let free = count;

  function take(rank: number, signal: AbortSignal): Promise<void> {
    if (free > 0) {
      free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const entry = {
        rank,
        enter: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        waiting.splice(waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      const behind = waiting.findIndex((other) => other.rank > rank);
      waiting.splice(behind < 0 ? waiting.length : behind, 0, entry);
    });
  }

  return {
    count,
    async use(rank, signal, work) {
      signal.throwIfAborted();
      await take(rank, signal);
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free += 1;
        else next.enter();
      }
    },
  };
}
