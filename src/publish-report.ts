/** The report of one job: made of what was found, and written. */
import path from "node:path";
import type { AnalysisResult } from "./analyse-media.js";
import {
  captionMeasurers,
  detectors,
  manifestMeasurers,
  type Measurer,
  pictureMeasurers,
  type Policy,
  policyHash,
  type SignalDeclaration,
  soundMeasurers,
  stillMeasurers,
  transportMeasurers,
  verdictOf,
} from "./analyzers/index.js";
import type { MediaInfo } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import type { ErrorFacts } from "./errors.js";
import type { Job, OpenedSource } from "./ingest/index.js";
import {
  buildReport,
  chapterPaths,
  evidenceOf,
  loudnessLimits,
  makeChapterPictures,
  makeThumbnails,
  type ReportJob,
  type WrittenReport,
  writeReport,
} from "./notifier/index.js";
import type { Store } from "./store.js";
import { version } from "./version.js";

/** The job that is reported on. */
export interface ReportedJob {
  readonly job: Job;
  readonly policy: Policy;
  readonly run: number;
  readonly engine: Engine;
  /** Where the report goes, in a folder named by the job's id; nothing is written where absent. */
  readonly output: Store | undefined;
  /** When the work began, by `performance.now()`. */
  readonly started: number;
  /** Throws when the job is no longer ours; called right before each effect. */
  check(): void;
}

/** What publishing a report takes; an engine knows what the signals of its models mean. */
export interface PublishedJob extends Pick<ReportedJob, "output" | "check"> {
  readonly job: Pick<Job, "id">;
  readonly engine?: Engine;
}

/** A report and what its page shows beside it. */
export type Page = Pick<
  WrittenReport,
  "report" | "thumbnails" | "storedPictures" | "chapterPictures" | "envelopes" | "signalFiles"
>;

/**
 * Makes the evidence and the report of what was found.
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function describeResult(
  reported: ReportedJob,
  source: OpenedSource,
  media: MediaInfo,
  result: AnalysisResult,
  signal: AbortSignal,
): Promise<Page> {
  const { policy, engine, output, started } = reported;
  const { defects, judged, off, envelopes, loudness, sync, chapters, pictures: coded, signalFiles, range, outcome } = result;
  const pictures = { input: source.input, media, signal };
  const thumbnails = output === undefined ? new Map() : await makeThumbnails({ ...pictures, defects });
  const chapterPictures = output === undefined ? [] : await makeChapterPictures({ ...pictures, chapters });
  const report = buildReport({
    job: reportJob(reported),
    media: { info: media, outcome, ...(range === undefined ? {} : { range }) },
    verdict: verdictOf({ defects, complete: outcome.incompleteReason === undefined, judged, policy }),
    defects,
    evidence: evidenceOf(thumbnails),
    ...(coded === undefined ? {} : { pictures: coded }),
    detectorsOff: off,
    loudness,
    sync,
    loudnessLimits: loudnessLimits(policy),
    chapters,
    chapterPictures: chapterPaths(chapterPictures),
    models: media.video === undefined ? [] : [...(engine.inference?.facts ?? [])],
    performance: {
      wallSeconds: (performance.now() - started) / 1000,
      decoder: outcome.decoder,
      finishedAt: new Date(),
      framewatch: version,
    },
    ...(judged ? {} : { error: { code: "media-unreadable", message: "Nothing in the media could be judged." } }),
  });
  const namedFiles = signalFiles.map(({ file }) => ({ name: path.basename(file), file }));
  return { report, thumbnails, chapterPictures, envelopes, signalFiles: namedFiles };
}

/** The page of a job that cannot be done, and why. */
export function describeFault(reported: ReportedJob, error: ErrorFacts): Page {
  const report = buildReport({ job: reportJob(reported), verdict: "error", defects: [], error });
  return { report, thumbnails: new Map(), chapterPictures: [], envelopes: [], signalFiles: [] };
}

/**
 * Writes the report, where there is an output; tells where its page for people lies.
 * @throws FramewatchError `store-unavailable`, `lease-lost`
 */
export async function publishPage(
  { job, engine, output, check }: PublishedJob,
  page: Page,
): Promise<{ readonly pageUrl?: string }> {
  if (output === undefined) return {};
  const store = output.under(`${job.id}/`);
  const signals = signalDeclarations(engine?.inference?.measurers ?? []);
  await writeReport({ ...page, store, check, signals, types: typeFacts });
  return { pageUrl: `${store.url}report.html` };
}

const typeFacts = Object.fromEntries(
  detectors.map(({ type, summary, signals, soundSignals = [] }) => [type, { summary, signals: [...signals, ...soundSignals] }]),
);

function signalDeclarations(models: readonly Measurer[]): Record<string, SignalDeclaration> {
  const measurers: readonly Measurer[] = [
    ...pictureMeasurers,
    ...stillMeasurers,
    ...soundMeasurers,
    ...transportMeasurers,
    ...manifestMeasurers,
    ...captionMeasurers,
    ...models,
  ];
  return Object.assign({}, ...measurers.map(({ provides }) => provides));
}

function reportJob({ job, policy, run }: ReportedJob): ReportJob {
  const { id, source, stream, profile, labels } = job;
  const named = stream === undefined ? {} : { stream };
  return { id, source, run, ...named, policy: policy.name, policyHash: policyHash(policy), profile, labels };
}
