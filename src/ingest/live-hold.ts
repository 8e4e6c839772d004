import { FramewatchError, isError } from "../errors.js";
import type { Log } from "../log.js";
import type { LiveJob } from "./job.js";
import { askedAtOf, continuationBody, type LiveMessage, liveMessageOf } from "./live-message.js";
import type { Delivery } from "./poller.js";

/** When the message under a live job is replaced by a new one, in seconds. */
export interface LiveTimes {
  /** A message is in hand, or on its way, for so long before the next is sent; SQS allows 12 h in hand. */
  readonly renewSeconds: number;
  /** So long the job runs before a message that was received more than once is replaced: a new one counts from one again. */
  readonly settledSeconds: number;
  /** So long after its lease was lost a message that did not come back is replaced. */
  readonly rescueSeconds: number;
  /** Pause before a continuation that the queue did not take is sent again. */
  readonly retrySeconds: number;
  /** How long a message stays away for which this process has no room. */
  readonly fullSeconds: number;
  /** So long a job that was asked for a second time waits for the end of the first, before it counts as the same. */
  readonly duplicateSeconds: number;
}

export const liveTimes: LiveTimes = {
  renewSeconds: 11 * 3600,
  settledSeconds: 600,
  rescueSeconds: 120,
  retrySeconds: 30,
  fullSeconds: 5,
  duplicateSeconds: 30,
};

/** The right of this process to run one live job, whichever message it stands on at the moment. */
export interface LiveHold {
  /** As in {@link LiveMessage}: the same for all messages of the job. */
  readonly request: string;
  /** When the job was asked for, by the queue's clock, in milliseconds since 1970. */
  readonly askedAtMilliseconds: number;
  /**
   * Aborts with `interrupted` when the process stops, and with `lease-lost` when the job is handed over, or when the message
   * is lost before {@link began}.
   */
  readonly signal: AbortSignal;
  /** To be called right before each outside effect. @throws FramewatchError the signal's reason, or `lease-lost` */
  check(): void;
  /** The newest message that is known; without `messageId` while it is not in hand. */
  message(): LiveMessage;
  /** The job is ours among all processes. From now on it may run without a message in hand, and sends continuations. */
  began(): void;
  /** Gives the job to who has this message. */
  handOver(to: LiveMessage): void;
  /** Another process runs the job, and needs none of the messages in hand: they are deleted. */
  giveUp(): void;
}

/** The hold, for who deals with the messages. */
export interface OpenHold extends LiveHold {
  /** Puts the job onto another message of it. Resolves when that one is not needed any more, with what is to be done with it. */
  attach(delivery: Delivery, message: LiveMessage): Promise<"done" | "keep">;
  interrupt(reason: FramewatchError): void;
  /** Settles all messages in hand, for the job has ended; `cause` when it is to be tried again. */
  end(cause?: { readonly error: unknown }): void;
}

interface Attached {
  readonly delivery: Delivery;
  readonly message: LiveMessage;
  /** By `performance.now()`. */
  readonly receivedAt: number;
  readonly settle: (outcome: "done" | "keep") => void;
  readonly fail: (error: unknown) => void;
}

