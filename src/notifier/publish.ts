import { isError } from "../errors.js";
import type { Alert } from "./alert.js";
import { type Breaker, openBreaker } from "./breaker.js";
import { type Clock, wallClock } from "./clock.js";
import { retry } from "./retry.js";
import { type Sink, SinkBusy } from "./sinks/sink.js";

/** Who hears how publishing goes, for metrics and log. */
export interface PublishObserver {
  /**
   * `delaySeconds`: from the moment the alert's evidence was complete until the sink accepted it; absent for an alert that
   * was told before and is repeated, whose evidence may be as old as the job.
   */
  accepted(sink: string, delaySeconds?: number): void;
  /** It failed and is tried again. `sink` is `outbox` when the alert could not be written down yet. */
  failed(sink: string, error: unknown): void;
  /** The sink refused this alert for so long that it is not tried again. */
  refused(sink: string, error: unknown): void;
  /** So many more alerts, or fewer where negative, are written down and not accepted. */
  waiting(sink: string, change: number): void;
}

export interface PublishRules {
  /** Throws when the job or message is no longer ours; called right before each effect. @throws FramewatchError `lease-lost` */
  readonly check: () => void;
  readonly signal: AbortSignal;
  readonly observer: PublishObserver;
  /** The wall clock where absent. */
  readonly clock?: Clock;
}

/** How long an alert that is refused holds up those behind it: time to mend a wrong setting or a receiver's mistake. */
const refusalMilliseconds = 60_000;
/** Those who waited for a sink do not all come at once when it is back. */
const spreadMilliseconds = 1_000;

/** What this process knows of a sink, whichever job learnt it. */
interface Line {
  readonly breaker: Breaker;
  /** It has refused an alert for the whole time and taken none since, so that another refusal is final at once. */
  refuses: boolean;
}

const lines = new WeakMap<Sink, Line>();

function lineOf(sink: Sink): Line {
  const known = lines.get(sink);
  if (known !== undefined) return known;
  const line = { breaker: openBreaker(), refuses: false };
  lines.set(sink, line);
  return line;
}

async function waitForTurn({ breaker }: Line, clock: Clock, signal: AbortSignal): Promise<void> {
  for (let wait = breaker.ask(clock.now()); wait > 0; wait = breaker.ask(clock.now())) {
    await clock.sleep(wait + Math.random() * spreadMilliseconds, signal);
    signal.throwIfAborted();
  }
}

/**
 * Publishes an alert until the sink accepts it, or has refused it for a minute: then it is given up, so that it does not
 * hold up those behind it for ever. While a sink is away, few attempts are made, by all jobs of this process together.
 *
 * @throws FramewatchError `lease-lost`, or the signal's reason
 */
export async function publish(
  sink: Sink,
  alert: Alert,
  { check, signal, observer, clock = wallClock }: PublishRules,
): Promise<void> {
  const line = lineOf(sink);
  let refusedSince: number | undefined;

  /** False when the alert is given up. */
  async function attempt(): Promise<boolean> {
    await waitForTurn(line, clock, signal);
    try {
      check();
      await sink.publish(alert, signal);
    } catch (error) {
      if (isError(error, "queue-unavailable")) {
        line.breaker.failed(clock.now(), error instanceof SinkBusy ? error.holdMilliseconds : undefined);
        throw error;
      }
      if (!isError(error, "alert-refused")) {
        line.breaker.left();
        throw error;
      }
      line.breaker.answered();
      refusedSince ??= clock.now();
      if (!line.refuses && clock.now() - refusedSince < refusalMilliseconds) throw error;
      line.refuses = true;
      observer.refused(sink.name, error);
      return false;
    }
    line.breaker.answered();
    line.refuses = false;
    return true;
  }

  const isAccepted = await retry(attempt, {
    signal,
    clock,
    isTemporary: (error) => isError(error, "queue-unavailable") || isError(error, "alert-refused"),
    failed: (error) => observer.failed(sink.name, error),
  });
  if (isAccepted) observer.accepted(sink.name, Math.max(0, (clock.now() - Date.parse(alert.time)) / 1000));
}
