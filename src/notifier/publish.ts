import { isError } from "../errors.js";
import type { Alert } from "./alert.js";
import { retry } from "./retry.js";
import type { Sink } from "./sinks/sink.js";

/** Who hears how publishing goes, for metrics and log. */
export interface PublishObserver {
  /**
   * `delaySeconds`: from the moment the alert's evidence was complete until the sink accepted it; absent for an alert that
   * was told before and is repeated, whose evidence may be as old as the job.
   */
  accepted(sink: string, delaySeconds?: number): void;
  /** It failed and is tried again. `sink` is `outbox` when the alert could not be written down yet. */
  failed(sink: string, error: unknown): void;
}

export interface PublishRules {
  /** Throws when the job or message is no longer ours; called right before each effect. @throws FramewatchError `lease-lost` */
  readonly check: () => void;
  readonly signal: AbortSignal;
  readonly observer: PublishObserver;
}

/** Publishes an alert until the sink accepts it. @throws FramewatchError `lease-lost`, or the signal's reason */
export async function publish(sink: Sink, alert: Alert, { check, signal, observer }: PublishRules): Promise<void> {
  await retry(
    async () => {
      check();
      await sink.publish(alert, signal);
    },
    { signal, isTemporary: (error) => isError(error, "queue-unavailable"), failed: (error) => observer.failed(sink.name, error) },
  );
  observer.accepted(sink.name, Math.max(0, (Date.now() - Date.parse(alert.time)) / 1000));
}
