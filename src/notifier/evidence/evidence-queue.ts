import type { Severity } from "../../analyzers/index.js";

/** Tells and keeps time; virtual in tests. */
export interface EvidenceClock {
  /** Wall clock, in milliseconds. */
  now(): number;
  /** Acts once after so long, unless the function that it gives is called before. */
  after(milliseconds: number, act: () => void): () => void;
}

/** The machine's clock. What waits for it keeps no process alive. */
export const systemClock: EvidenceClock = {
  now: () => Date.now(),
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

/** Evidence of one incident to be made. */
export interface EvidenceTask {
  readonly severity: Severity;
  /** Never rejects. */
  run(): Promise<void>;
  /** It will never run: there is too much to do. */
  skipped(): void;
}

/** What there is to do for all streams of a process, one after the other. */
export interface EvidenceQueue {
  add(task: EvidenceTask): void;
  /** True if it was still waiting, and so will never run. */
  remove(task: EvidenceTask): boolean;
  /** Tasks that were begun, and that were skipped for want of time, since the start. */
  readonly counts: { readonly begun: number; readonly skipped: number };
}

/** A clip takes a core for some seconds: more would take from the analysis what it needs. */
const tasksPerMinute = 10;
/** What is older than the ring cannot be made any more. */
const maximumWaiting = 20;

const rank: Readonly<Record<Severity, number>> = { info: 0, warning: 1, error: 2, critical: 3 };

/**
 * Opens the queue of a process: one task at a time, `tasksPerMinute` at most, the most severe first, of these the oldest.
 * Where too many wait, the oldest of the least severe is skipped.
 */
export function openEvidenceQueue(clock: EvidenceClock): EvidenceQueue {
  const waiting: EvidenceTask[] = [];
  const counts = { begun: 0, skipped: 0 };
  let beganAt: number[] = [];
  let isRunning = false;
  let isDelayed = false;

  function next(): void {
    if (isRunning || isDelayed || waiting.length === 0) return;
    const now = clock.now();
    beganAt = beganAt.filter((at) => at > now - 60_000);
    const [earliest] = beganAt;
    if (earliest !== undefined && beganAt.length >= tasksPerMinute) {
      isDelayed = true;
      clock.after(earliest + 60_000 - now, () => {
        isDelayed = false;
        next();
      });
      return;
    }
    const [task] = waiting.toSorted((one, other) => rank[other.severity] - rank[one.severity]);
    if (task === undefined) return;
    waiting.splice(waiting.indexOf(task), 1);
    beganAt.push(now);
    counts.begun += 1;
    isRunning = true;
    void task.run().finally(() => {
      isRunning = false;
      next();
    });
  }

  return {
    counts,
    add(task) {
      waiting.push(task);
      if (waiting.length > maximumWaiting) {
        const [least] = waiting.toSorted((one, other) => rank[one.severity] - rank[other.severity]);
        if (least !== undefined) {
          waiting.splice(waiting.indexOf(least), 1);
          counts.skipped += 1;
          least.skipped();
        }
      }
      next();
    },
    remove(task) {
      const index = waiting.indexOf(task);
      if (index >= 0) waiting.splice(index, 1);
      return index >= 0;
    },
  };
}
