import { setTimeout as pause } from "node:timers/promises";
import { FramewatchError, isError } from "../errors.js";
import type { Log } from "../log.js";
import type { LiveJob } from "./job.js";
import { type LiveHold, type LiveTimes, liveTimes, type OpenHold, openLiveHold } from "./live-hold.js";
import { askedAtOf, continuationBody, type LiveMessage, liveMessageOf, relate } from "./live-message.js";
import type { Delivery } from "./poller.js";

/** The live jobs of this process, each with the messages that it stands on. */
export interface LiveLeases {
  /** How many run, or wait for another process to give them up. */
  readonly running: number;
  /** There is no room for another one. */
  isFull(): boolean;
  /**
   * Works on one message of a live job: begins the job, or puts the one that runs here onto it. Resolves when the message is
   * not needed any more, which may be long before the job ends: `done` deletes it.
   * @param run runs the job to its end, or until the hold's signal aborts; all its messages are deleted when it resolves, and
   *   stay in the queue when it rejects
   * @throws what `run` throws
   */
  attend(job: LiveJob, delivery: Delivery, run: (hold: LiveHold) => Promise<void>): Promise<"done" | "keep">;
  /** Interrupts all jobs and waits until they have ended, so that others take them over at once. To be called with the poller's stop. */
  close(): Promise<void>;
}

export interface LiveLeasesParts {
  /** Jobs at once in this process. */
  readonly streams: number;
  readonly log: Log;
  readonly times?: LiveTimes;
}

interface Running {
  readonly hold: OpenHold;
  readonly ended: Promise<void>;
}

/** A message that was received so often is replaced before the queue sets it aside for that. */
const oftenReceived = 5;
/** As long as a stopping poller waits for its handlers. */
const closeSeconds = 15;

/** Opens the registry of this process's live jobs. */
export function openLiveLeases({ streams: limit, log, times = liveTimes }: LiveLeasesParts): LiveLeases {
  const jobs = new Map<string, Running>();
  let isClosed = false;

  /** Replaces a message that waits, where its receipts would soon be too many; `keep` where they are not. */
  async function refresh(job: LiveJob, delivery: Delivery, { request, epoch }: LiveMessage): Promise<"done" | "keep"> {
    if (delivery.message.receiveCount < oftenReceived) return "keep";
    delivery.lease.check();
    await delivery.queue.send(continuationBody(job, request, epoch + 1, askedAtOf(job, delivery.message)));
    return "done";
  }

  async function putOff(job: LiveJob, delivery: Delivery, message: LiveMessage): Promise<"done" | "keep"> {
    log.info({ job: job.id, streams: limit }, "there is no room for another live job; its message stays in the queue");
    const outcome = await refresh(job, delivery, message);
    if (outcome === "keep") await delivery.lease.release(times.fullSeconds);
    return outcome;
  }

  async function begin(
    job: LiveJob,
    delivery: Delivery,
    message: LiveMessage,
    run: (hold: LiveHold) => Promise<void>,
  ): Promise<"done" | "keep"> {
    const hold = openLiveHold(job, delivery, log, times);
    const settled = hold.attach(delivery, message);
    const end = (cause?: { readonly error: unknown }) => {
      // Whatever comes now begins anew.
      jobs.delete(job.id);
      if (cause !== undefined) {
        const isMeant = isError(cause.error, "lease-lost") || isError(cause.error, "interrupted");
        log[isMeant ? "info" : "warn"]({ err: cause.error, job: job.id }, "a live job ended here and is to go on");
      }
      hold.end(cause);
    };
    const ended = run(hold).then(
      () => end(),
      (error: unknown) => end({ error }),
    );
    jobs.set(job.id, { hold, ended });
    try {
      return await settled;
    } catch (error) {
      if (!(error instanceof FramewatchError) || error.blames !== "infrastructure" || isClosed || !delivery.lease.holds())
        throw error;
      if ((await refresh(job, delivery, message)) === "keep") throw error;
      return "done";
    }
  }

  return {
    get running() {
      return jobs.size;
    },

    isFull: () => jobs.size >= limit,

    async attend(job, delivery, run) {
      delivery.detach();
      const message = liveMessageOf(job, delivery.message);
      for (;;) {
        const known = jobs.get(job.id);
        if (isClosed || !delivery.lease.holds()) return "keep";
        if (known === undefined) {
          if (jobs.size >= limit) return putOff(job, delivery, message);
          return begin(job, delivery, message, run);
        }
        if (known.hold.signal.aborted) {
          // It is about to end here, whatever comes next.
          await known.ended;
          continue;
        }
        const relation = relate(message, known.hold.message());
        if (relation === "follows") return known.hold.attach(delivery, message);
        if (relation === "superseded") {
          log.info({ job: job.id }, "a message of a live job is not needed any more, a newer one is there");
          return "done";
        }
        // Perhaps the first is being cancelled at this moment, and this is the one that is to follow it.
        if (await endsWithin(known.ended, times.duplicateSeconds, delivery.signal)) continue;
        log.warn({ job: job.id }, "a live job was asked for that runs already; cancel it first to run it with other settings");
        return "done";
      }
    },

    async close() {
      isClosed = true;
      const running = [...jobs.values()];
      for (const { hold } of running) hold.interrupt(new FramewatchError("interrupted", "the process was told to stop"));
      await endsWithin(Promise.all(running.map(({ ended }) => ended)), closeSeconds, new AbortController().signal);
    },
  };
}

/** True when it ended in time, or the signal aborted. */
async function endsWithin(ended: Promise<unknown>, seconds: number, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  const late = pause(seconds * 1000, false, { signal: AbortSignal.any([signal, enough.signal]) }).catch(() => true);
  const inTime = await Promise.race([ended.then(() => true), late]);
  enough.abort();
  return inTime;
}
