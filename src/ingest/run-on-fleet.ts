import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { type Job as QueueJob, Queue, QueueEvents, UnrecoverableError, WaitingError, Worker } from "bullmq";
import { Redis } from "ioredis";
import { FramewatchError } from "../errors.js";
import { type FleetQueue, isOver, type OwnedTask, type QueuedState, RedisAway, runOnFleet } from "./fleet-run.js";
import { openRunHere, type RunnerParts } from "./run-here.js";
import { asReason, fromReason, readTask } from "./segment-message.js";
import { finishSegment, rankOf, type SegmentRunner, type SegmentTask } from "./segment-runner.js";

/** How patient the fleet is, in milliseconds. Tests are less. */
export interface FleetTimes {
  /** A process that has not renewed its hold on a segment for so long counts as dead. */
  readonly lock: number;
  /** How often dead processes' segments are looked for; at the second look they go to another. */
  readonly stalled: number;
  /** How often an owner looks at its segments, and every process at what is not wanted any more. */
  readonly look: number;
  /** How long Redis may be away before an owner runs its segments in its own process. */
  readonly away: number;
  /** How long one command may take. */
  readonly command: number;
}

export const fleetTimes: FleetTimes = { lock: 15_000, stalled: 10_000, look: 2_500, away: 30_000, command: 5_000 };

/** A segment whose process dies so often is taken for the reason of it. Low enough to end, high enough for spot instances. */
const maximumDeaths = 8;

/** How long Redis remembers that a segment is not wanted, in seconds: no process takes longer to hear of it. */
const unwantedSeconds = 3_600;

/** How long closing waits for work in hand to be given back, in milliseconds. */
const drainMilliseconds = 8_000;

export interface FleetParts<Block> extends RunnerParts<Block> {
  /** `redis://…` or `rediss://…` */
  readonly redisUrl: string;
  /** Version of this program: processes of different versions measure differently and share no segments. */
  readonly software: string;
  readonly times?: Partial<FleetTimes>;
}

/** A segment that this process has taken from the queue. */
interface Effort {
  readonly stop: AbortController;
  readonly signal: AbortSignal;
  readonly done: Promise<void>;
}

export interface Fleet<Block> extends SegmentRunner<Block> {
  /** True while Redis answers. Jobs go on without it, in this process alone. */
  isConnected(): boolean;
}

/**
 * Joins the fleet: this process takes segments of any job from the queue in Redis, and puts those of its own jobs there.
 * Redis holds work and no truth: what it forgets is found missing in the store and added again; while it is away for
 * longer than `away`, owners work on alone. On `close` segments in hand are given back at once.
 */
