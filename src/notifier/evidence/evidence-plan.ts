import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import type { Log } from "../../log.js";
import type { EvidenceClock, EvidenceQueue, EvidenceTask } from "./evidence-queue.js";
import type { LiveIncident } from "./live-incident.js";

/** Longest time that one incident may take the machine for. */
const taskSeconds = 45;

/** Makes something, with files in a folder that is removed afterwards. What it throws is logged. */
export type EvidenceWork = (scratch: string, signal: AbortSignal) => Promise<void>;

/** What is to be made for the incidents of one stream: each waits for its time, then for its turn among all streams. */
export interface EvidencePlan {
  add(incident: LiveIncident, atMilliseconds: number, works: readonly EvidenceWork[]): void;
  /** Takes back what was planned for the incident and has not begun; false where there is no such thing. */
  cancel(id: string): boolean;
  /** Nothing waits for its time any more; returns when all is done or skipped: whether there was anything left. */
  finish(): Promise<boolean>;
  /** Stops at once; returns when no child runs and no file is left. */
  close(): Promise<void>;
}

export interface EvidencePlanOptions {
  readonly folder: string;
  readonly queue: EvidenceQueue;
  readonly clock: EvidenceClock;
  readonly log: Log;
  readonly signal: AbortSignal;
}

interface Planned {
  readonly id: string;
  readonly task: EvidenceTask;
  /** Stops waiting for its time; absent once it waits for its turn. */
  stopWaiting?: () => void;
  readonly settled: Promise<void>;
  settle(): void;
}

/** Opens the plan of one stream; `folder` is made when it is needed and removed with it. */
export function openEvidencePlan({ folder, queue, clock, log, signal: outer }: EvidencePlanOptions): EvidencePlan {
  const closing = new AbortController();
  const signal = AbortSignal.any([outer, closing.signal]);
  const planned = new Set<Planned>();

  async function run({ id, type }: LiveIncident, works: readonly EvidenceWork[]): Promise<void> {
    const scratch = path.join(folder, randomUUID());
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(taskSeconds * 1000)]);
      for (const work of works) {
        try {
          limited.throwIfAborted();
          await mkdir(scratch, { recursive: true });
          await work(scratch, limited);
        } catch (error) {
          if (!signal.aborted) log.warn({ incident: id, type, reason: String(error) }, "evidence of an incident is missing");
        }
      }
    } finally {
      await rm(scratch, { recursive: true, force: true }).catch(() => undefined);
    }
  }

  function takeTurn(one: Planned): void {
    delete one.stopWaiting;
    queue.add(one.task);
  }

  function cancel(one: Planned): boolean {
    if (one.stopWaiting === undefined && !queue.remove(one.task)) return false;
    one.stopWaiting?.();
    planned.delete(one);
    one.settle();
    return true;
  }

  const allSettled = async () => void (await Promise.all([...planned].map(({ settled }) => settled)));

  return {
    add(incident, atMilliseconds, works) {
      if (signal.aborted) return;
      const { id, type, severity } = incident;
      let settle = (): void => undefined;
      const settled = new Promise<void>((resolve) => {
        settle = resolve;
      });
      const end = (): void => {
        planned.delete(one);
        settle();
      };
      const task: EvidenceTask = {
        severity,
        run: () => run(incident, works).finally(end),
        skipped() {
          log.warn({ incident: id, type, severity }, "evidence of an incident is skipped: there are too many at once");
          end();
        },
      };
      const one: Planned = { id, task, settled, settle };
      planned.add(one);
      one.stopWaiting = clock.after(Math.max(0, atMilliseconds - clock.now()), () => takeTurn(one));
    },
    cancel: (id) => [...planned].filter((one) => one.id === id && cancel(one)).length > 0,
    async finish() {
      const isLeft = planned.size > 0;
      for (const one of [...planned]) {
        if (one.stopWaiting === undefined) continue;
        one.stopWaiting();
        takeTurn(one);
      }
      await allSettled();
      return isLeft;
    },
    async close() {
      closing.abort(new Error("closed"));
      for (const one of [...planned]) cancel(one);
      await allSettled();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
