import { rm } from "node:fs/promises";
import { performance } from "node:perf_hooks";
import { FramewatchError, isError } from "../errors.js";
import type { Log } from "../log.js";
import type { Store } from "../store.js";
import {
  describe,
  failureOf,
  fetchFinished,
  maximumAttempts,
  rankOf,
  retryDelayMilliseconds,
  type RunHooks,
  type SegmentRunner,
  type SegmentTask,
} from "./segment-runner.js";

/** Redis did not answer, or could not do what it was asked: a state of affairs, not the end of a job. */
export class RedisAway extends Error {
  override readonly name = "RedisAway";
}

/** What the queue knows of a segment; `vanished` is finished, never added, or lost with Redis' memory. */
export type QueuedState =
  | { readonly kind: "queued" }
  | { readonly kind: "vanished" }
  | { readonly kind: "failed"; readonly error: unknown };

/** The fleet's queue as the owner of a job needs it. Each call throws `RedisAway` in bounded time when Redis does not answer. */
export interface FleetQueue {
  idOf(task: SegmentTask): string;
  look(id: string): Promise<QueuedState>;
  /** Adds the segment; nothing happens when it is there. */
  add(id: string, task: SegmentTask): Promise<void>;
  /** Takes the segment out, unless somebody works on it. */
  remove(id: string): Promise<void>;
  /** Takes the segment out; a process that works on it stops. */
  drop(id: string): Promise<void>;
}

/** A task of a job of this process, as the part of it that takes segments from the queue sees it. */
export interface OwnedTask<Block> {
  readonly hooks: RunHooks<Block>;
  /** It runs in this process already, past the queue. */
  isHere(): boolean;
  /** This process has finished it. */
  finished(file: string): void;
  /** Something happened to it in the queue. */
  stirred(): void;
}

export interface FleetRunParts<Block> {
  readonly queue: FleetQueue;
  /** The tasks of this process's jobs by their id in the queue. */
  readonly owned: Map<string, OwnedTask<Block>>;
  /** The work of this process on a segment that it has taken from the queue; absent when it has not. */
  readonly taken: (id: string) => Promise<void> | undefined;
  readonly here: SegmentRunner<Block>;
  /** How many segments this process may run side by side. */
  readonly places: number;
  readonly openStore: (url: string) => Store;
  readonly log: Log;
  /** Aborts when the process stops. */
  readonly closing: AbortSignal;
  /** How often the owner looks at all its segments, which finds what no event has told. */
  readonly lookMilliseconds: number;
  /** After this time without Redis the owner runs segments in its own process. */
  readonly awayMilliseconds: number;
}

interface Pending {
  readonly id: string;
  readonly task: SegmentTask;
  failures: number;
  /** When it may be tried again, on the clock of `performance.now()`. */
  retryAt: number;
  file?: string;
  here: boolean;
}

/** How many segments are looked at in the queue and the store at the same time. */
const lookedAtTogether = 16;

/**
 * Runs all tasks on the fleet: adds them to the queue and looks, at every event and every few seconds, what has become of
 * them. The store is the truth: what lies there is finished, what is neither there nor in the queue is added again.
 */