export function openFleet<Block>(parts: FleetParts<Block>): Fleet<Block> {
  const { analyse, openStore, slots, log } = parts;
  const times = { ...fleetTimes, ...parts.times };
  const name = `segments-1-${parts.software}`;
  const prefix = "framewatch";
  const closing = new AbortController();
  const owned = new Map<string, OwnedTask<Block>>();
  const taken = new Map<string, Effort>();
  const runs = new Set<Promise<unknown>>();
  const here = openRunHere(parts);

  const common = {
    connectTimeout: times.command,
    retryStrategy: (attempt: number) => Math.min(2_000, 100 * 2 ** attempt) * (0.5 + Math.random() / 2),
  };
  /** For asking: fails at once while there is no connection, so nothing piles up. */
  const asking = new Redis(parts.redisUrl, {
    ...common,
    commandTimeout: times.command,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
  });
  /** For taking: BullMQ wants its commands to outlive a lost connection; it sends one after the other. */
  const taking = new Redis(parts.redisUrl, { ...common, maxRetriesPerRequest: null, socketTimeout: 30_000 });

  let trouble: unknown;
  const noteTrouble = (error: unknown) => {
    if (trouble === undefined && !closing.signal.aborted) {
      log.warn({ err: error }, "Redis does not answer; segments wait for it, then run in this process");
    }
    trouble ??= error;
  };
  asking.on("error", noteTrouble);
  asking.on("ready", () => {
    if (trouble !== undefined) log.info("Redis answers again");
    trouble = undefined;
  });
  taking.on("error", noteTrouble);

  const queue = new Queue(name, { connection: asking, prefix });
  const events = new QueueEvents(name, { connection: taking, prefix });
  const worker = new Worker(name, work, {
    connection: taking,
    prefix,
    concurrency: slots.count,
    maxStalledCount: maximumDeaths,
    lockDuration: times.lock,
    stalledInterval: times.stalled,
    runRetryDelay: 1_000,
    removeOnComplete: { count: 0 },
    removeOnFail: { age: 3_600, count: 1_000 },
  });
  // Their errors are those of the connections, which are told once, and jobs that vanished, which their owners find.
  const noteError = (error: Error) => log.debug({ err: error }, "from the queue in Redis");
  queue.on("error", noteError);
  events.on("error", noteError);
  worker.on("error", noteError);
  const noteEvent = ({ jobId }: { readonly jobId: string }) => owned.get(jobId)?.stirred();
  events.on("completed", noteEvent);
  events.on("failed", noteEvent);

  async function work(job: QueueJob, token?: string): Promise<string> {
    const id = job.id ?? "";
    const owner = owned.get(id);
    if (owner?.isHere() === true) return "past the queue";
    // It is in hand already when our hold on it was lost and it came round again.
    const { signal, done } = taken.get(id) ?? take(id, job.data, owner);
    try {
      await done;
      return "finished";
    } catch (error) {
      if (!signal.aborted) {
        // The owner hears what failed, not on which machine, nor the cause below it.
        log.warn({ err: error, segment: id }, "a segment taken from the queue in Redis failed in this process");
        throw new UnrecoverableError(asReason(error));
      }
      if (isOver(signal.reason)) return "not wanted any more";
      await job.moveToWait(token);
      throw new WaitingError();
    }
  }

  function take(id: string, data: unknown, owner: OwnedTask<Block> | undefined): Effort {
    let task: SegmentTask;
    try {
      task = readTask(data);
    } catch (error) {
      throw new UnrecoverableError(asReason(error));
    }
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, closing.signal, ...(owner === undefined ? [] : [owner.hooks.signal])]);
    const done = slots
      .use(rankOf(task), signal, async () => {
        const onBlock = (block: Block) => owner?.hooks.onBlock?.(task, block);
        const file = await finishSegment(analyse, openStore(task.output), task, signal, onBlock);
        if (file === undefined) return;
        const asker = owned.get(id);
        if (asker === undefined) await rm(file, { force: true });
        else asker.finished(file);
      })
      .finally(() => taken.delete(id));
    const effort = { stop, signal, done };
    taken.set(id, effort);
    return effort;
  }

  /** Asks Redis; whatever goes wrong, in bounded time, is `RedisAway`. */
  async function ask<T>(question: () => Promise<T>): Promise<T> {
    const deadline = new AbortController();
    try {
      return await Promise.race([
        queue.waitUntilReady().then(question),
        pause(times.command, undefined, { signal: deadline.signal }).then(() => {
          throw new Error(`Redis gave no answer in ${times.command} ms`);
        }),
      ]);
    } catch (cause) {
      noteTrouble(cause);
      throw new RedisAway("Redis is away", { cause });
    } finally {
      deadline.abort();
    }
  }

  const unwantedKey = (id: string) => `${prefix}:${name}:unwanted:${id}`;

  const fleetQueue: FleetQueue = {
    idOf({ jobId, run, segment, output, key }) {
      const place = createHash("sha256")
        .update(output + key)
        .digest("hex")
        .slice(0, 12);
      return `${jobId}.${run}.${segment.index}.${place}`;
    },
    look: (id) =>
      ask(async (): Promise<QueuedState> => {
        const state = await queue.getJobState(id);
        if (state === "unknown" || state === "completed") return { kind: "vanished" };
        if (state !== "failed") return { kind: "queued" };
        return { kind: "failed", error: fromReason((await queue.getJob(id))?.failedReason) };
      }),
    async add(id, task) {
      await ask(async () => {
        await asking.del(unwantedKey(id));
        await queue.add("segment", task, { jobId: id, priority: rankOf(task) + 1 });
      });
    },
    async remove(id) {
      await ask(() => queue.remove(id));
    },
    async drop(id) {
      await ask(async () => {
        if ((await queue.remove(id)) === 0) await asking.set(unwantedKey(id), "1", "EX", unwantedSeconds);
      });
    },
  };

  /** Stops the segments in hand that nobody wants any more; those of a dead owner go on, its successor will want them. */
  async function watchUnwanted(): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(times.look, undefined, { signal: closing.signal }).catch(() => {});
      const inHand = [...taken];
      if (inHand.length === 0 || closing.signal.aborted) continue;
      const marks = await ask(() => asking.mget(inHand.map(([id]) => unwantedKey(id)))).catch(() => []);
      for (const [index, [, { stop }]] of inHand.entries()) {
        if (typeof marks[index] === "string") stop.abort(new FramewatchError("cancelled", "The segment is not wanted any more."));
      }
    }
  }
  const watching = watchUnwanted();

  return {
    isConnected: () => asking.status === "ready" && trouble === undefined,
    run(tasks, hooks) {
      const running = runOnFleet(tasks, hooks, {
        queue: fleetQueue,
        owned,
        taken: (id) => taken.get(id)?.done,
        here,
        places: slots.count,
        openStore,
        log,
        closing: closing.signal,
        lookMilliseconds: times.look,
        awayMilliseconds: times.away,
      });
      const settled = running.catch(() => {}).finally(() => runs.delete(settled));
      runs.add(settled);
      return running;
    },
    async close() {
      closing.abort(new FramewatchError("interrupted", "The process stops."));
      await Promise.all([...runs, watching, here.close()]);
      await Promise.allSettled([...taken.values()].map(({ done }) => done));
      const given = Promise.allSettled([worker.close(), events.close(), queue.close()]);
      if (asking.status === "ready") {
        const late = new AbortController();
        await Promise.race([given, pause(drainMilliseconds, undefined, { signal: late.signal }).catch(() => {})]);
        late.abort();
      }
      // What still hangs waits for a Redis that is away: its locks run out there.
      for (const part of [worker, events]) void part.getBackend().close(true).catch(noteTrouble);
      for (const connection of [asking, taking]) connection.disconnect();
    },
  };
}
