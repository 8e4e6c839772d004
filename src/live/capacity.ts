/** How many live streams a process could follow, from what the present ones cost. */

export interface CapacityFacts {
  readonly cores: number;
  /** Processor time of the process and its children so far; undefined where that cannot be told. */
  cpuSeconds(): number | undefined;
  readonly gauge: { set(streams: number): void };
}

export interface Capacity {
  /**
   * Looks at the jobs of this moment; call it about once a second.
   * @param atMilliseconds of a clock that does not jump
   */
  note(jobs: readonly { readonly mode: "file" | "live"; readonly state: string }[], atMilliseconds: number): void;
}

interface Mark {
  readonly atMilliseconds: number;
  readonly cpuSeconds: number;
}

/** What a stream costs is taken over this time, and told from the shorter one on. */
const windowMilliseconds = 60_000;
const leastMilliseconds = 20_000;
const everyMilliseconds = 5_000;
/** A stream cannot cost nothing: what the clock of ticks does not see counts as this share of a core. */
const leastCores = 0.01;

/**
 * Sets the gauge to cores / (processor time per stream and second), rounded down. It is measured while the same number of
 * streams runs and nothing else does: a file takes whatever is left, so beside one the gauge stays as it is.
 */
export function openCapacity({ cores, cpuSeconds, gauge }: CapacityFacts): Capacity {
  let marks: Mark[] = [];
  let counted = 0;
  return {
    note(jobs, atMilliseconds) {
      const running = jobs.every(({ mode, state }) => mode === "live" && state === "running") ? jobs.length : 0;
      if (running !== counted) marks = [];
      counted = running;
      const last = marks.at(-1);
      if (running === 0 || (last !== undefined && atMilliseconds - last.atMilliseconds < everyMilliseconds)) return;
      const used = cpuSeconds();
      if (used === undefined) return;
      marks = marks.filter((mark) => atMilliseconds - mark.atMilliseconds <= windowMilliseconds);
      marks.push({ atMilliseconds, cpuSeconds: used });
      const [first] = marks;
      if (first === undefined || atMilliseconds - first.atMilliseconds < leastMilliseconds) return;
      const coresUsed = ((used - first.cpuSeconds) * 1000) / (atMilliseconds - first.atMilliseconds);
      gauge.set(Math.floor(cores / Math.max(leastCores, coresUsed / running)));
    },
  };
}
