import type { DefectEvent } from "../analyzers/index.js";
import type { MediaInfo } from "../decoder/index.js";
import type { ErrorFacts } from "../errors.js";
import type { Store } from "../store.js";
import {
  type AlertDraft,
  type AlertJob,
  type CompletedJob,
  completedAlert,
  failedAlert,
  type RejectedMessage,
  rejectedAlert,
} from "./alert.js";
import { openIncidents } from "./incident.js";
import { openOutbox, type OutboxOptions, type ToldBefore } from "./outbox.js";
import { type PublishRules, publish } from "./publish.js";
import type { Sink } from "./sinks/sink.js";

/** All that one job says to the outside. */
export interface Alerts {
  /** What earlier owners told of the job, as far as it is known. */
  readonly toldBefore: ToldBefore;
  /**
   * Tells what the judge found, in its order; returns at once, and writes down and publishes in the background.
   * @param foundAt when the evidence was complete: the alerts' `time`, from which their delay counts; now where absent
   */
  defects(events: readonly DefectEvent[], media: MediaInfo, foundAt?: Date): void;
  /** Tells one that is made already, in the same way. */
  tell(alert: AlertDraft): void;
  /**
   * After the report is written: returns when every defect's alert, and then this one, was accepted by every sink.
   * @param report where the report lies, if not in the job's own folder
   */
  completed(outcome: Pick<CompletedJob, "verdict" | "counts">, report?: Store): Promise<void>;
  /** The job cannot be done; returns like `completed`. Told again, under the same id, when the same run has failed before. */
  failed(error: ErrorFacts): Promise<void>;
  /** For a repeat of a job that is done: its last outcome goes out again under the same id; false when there is none. */
  repeatOutcome(): Promise<boolean>;
  /** Returns when everything told so far was accepted by one sink; another that is away holds nothing up. @throws FramewatchError `lease-lost`, or the signal's reason */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** Where the report of a job is, for people and programs; links are absent for a folder. */
async function reportPlaces(store: Store): Promise<Pick<CompletedJob, "reportUrl" | "reportLink" | "pageLink">> {
  const [reportLink, pageLink] = await Promise.all([store.link("report.json"), store.link("report.html")]);
  return {
    reportUrl: `${store.url}report.json`,
    ...(reportLink === undefined ? {} : { reportLink }),
    ...(pageLink === undefined ? {} : { pageLink }),
  };
}

/**
 * Opens a job's alerts: incidents → outbox → sinks. A job taken over goes on where its predecessor stopped, and what
 * was told already is not told again.
 *
 * @throws FramewatchError `store-unavailable` when the outbox cannot be read
 */
export async function openAlerts({ job, ...options }: OutboxOptions & { readonly job: AlertJob }): Promise<Alerts> {
  const outbox = await openOutbox(options);
  const incidents = openIncidents(job);
  return {
    toldBefore: outbox.toldBefore,
    defects(events, media, foundAt) {
      for (const event of events) {
        const alert = incidents.alertOf(event, media);
        if (alert !== undefined) outbox.add(foundAt === undefined ? alert : { ...alert, time: foundAt.toISOString() });
      }
    },
    tell: (alert) => outbox.add(alert),
    async completed(outcome, report = options.store) {
      // Each sink gets it after all before it; that a sink is away is no reason for the others to hear of it later.
      await outbox.flush("one sink");
      outbox.add(completedAlert(job, { ...outcome, ...(await reportPlaces(report)) }));
      await outbox.flush("every sink");
    },
    async failed(error) {
      await outbox.flush("one sink");
      const failed = failedAlert(job, error);
      const before = outbox.outcomes.find(({ id }) => id === failed.id);
      if (before !== undefined) {
        await outbox.flush("every sink");
        return outbox.repeat({ ...failed, data: { ...failed.data, sequence: before.data.sequence } });
      }
      outbox.add(failed);
      await outbox.flush("every sink");
    },
    async repeatOutcome() {
      await outbox.flush("every sink");
      const last = outbox.outcomes.at(-1);
      if (last === undefined) return false;
      // Links expire, so a repeat carries fresh ones.
      const places = last.data.reportUrl === undefined ? {} : await reportPlaces(options.store);
      await outbox.repeat({ ...last, data: { ...last.data, ...places } });
      return true;
    },
    flush: () => outbox.flush("one sink"),
    close: () => outbox.close(),
  };
}

/** Tells that a message was rejected, and why; returns when every sink accepted it, however long that takes. */
export async function publishRejected(
  message: RejectedMessage,
  error: ErrorFacts,
  { sinks, ...rules }: PublishRules & { readonly sinks: readonly Sink[] },
): Promise<void> {
  const alert = rejectedAlert(message, error);
  await Promise.all(sinks.map((sink) => publish(sink, alert, rules)));
}