/** Opens the hold on a job whose first message in this process is `first`; that one is to be attached next. */
export function openLiveHold(job: LiveJob, first: Delivery, log: Log, times: LiveTimes = liveTimes): OpenHold {
  const over = new AbortController();
  const attached = new Set<Attached>();
  const askedAtMilliseconds = askedAtOf(job, first.message);
  const { request, epoch: firstEpoch } = liveMessageOf(job, first.message);
  let epoch = firstEpoch;
  let { queue } = first;
  let isOurs = false;
  let handedTo: LiveMessage | undefined;
  let isNeedless = false;
  /** Since when no message is in hand, and whether one was sent that has not come. */
  let without = { since: performance.now(), isSent: false };
  let timer: NodeJS.Timeout | undefined;

  const inHand = (): Attached | undefined =>
    [...attached].findLast(({ delivery, message }) => message.epoch === epoch && delivery.lease.holds());

  function settle(one: Attached, outcome: "done" | "keep") {
    attached.delete(one);
    one.settle(outcome);
  }

  function settleOlder() {
    for (const one of [...attached]) if (one.message.epoch < epoch) settle(one, "done");
  }

  function whenDue(): number {
    const current = inHand();
    if (current === undefined) return without.since + (without.isSent ? times.renewSeconds : times.rescueSeconds) * 1000;
    const { receivedAt, delivery } = current;
    const { sentAtMilliseconds = Date.now(), receiveCount } = delivery.message;
    const settledAt = receivedAt + times.settledSeconds * 1000;
    if (receiveCount > 1) return settledAt;
    // Its age counts as well: in the end the queue drops a message that is handed from one process to the next.
    const sentAt = performance.now() - Math.max(0, Date.now() - sentAtMilliseconds);
    return Math.max(settledAt, Math.min(receivedAt, sentAt) + times.renewSeconds * 1000);
  }

  function schedule(atMilliseconds = whenDue()) {
    clearTimeout(timer);
    if (!isOurs || over.signal.aborted) return;
    timer = setTimeout(renew, Math.max(0, atMilliseconds - performance.now()));
  }

  async function renew() {
    const next = epoch + 1;
    try {
      await queue.send(continuationBody(job, request, next, askedAtMilliseconds));
    } catch (error) {
      log.warn({ err: error, job: job.id }, "the continuation of a live job could not be sent, it is tried again");
      return schedule(performance.now() + times.retrySeconds * 1000);
    }
    if (over.signal.aborted) return;
    log.info({ job: job.id, epoch: next }, "a live job goes on with its next message");
    epoch = Math.max(epoch, next);
    without = { since: performance.now(), isSent: true };
    settleOlder();
    schedule();
  }

  /** It comes back, to us or to another process, when its visibility ends. */
  function leaseLost(one: Attached) {
    settle(one, "keep");
    if (inHand() !== undefined) return;
    if (!isOurs) return over.abort(one.delivery.lease.signal.reason);
    if (one.message.epoch === epoch) without = { since: performance.now(), isSent: false };
    schedule();
  }

  return {
    request,
    askedAtMilliseconds,
    signal: over.signal,

    check() {
      over.signal.throwIfAborted();
      if (!isOurs && inHand() === undefined) throw new FramewatchError("lease-lost", "the message of the live job was lost");
    },

    message() {
      const messageId = inHand()?.message.messageId;
      return { request, epoch, ...(messageId === undefined ? {} : { messageId }) };
    },

    began() {
      isOurs = true;
      schedule();
    },

    handOver(to) {
      handedTo = to;
      over.abort(new FramewatchError("lease-lost", "the live job was handed over to another process"));
    },

    giveUp() {
      isNeedless = true;
      over.abort(new FramewatchError("lease-lost", "another process runs the live job, and stands on another message"));
    },

    attach(delivery, message) {
      return new Promise((resolve, fail) => {
        const one: Attached = { delivery, message, receivedAt: performance.now(), settle: resolve, fail };
        attached.add(one);
        queue = delivery.queue;
        epoch = Math.max(epoch, message.epoch);
        settleOlder();
        delivery.lease.signal.addEventListener("abort", () => {
          if (attached.has(one)) leaseLost(one);
        });
        delivery.signal.addEventListener("abort", () => {
          if (isError(delivery.signal.reason, "interrupted")) over.abort(delivery.signal.reason);
        });
        schedule();
      });
    },

    interrupt: (reason) => over.abort(reason),

    end(cause) {
      clearTimeout(timer);
      over.abort(new FramewatchError("lease-lost", "the live job has ended in this process"));
      const newest = [...attached].at(-1);
      for (const one of attached) {
        attached.delete(one);
        if (cause === undefined || isNeedless || (handedTo !== undefined && one.message.epoch < handedTo.epoch))
          one.settle("done");
        else if (handedTo !== undefined) {
          // The other process has it too, by a receipt that is newer than ours.
          one.delivery.lease.forget();
          one.settle("keep");
        } else if (one === newest) one.fail(cause.error);
        else one.settle("keep");
      }
    },
  };
}
