import { FramewatchError, isError } from "../errors.js";
import type { Log } from "../log.js";
import type { Queue } from "./sqs.js";

/** How a lease is kept, in seconds. */
export interface LeaseTimes {
  /** How long a message stays hidden from others after its receipt and after each extension. */
  readonly visibilitySeconds: number;
  /** Time from one extension to the next; up to a tenth less, so that many leases do not ask at once. */
  readonly extendSeconds: number;
  /** The lease counts as lost so long before the queue gives the message to others: an effect may take a while. */
  readonly guardSeconds: number;
  /** SQS hides a message 12 h after its receipt at most; a job that lasts longer is left to whoever receives it next. */
  readonly longestSeconds: number;
}

export const leaseTimes: LeaseTimes = { visibilitySeconds: 60, extendSeconds: 20, guardSeconds: 10, longestSeconds: 11.5 * 3600 };

/** The right to work on one message, for as long as the queue keeps the message from others. */
export interface Lease {
  /** Aborts with FramewatchError `lease-lost` when the lease is lost; never otherwise. */
  readonly signal: AbortSignal;
  /**
   * To be called right before each outside effect. Looks at the clock, so it also notices what no timer could: that the
   * process was stopped for a while, or too busy for its timers.
   *
   * @throws FramewatchError `lease-lost` once the lease is lost or ended
   */
  check(): void;
  /** False where `check` would throw. */
  holds(): boolean;
  /** Ends the lease by deleting the message. @throws FramewatchError `lease-lost`, `queue-unavailable` */
  done(): Promise<void>;
  /**
   * Ends the lease by giving the message back, to be received again after `seconds`. Does nothing if it is lost.
   *
   * @throws FramewatchError `queue-unavailable`: the message then comes back when its visibility ends
   */
  release(seconds: number): Promise<void>;
  /** Ends the lease without a word to the queue: somebody else has received the message since. */
  forget(): void;
}

export interface LeaseRequest {
  readonly queue: Queue;
  readonly receipt: string;
  /** The earliest moment at which the queue can have given out the message: when the receive was sent, by `performance.now()`. */
  readonly sinceMilliseconds: number;
  readonly log: Log;
  /** Called after each extension: the queue has answered. */
  readonly extended?: () => void;
  readonly times?: LeaseTimes;
}

/** Pause before a failed extension is tried again, as a share of the time between extensions. */
const retryShare = 0.1;

/** Takes charge of a message that was just received: extends its visibility until it is done, released or lost. */
export function openLease({ queue, receipt, sinceMilliseconds, log, extended, times = leaseTimes }: LeaseRequest): Lease {
  const controller = new AbortController();
  const keepMilliseconds = (times.visibilitySeconds - times.guardSeconds) * 1000;
  const lastMoment = sinceMilliseconds + times.longestSeconds * 1000;
  let deadline = Math.min(sinceMilliseconds + keepMilliseconds, lastMoment);
  let ended = false;
  let extending: Promise<void> = Promise.resolve();
  let extendTimer: NodeJS.Timeout;
  let deadlineTimer: NodeJS.Timeout;

  function end() {
    ended = true;
    clearTimeout(extendTimer);
    clearTimeout(deadlineTimer);
  }

  function lose(message: string, cause?: unknown) {
    if (ended) return;
    end();
    controller.abort(new FramewatchError("lease-lost", message, { cause }));
  }

  /** False once the deadline has passed, whether or not a timer could say so in time. */
  function holds(): boolean {
    const now = performance.now();
    if (now >= lastMoment) lose(`the message was held for ${Math.round(times.longestSeconds)} s, longer is not allowed by SQS`);
    else if (now >= deadline) lose("the message could not be kept from others in time");
    return !ended;
  }

  function watchDeadline() {
    clearTimeout(deadlineTimer);
    deadlineTimer = setTimeout(holds, deadline - performance.now());
  }

  function extendAfter(milliseconds: number) {
    extendTimer = setTimeout(() => {
      extending = extend();
    }, milliseconds);
  }

  async function extend() {
    if (!holds()) return;
    // The queue counts from when it heard us, which is not before this.
    const sent = performance.now();
    try {
      await queue.changeVisibility(receipt, times.visibilitySeconds);
      if (!holds()) return;
      deadline = Math.min(sent + keepMilliseconds, lastMoment);
      watchDeadline();
      extendAfter(times.extendSeconds * 1000 * (1 - 0.1 * Math.random()));
      extended?.();
    } catch (error) {
      if (isError(error, "lease-lost")) return lose(error.message, error);
      log.warn({ err: error }, "a message's visibility could not be extended");
      if (!ended) extendAfter(times.extendSeconds * 1000 * retryShare);
    }
  }

  function check() {
    if (holds()) return;
    throw controller.signal.aborted
      ? controller.signal.reason
      : new FramewatchError("lease-lost", "the lease on the message has ended");
  }

  watchDeadline();
  extendAfter(Math.max(0, sinceMilliseconds + times.extendSeconds * 1000 - performance.now()));

  return {
    signal: controller.signal,
    check,
    holds,
    forget: end,
    async done() {
      check();
      await queue.delete(receipt);
      end();
    },
    async release(seconds) {
      if (!holds()) return;
      end();
      // An extension under way could reach the queue after the release, and undo it.
      await extending;
      try {
        await queue.changeVisibility(receipt, seconds);
      } catch (error) {
        // Somebody else has it already: there is nothing left to give back.
        if (!isError(error, "lease-lost")) throw error;
        log.debug({ err: error }, "a message was lost before it could be given back");
      }
    },
  };
}
