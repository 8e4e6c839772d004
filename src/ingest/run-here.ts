import { setMaxListeners } from "node:events";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { FramewatchError } from "../errors.js";
import type { Log } from "../log.js";
import type { Store } from "../store.js";
import {
  type Analyse,
  describe,
  failureOf,
  fetchFinished,
  finishSegment,
  rankOf,
  retryDelayMilliseconds,
  type RunHooks,
  type SegmentRunner,
  type SegmentTask,
} from "./segment-runner.js";
import type { Slots } from "./slots.js";

/** What both adapters of the port are given. */
export interface RunnerParts<Block> {
  readonly analyse: Analyse<Block>;
  readonly openStore: (url: string) => Store;
  /** The places of this process, shared by all its jobs. */
  readonly slots: Slots;
  readonly log: Log;
}

/** Runs segments side by side in this process. */
export function openRunHere<Block>({ analyse, openStore, slots, log }: RunnerParts<Block>): SegmentRunner<Block> {
  const closing = new AbortController();
  const runs = new Set<Promise<unknown>>();

  async function runOne(task: SegmentTask, hooks: RunHooks<Block>, signal: AbortSignal): Promise<void> {
    const store = openStore(task.output);
    const onBlock = (block: Block) => hooks.onBlock?.(task, block);
    let failures = 0;
    let file: string | undefined;
    // Between looking into the store and fetching somebody may remove it: then the segment is analysed after all.
    while (file === undefined) {
      try {
        file = await slots.use(rankOf(task), signal, async () => {
          return (await finishSegment(analyse, store, task, signal, onBlock)) ?? (await fetchFinished(store, task, hooks.folder));
        });
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        const failure = failureOf(task, error, failures);
        if (failure !== undefined) throw failure;
        log.warn({ err: error, job: task.jobId, failures }, `${describe(task)} failed and is tried again`);
        await pause(retryDelayMilliseconds(failures), undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
    if (signal.aborted) await rm(file, { force: true });
    signal.throwIfAborted();
    await hooks.onFinished(task, file);
  }

  async function run(tasks: readonly SegmentTask[], hooks: RunHooks<Block>): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([hooks.signal, closing.signal, stop.signal]);
    // Each segment listens while it waits or runs: of a long film more than node takes for honest.
    setMaxListeners(0, signal);
    await Promise.allSettled(
      tasks.map(async (task) => {
        try {
          await runOne(task, hooks, signal);
        } catch (error) {
          stop.abort(error);
        }
      }),
    );
    signal.throwIfAborted();
  }

  return {
    run(tasks, hooks) {
      const running = run(tasks, hooks);
      const settled = running.catch(() => {}).finally(() => runs.delete(settled));
      runs.add(settled);
      return running;
    },
    async close() {
      closing.abort(new FramewatchError("interrupted", "The process stops."));
      await Promise.all(runs);
    },
  };
}
