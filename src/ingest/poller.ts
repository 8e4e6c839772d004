import { setTimeout as sleep } from "node:timers/promises";
import { FramewatchError, isError } from "../errors.js";
import type { Log } from "../log.js";
import { type Lease, type LeaseTimes, leaseTimes, openLease } from "./lease.js";
import type { Queue, QueueMessage } from "./sqs.js";

/** One message in the hands of its handler. */
export interface Delivery {
  readonly message: QueueMessage;
  readonly queue: Queue;
  readonly lease: Lease;
  /** Aborts when the lease is lost (`lease-lost`) or the process stops (`interrupted`). */
  readonly signal: AbortSignal;
  /**
   * Gives the queue's slot free while the message is worked on: a job without an end would take it for ever. How many of
   * these there may be is up to the handler.
   */
  detach(): void;
}

/** A queue, and how many of its messages are worked on at once. */
export interface PolledQueue {
  readonly queue: Queue;
  readonly slots: number;
  /**
   * True while there is no room for most of what comes from this queue: it is then only glanced at, for what needs none,
   * and the long polls of other processes get the rest. Never where absent.
   */
  readonly isFull?: () => boolean;
}

/** How the poller waits, in seconds. */
export interface PollerTimes {
  /** Long poll; short enough that a stop can wait for its end. */
  readonly waitSeconds: number;
  /** A receive that takes so much longer than its long poll hangs, and is given up. */
  readonly hangSeconds: number;
  /** Without an answer for so long, the queue counts as unreachable. */
  readonly readySeconds: number;
  /** After a stop, running handlers may finish for so long before they are interrupted … */
  readonly finishSeconds: number;
  /** … and have so long to end after that. */
  readonly settleSeconds: number;
  /** Longest pause between attempts while receiving fails. */
  readonly backOffSeconds: number;
  /** About how long a message that was kept stays away after its first receipt; twice as long after each further one. */
  readonly retrySeconds: number;
  /** Pause between glances at a queue for which there is no room. */
  readonly glanceSeconds: number;
  readonly lease: LeaseTimes;
}

export const pollerTimes: PollerTimes = {
  waitSeconds: 10,
  hangSeconds: 5,
  readySeconds: 60,
  finishSeconds: 5,
  settleSeconds: 10,
  backOffSeconds: 30,
  retrySeconds: 10,
  glanceSeconds: 3,
  lease: leaseTimes,
};

export interface PollerStatus {
  /** Every queue has answered lately (a receive, or the extension of a lease while all slots are taken). */
  readonly ready: boolean;
  /** End of the latest successful receive of any queue, in seconds since 1970; absent before the first. */
  readonly lastPollTimestampSeconds?: number;
  /** Age of the oldest message of each queue's latest receive, by its SentTimestamp; 0 when that was empty. */
  readonly oldestMessageAgeSeconds: number;
  /** Messages being worked on. */
  readonly running: number;
}

export interface Poller {
  status(): PollerStatus;
  /**
   * Stops taking messages at once, lets handlers finish or interrupts them, gives back what is left. Resolves within
   * `finishSeconds` + `settleSeconds` or the rest of the long polls, whichever is longer, if the queue answers.
   */
  stop(): Promise<void>;
}

export interface PollerRequest {
  /** Each has slots of its own and is polled on its own, so that none waits for another. */
  readonly queues: readonly PolledQueue[];
  /**
   * Works on a message. `done` deletes it. `keep`, or an error, leaves it: it comes again after a pause that grows
   * with its receive count.
   */
  readonly handle: (delivery: Delivery) => Promise<"done" | "keep">;
  readonly log: Log;
  readonly times?: PollerTimes;
}

interface Lane extends PolledQueue {
  /** Takes slots. */
  readonly running: Set<Work>;
  /** Takes none. */
  readonly detached: Set<Work>;
  /** Ends the wait for a free slot. */
  wake: () => void;
  /** By `performance.now()`. */
  lastAnswer: number;
  lastPollTimestampSeconds?: number;
  oldestMessageAgeSeconds: number;
}

interface Work {
  readonly lease: Lease;
  interrupt(reason: FramewatchError): void;
  settled: Promise<void>;
}

const mostMessagesPerReceive = 10;
const firstBackOffSeconds = 0.5;
const longestRetrySeconds = 300;