export async function runOnFleet<Block>(
  tasks: readonly SegmentTask[],
  hooks: RunHooks<Block>,
  parts: FleetRunParts<Block>,
): Promise<void> {
  const { queue, owned, here, openStore, log } = parts;
  const pending = new Map<string, Pending>();
  const stirred = new Set<string>();
  const running = new Set<Promise<void>>();
  const stop = new AbortController();
  const signal = AbortSignal.any([hooks.signal, parts.closing, stop.signal]);
  let wake = () => {};
  let lookedAt = -Infinity;
  let answeredAt = performance.now();
  let lookFailures = 0;

  async function finish(segment: Pending, file: string): Promise<void> {
    if (segment.file !== undefined && segment.file !== file) await rm(segment.file, { force: true });
    if (pending.delete(segment.id)) await hooks.onFinished(segment.task, file);
  }

  /** Runs a segment in this process, because it should not or cannot go through the queue. */
  function runHere(segment: Pending): void {
    segment.here = true;
    const settled = here
      .run([segment.task], { ...hooks, signal, onFinished: (_, file) => finish(segment, file) })
      .catch((error: unknown) => stop.abort(error))
      .finally(() => {
        running.delete(settled);
        runOthersHere();
        wake();
      });
    running.add(settled);
  }

  /** While Redis is away, as many as there are places for; the rest waits for it or for a place. */
  function runOthersHere(): void {
    if (performance.now() - answeredAt <= parts.awayMilliseconds) return;
    for (const segment of pending.values()) {
      if (running.size < parts.places && !signal.aborted && !segment.here && parts.taken(segment.id) === undefined)
        runHere(segment);
    }
  }

  async function lookAfter(segment: Pending): Promise<void> {
    const { id, task } = segment;
    if (segment.file !== undefined) return finish(segment, segment.file);
    const state = await queue.look(id);
    if (state.kind === "queued") return;
    const file = await fetchFinished(openStore(task.output), task, hooks.folder);
    if (file !== undefined) return finish(segment, file);
    if (state.kind === "vanished") return performance.now() < segment.retryAt ? undefined : queue.add(id, task);
    const failures = segment.failures + 1;
    const failure = failureOf(task, state.error, failures);
    if (failure !== undefined) return stop.abort(failure);
    await queue.remove(id);
    segment.failures = failures;
    segment.retryAt = performance.now() + retryDelayMilliseconds(failures);
    log.warn({ err: state.error, job: task.jobId, failures }, `${describe(task)} failed and is tried again`);
  }

  /** Looks after the segments that something happened to, and now and then after all. */
  async function look(): Promise<void> {
    const isFull = performance.now() - lookedAt >= parts.lookMilliseconds;
    const due = [...pending.values()].filter((segment) => !segment.here && (isFull || stirred.has(segment.id)));
    stirred.clear();
    if (isFull) lookedAt = performance.now();
    for (let at = 0; at < due.length; at += lookedAtTogether) {
      const looks = await Promise.allSettled(due.slice(at, at + lookedAtTogether).map(lookAfter));
      for (const { reason } of looks.filter((each) => each.status === "rejected")) throw reason;
      signal.throwIfAborted();
    }
    lookFailures = 0;
    if (due.length > 0) answeredAt = performance.now();
  }

  /** Redis may be away for a while; the store for no longer than a segment may fail; anything else ends the job. */
  function bear(error: unknown): void {
    if (error instanceof RedisAway) return;
    lookFailures += 1;
    if (!isError(error, "store-unavailable") || lookFailures >= maximumAttempts) throw error;
  }

  async function untilStirred(): Promise<void> {
    if (stirred.size > 0 || signal.aborted || pending.size === 0) return;
    const wait = Math.max(50, lookedAt + parts.lookMilliseconds - performance.now());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, wait);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  const wakeOnAbort = () => wake();
  signal.addEventListener("abort", wakeOnAbort);
  try {
    for (const task of [...tasks].sort((a, b) => rankOf(a) - rankOf(b))) {
      const segment: Pending = { id: queue.idOf(task), task, failures: 0, retryAt: 0, here: false };
      const stir = () => {
        stirred.add(segment.id);
        wake();
      };
      pending.set(segment.id, segment);
      owned.set(segment.id, {
        hooks: { ...hooks, signal },
        isHere: () => segment.here,
        stirred: stir,
        finished: (file) => {
          if (pending.has(segment.id)) segment.file = file;
          // It was found in the store before.
          else void rm(file, { force: true });
          stir();
        },
      });
      if (mustStayHere(task)) runHere(segment);
    }
    while (pending.size > 0) {
      signal.throwIfAborted();
      await look().catch(bear);
      runOthersHere();
      await untilStirred();
    }
    await Promise.all(running);
    signal.throwIfAborted();
  } catch (error) {
    stop.abort(error);
    await Promise.all(running);
    await Promise.allSettled([...pending.keys()].map(parts.taken));
    for (const { file } of pending.values()) if (file !== undefined) await rm(file, { force: true });
    await giveUp().catch(bear);
    throw signal.reason;
  } finally {
    signal.removeEventListener("abort", wakeOnAbort);
    for (const task of tasks) owned.delete(queue.idOf(task));
  }

  /** A job that is over takes its segments out of the queue; those of one that is only interrupted wait for its successor. */
  async function giveUp(): Promise<void> {
    if (!isOver(signal.reason)) return;
    for (const { id, here: isHere } of pending.values()) if (!isHere) await queue.drop(id);
  }
}

/** True when a job that ended for this reason does not come again: it failed, or was cancelled. */
export function isOver(reason: unknown): boolean {
  return !(reason instanceof FramewatchError) || reason.blames !== "infrastructure";
}

/**
 * True for a segment that the queue would not help: media that is not cut is one segment, and here its blocks are heard at
 * once; a source with a password or a signed query is not for Redis, where it would lie in clear text.
 */
function mustStayHere({ segment, source }: SegmentTask): boolean {
  if (segment.what === "whole") return true;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(source) || source.startsWith("s3://")) return false;
  const url = URL.canParse(source) ? new URL(source) : undefined;
  return url === undefined || url.username !== "" || url.password !== "" || url.search !== "";
}
