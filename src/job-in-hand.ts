/** What the ways of running a job have in common: of a file to its end, and of a stream that has none. */
import type { AnalysisListener, MediaRange } from "./analyse-media.js";
import type { Engine } from "./engine.js";
import { type ErrorFacts, FramewatchError } from "./errors.js";
import { type Claim, type LiveHold, modeOf } from "./ingest/index.js";
import type { StreamControls, StreamStatus } from "./live/stream-status.js";
import { redact } from "./log.js";
import type { Alerts, Report, Sink, Verdict } from "./notifier/index.js";
import { describeFault, publishPage, type ReportedJob } from "./publish-report.js";
import type { Store } from "./store.js";

/** What a job is run with. */
export interface JobContext {
  readonly engine: Engine;
  /** Where the report goes, in a folder named by the job's id; nothing is written where absent. */
  readonly output?: Store | undefined;
  /** Where the job's state lies, in a folder named by the job's id. */
  readonly state: Store;
  readonly sinks: readonly Sink[];
  /** The right to the job; checked right before each outside effect. @throws FramewatchError `lease-lost` */
  readonly lease: { check(): void };
  /** The messages that a live job stands on; absent where no queue asked for it. */
  readonly hold?: LiveHold;
  readonly signal: AbortSignal;
  /** A live stream ends in good order, with its report, when this aborts. */
  readonly until?: AbortSignal;
  /** Where a request to cancel the job is put, in a folder named by its id, and since when one counts; nowhere where absent. */
  readonly cancels?: { readonly store: Store; readonly sinceMilliseconds: number };
  /** Names the message that asks, so that its redelivery does not force yet another run. */
  readonly requestId?: string;
  readonly range?: MediaRange;
  /** Defect types to look for; all that the policy enables where absent. */
  readonly only?: readonly string[];
  readonly listener?: JobListener;
  /** A source that may never be read ends the job like one that cannot be read: there is no queue to reject a message of. */
  readonly endsWhenRefused?: boolean;
}

/** What whoever waits for a job wants to hear. */
export interface JobListener extends AnalysisListener {
  /** The job has its id; nothing of it has happened yet. */
  identified?(id: string): void;
  /** A live stream is followed from now on: `status` tells how it is, `controls` silence it, until the job ends. */
  streaming?(status: () => StreamStatus, controls: StreamControls): void;
}

/** How a job ended. */
export interface JobEnd {
  readonly id: string;
  readonly verdict: Verdict;
  /** Absent when the job was done before: then nothing was analysed, and its outcome was told again. */
  readonly report?: Report;
  /** Where the page for people lies, where files were written. */
  readonly pageUrl?: string;
  readonly error?: ErrorFacts;
}

/** A job in hand, with all that its steps need. */
export interface JobInHand extends ReportedJob {
  readonly claim: Claim;
  readonly alerts: Alerts;
  readonly context: JobContext;
  /** Ends with the process, the lease or the claim. */
  readonly signal: AbortSignal;
}

/** The error, if the job itself is to blame for it. @throws it otherwise */
export function ownFault(error: unknown): FramewatchError {
  if (error instanceof FramewatchError && error.blames === "job") return error;
  throw error;
}

/** Reports that the job cannot be done, and why. */
export async function fail(inHand: JobInHand, fault: FramewatchError): Promise<JobEnd> {
  const { job, alerts } = inHand;
  const error: ErrorFacts = { code: fault.code, message: redact(fault.message) };
  const page = describeFault(inHand, error);
  const { report } = page;
  const pageUrl = await publishPage(inHand, page);
  await alerts.failed(error);
  countJob(inHand, report, fault.code === "cancelled" ? "cancelled" : "failed");
  return { id: job.id, verdict: "error", report, error, ...pageUrl };
}

/** Counts a job, and what was found in it. */
export function countJob(
  { job, context: { engine } }: JobInHand,
  report: Report,
  outcome: "completed" | "failed" | "cancelled",
): void {
  const { metrics } = engine;
  metrics.jobs.inc({ outcome });
  // What a live stream had was counted as it came, and it goes at the pace of its clock.
  if (modeOf(job) === "live") return;
  for (const { type, severity } of report.defects) metrics.defects.inc({ type, severity });
  const realTimeFactor = report.performance?.realTimeFactor;
  if (realTimeFactor === undefined) return;
  metrics.realTimeFactor.set(realTimeFactor);
  // A job takes every core, so what it did in a second is what streams could share.
  metrics.capacityStreams.set(Math.floor(realTimeFactor));
}

/** Times a stage of a job. */
export async function inStage<Value>({ metrics }: Engine, stage: string, work: () => Promise<Value>): Promise<Value> {
  const end = metrics.stageSeconds.startTimer({ stage });
  try {
    return await work();
  } finally {
    end();
  }
}