/** Starts polling. Runs until stopped, whatever the queues do. */
export function openPoller({ queues, handle, log, times = pollerTimes }: PollerRequest): Poller {
  const stopping = new AbortController();
  const opened = performance.now();
  const lanes = queues.map(
    (polled): Lane => ({
      ...polled,
      running: new Set(),
      detached: new Set(),
      wake: () => undefined,
      lastAnswer: opened - times.readySeconds * 1000,
      oldestMessageAgeSeconds: 0,
    }),
  );

  async function poll(lane: Lane): Promise<void> {
    let failures = 0;
    // The first answer, also after an outage, is wanted at once: until then the process is not ready.
    let waitSeconds = 0;
    while (!stopping.signal.aborted) {
      const free = lane.slots - lane.running.size;
      if (free <= 0) {
        await new Promise<void>((resolve) => {
          lane.wake = resolve;
        });
        continue;
      }
      try {
        const isFull = lane.isFull?.() ?? false;
        await receive(lane, Math.min(free, mostMessagesPerReceive), isFull ? 0 : waitSeconds);
        failures = 0;
        waitSeconds = times.waitSeconds;
        if (isFull) await pause(times.glanceSeconds, stopping.signal);
      } catch (error) {
        log.warn({ err: error }, "receiving messages failed");
        const longest = Math.min(times.backOffSeconds, firstBackOffSeconds * 2 ** failures);
        failures += 1;
        waitSeconds = 0;
        await pause(longest * (0.5 + 0.5 * Math.random()), stopping.signal);
      }
    }
  }

  async function receive(lane: Lane, maximumMessages: number, waitSeconds: number): Promise<void> {
    const sinceMilliseconds = performance.now();
    const messages = await lane.queue.receive({
      maximumMessages,
      waitSeconds,
      visibilitySeconds: times.lease.visibilitySeconds,
      deadlineSeconds: waitSeconds + times.hangSeconds,
    });
    const now = Date.now();
    lane.lastAnswer = performance.now();
    lane.lastPollTimestampSeconds = now / 1000;
    lane.oldestMessageAgeSeconds = Math.max(
      0,
      ...messages.map(({ sentAtMilliseconds = now }) => (now - sentAtMilliseconds) / 1000),
    );

    const late: Promise<void>[] = [];
    for (const message of messages) {
      const lease = openLease({
        queue: lane.queue,
        receipt: message.receipt,
        sinceMilliseconds,
        log,
        extended: () => {
          lane.lastAnswer = performance.now();
        },
        times: times.lease,
      });
      // The queue may have assigned these to us before it could hear of the stop: cutting the poll would strand them.
      if (stopping.signal.aborted) late.push(giveBack(lease, message, 0));
      else start(lane, lease, message);
    }
    await Promise.all(late);
  }

  function start(lane: Lane, lease: Lease, message: QueueMessage) {
    const controller = new AbortController();
    lease.signal.addEventListener("abort", () => controller.abort(lease.signal.reason));
    const work: Work = { lease, interrupt: (reason) => controller.abort(reason), settled: Promise.resolve() };
    lane.running.add(work);
    const leave = () => {
      lane.running.delete(work);
      lane.wake();
    };
    const detach = () => {
      lane.detached.add(work);
      leave();
    };
    work.settled = attend({ message, queue: lane.queue, lease, signal: controller.signal, detach }).finally(() => {
      lane.detached.delete(work);
      leave();
    });
  }

  async function attend(delivery: Delivery): Promise<void> {
    const { message, lease } = delivery;
    let outcome: "done" | "keep" = "keep";
    try {
      outcome = await handle(delivery);
    } catch (error) {
      const expected = isError(error, "lease-lost") || isError(error, "interrupted");
      log[expected ? "info" : "error"](
        { err: error, messageId: message.messageId },
        "a message was not finished, it stays in its queue",
      );
    }
    if (outcome === "keep") return giveBack(lease, message, pauseBeforeRetry(message));
    try {
      await lease.done();
    } catch (error) {
      log.warn({ err: error, messageId: message.messageId }, "a message that is done could not be deleted, it will come again");
      await giveBack(lease, message, pauseBeforeRetry(message));
    }
  }

  /** Long enough in sum that an outage ends before the queue's `maxReceiveCount` is used up. */
  function pauseBeforeRetry({ receiveCount }: QueueMessage): number {
    if (stopping.signal.aborted) return 0;
    const longest = Math.min(longestRetrySeconds, times.retrySeconds * 2 ** (receiveCount - 1));
    return Math.ceil(longest * (0.5 + 0.5 * Math.random()));
  }

  async function giveBack(lease: Lease, { messageId }: QueueMessage, seconds: number): Promise<void> {
    try {
      await lease.release(seconds);
    } catch (error) {
      log.warn({ err: error, messageId }, "a message could not be given back, it will come again when its visibility ends");
    }
  }

  const loops = lanes.map(poll);
  let stopped: Promise<void> | undefined;

  async function stop(): Promise<void> {
    stopping.abort();
    for (const lane of lanes) lane.wake();
    const running = () => lanes.flatMap((lane) => [...lane.running, ...lane.detached]);

    // What has no end would not come to it in `finishSeconds` either.
    for (const work of lanes.flatMap((lane) => [...lane.detached])) work.interrupt(interruption());
    await settledWithin(running(), times.finishSeconds);
    for (const work of running()) work.interrupt(interruption());
    await settledWithin(running(), times.settleSeconds);
    // A handler that still runs has lost its lease with this, so nothing it does can leave the process any more.
    await Promise.all(
      running().map(({ lease }) =>
        lease.release(0).catch((error: unknown) => {
          log.warn({ err: error }, "a message could not be given back, it will come again when its visibility ends");
        }),
      ),
    );
    await Promise.all(loops);
  }

  return {
    status() {
      const polls = lanes.flatMap(({ lastPollTimestampSeconds: at }) => (at === undefined ? [] : [at]));
      const now = performance.now();
      return {
        ready: !stopping.signal.aborted && lanes.every(({ lastAnswer }) => now - lastAnswer < times.readySeconds * 1000),
        ...(polls.length > 0 && { lastPollTimestampSeconds: Math.max(...polls) }),
        oldestMessageAgeSeconds: Math.max(0, ...lanes.map((lane) => lane.oldestMessageAgeSeconds)),
        running: lanes.reduce((sum, lane) => sum + lane.running.size + lane.detached.size, 0),
      };
    },
    stop: () => (stopped ??= stop()),
  };
}

const interruption = () => new FramewatchError("interrupted", "the process was told to stop");

async function settledWithin(works: readonly Work[], seconds: number): Promise<void> {
  if (works.length === 0) return;
  const timeout = new AbortController();
  await Promise.race([Promise.all(works.map(({ settled }) => settled)), pause(seconds, timeout.signal)]);
  timeout.abort();
}

/** Waits, or less long once the signal aborts. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(seconds * 1000, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
