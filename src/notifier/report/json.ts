import type { CodedPictures, Defect, TrackLoudness, TrackSync, Verdict } from "../../analyzers/index.js";
import type { DecodeOutcome, JoinedOutcome, MediaInfo, PlacedMark } from "../../decoder/index.js";
import type { ErrorFacts } from "../../errors.js";
import { redact } from "../../log.js";
import type { AlertJob } from "../alert.js";
import { streamEntry } from "./stream.js";
import { defectEntry, type Evidence } from "../defect-entry.js";
import { displaySource } from "../../display-source.js";
import { roundSeconds, roundValue } from "../rounding.js";
import { type Chapter, splitAtMarks } from "./chapters.js";
import type { LoudnessLimits } from "./loudness-limits.js";
import type { Report } from "./schema.js";

/** What a report says of its job, beyond what alerts say. */
export interface ReportJob extends AlertJob {
  readonly policy: string;
  readonly policyHash: string;
  readonly profile: string;
}

/** The media as probed, and how its decoding went. */
export interface ReportMedia {
  readonly info: MediaInfo;
  /** Of all segments together. */
  readonly outcome: Pick<DecodeOutcome, "frames" | "pictureEndSeconds" | "soundEndSeconds" | "picture" | "incompleteReason"> &
    Partial<Pick<DecodeOutcome, "errors" | "transport">> &
    Pick<JoinedOutcome, "marks">;
  /** The part that was looked at, where that is not the whole media. */
  readonly range?: {
    readonly startSeconds: number;
    readonly endSeconds?: number /** Live: RFC 3339. */;
    readonly startTime?: string;
  };
}

/** How the work went; volatile, so none of it counts when reports are compared. */
export interface Performance {
  readonly wallSeconds: number;
  readonly decoder: DecodeOutcome["decoder"];
  readonly finishedAt: Date;
  /** Version of the program. */
  readonly framewatch: string;
}

export interface ReportFacts {
  readonly job: ReportJob;
  /** Absent where the input could not be read. */
  readonly media?: ReportMedia;
  readonly verdict: Verdict;
  /** How the picture is coded, where it was measured. */
  readonly pictures?: CodedPictures;
  readonly defects: readonly Defect[];
  /** Detectors that did not run, and why. */
  readonly detectorsOff?: readonly { readonly type: string; readonly reason: string }[];
  /** Paths of evidence by defect id. */
  readonly evidence?: ReadonlyMap<string, Evidence>;
  readonly quality?: NonNullable<Report["quality"]>;
  readonly loudness?: readonly TrackLoudness[];
  readonly sync?: readonly TrackSync[];
  readonly loudnessLimits?: LoudnessLimits | undefined;
  readonly chapters?: readonly Chapter[];
  /** Paths of pictures by the start of their chapter, in seconds. */
  readonly chapterPictures?: ReadonlyMap<number, string>;
  readonly models?: Report["models"];
  readonly performance?: Performance;
  readonly error?: ErrorFacts;
}

/** The end of the media as declared, else as decoded, else as probed. */
function durationOf({ info, outcome }: ReportMedia): number | undefined {
  const ends = [outcome.pictureEndSeconds, outcome.soundEndSeconds].filter((end) => end !== undefined);
  const decoded = ends.length > 0 ? Math.max(...ends) : undefined;
  return info.durationDeclared ? (info.durationSeconds ?? decoded) : (decoded ?? info.durationSeconds);
}

/** How much of the media was looked at. */
function analysedSeconds(media: ReportMedia): number | undefined {
  const durationSeconds = durationOf(media);
  if (durationSeconds === undefined || media.range === undefined) return durationSeconds;
  const { startSeconds, endSeconds = durationSeconds } = media.range;
  return Math.max(0, Math.min(endSeconds, durationSeconds) - startSeconds);
}

function videoEntry({ info: { video }, outcome }: ReportMedia): NonNullable<Report["media"]>["video"] {
  if (video === undefined) return undefined;
  // What was decoded is surer than what the container says.
  const { width, height, pixelFormat, scan } = outcome.picture ?? video;
  const frameRate = video.frameRate > 0 && !video.still ? { frameRate: roundValue(video.frameRate) } : {};
  return { codec: video.codec, width, height, ...frameRate, pixelFormat, scan, frames: outcome.frames };
}

function roundRange({
  startSeconds,
  endSeconds,
  startTime,
}: NonNullable<ReportMedia["range"]>): NonNullable<NonNullable<Report["media"]>["range"]> {
  return {
    startSeconds: roundSeconds(startSeconds),
    ...(endSeconds === undefined ? {} : { endSeconds: roundSeconds(endSeconds) }),
    ...(startTime === undefined ? {} : { startTime }),
  };
}

function mediaEntry(media: ReportMedia): NonNullable<Report["media"]> {
  const { info, outcome, range } = media;
  // How long a picture lasts, and at what rate, is made up by who reads it.
  const durationSeconds = info.video?.still ? undefined : durationOf(media);
  const video = videoEntry(media);
  const { incompleteReason } = outcome;
  return {
    container: info.container,
    ...(durationSeconds === undefined ? {} : { durationSeconds: roundSeconds(durationSeconds) }),
    ...(info.bytes === undefined ? {} : { bytes: info.bytes }),
    complete: incompleteReason === undefined,
    ...(range === undefined ? {} : { range: roundRange(range) }),
    ...(incompleteReason === undefined ? {} : { incompleteReason: redact(incompleteReason) }),
    ...(video === undefined ? {} : { video }),
    audio: info.audio.map(({ codec, channels, layout, layoutGuessed, sampleRateHz, language }) => ({
      codec,
      channels,
      layout,
      layoutGuessed,
      sampleRateHz,
      ...(language ? { language } : {}),
    })),
  };
}

function performanceEntry(
  { wallSeconds, decoder, finishedAt, framewatch }: Performance,
  media: ReportMedia,
): Report["performance"] {
  const durationSeconds = analysedSeconds(media);
  if (durationSeconds === undefined) return undefined;
  const { frames } = media.outcome;
  const rate = (amount: number) => (wallSeconds > 0 ? roundValue(amount / wallSeconds) : 0);
  return {
    frames,
    wallSeconds: roundSeconds(wallSeconds),
    framesPerSecond: rate(frames),
    realTimeFactor: rate(durationSeconds),
    decoder,
    finishedAt: finishedAt.toISOString(),
    framewatch,
  };
}

function loudnessEntry({ track, ...values }: TrackLoudness): Report["loudness"][number] {
  const measured = Object.entries(values).filter(([, value]) => Number.isFinite(value));
  return { track, ...Object.fromEntries(measured.map(([name, value]) => [name, roundValue(value)])) };
}

function syncEntry({ track, state, ...values }: TrackSync): NonNullable<Report["sync"]>[number] {
  return { track, state, ...Object.fromEntries(Object.entries(values).map(([name, value]) => [name, roundValue(value)])) };
}

function chapterEntry(
  { startSeconds, endSeconds, title }: Chapter,
  thumbnail: string | undefined,
): NonNullable<Report["chapters"]>[number] {
  return {
    startSeconds: roundSeconds(startSeconds),
    endSeconds: roundSeconds(endSeconds),
    ...(title === undefined ? {} : { title }),
    ...(thumbnail === undefined ? {} : { thumbnail }),
  };
}

/** A splice mark as the report tells it. */
export function markerEntry({
  startSeconds,
  sentSeconds,
  durationSeconds,
  ...mark
}: PlacedMark): NonNullable<Report["markers"]>[number] {
  return {
    kind: "scte-35",
    startSeconds: roundSeconds(startSeconds),
    ...(sentSeconds === undefined ? {} : { sentSeconds: roundSeconds(sentSeconds) }),
    ...mark,
    ...(durationSeconds === undefined ? {} : { durationSeconds: roundSeconds(durationSeconds) }),
  };
}

function jobEntry(job: ReportJob): Report["job"] {
  const { id, source, stream, policy, policyHash, profile, run, labels } = job;
  return {
    id,
    source: displaySource(source),
    ...(stream === undefined ? {} : { stream }),
    policy,
    policyHash,
    profile,
    ...(run > 1 ? { run } : {}),
    labels: { ...labels },
  };
}

/** In order of time, then of type, then of track: the order in which lanes were judged must not show. */
function ordered(defects: readonly Defect[]): Defect[] {
  const text = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return defects.toSorted(
    (one, other) =>
      one.startSeconds - other.startSeconds || text(one.type, other.type) || one.track - other.track || text(one.id, other.id),
  );
}

/** The report as the contract has it: times rounded to 1 µs, values to 6 significant digits, keys without a value absent. */
export function buildReport(facts: ReportFacts): Report {
  const {
    job,
    media,
    verdict,
    defects,
    detectorsOff = [],
    evidence,
    quality,
    loudness = [],
    sync = [],
    models = [],
    error,
  } = facts;
  const { chapterPictures, loudnessLimits } = facts;
  const chapters = splitAtMarks(facts.chapters ?? [], media?.outcome.marks ?? []);
  const performance = media && facts.performance && performanceEntry(facts.performance, media);
  return {
    version: 1,
    job: jobEntry(job),
    ...(media === undefined ? {} : { media: mediaEntry(media) }),
    ...(media === undefined ? {} : { stream: streamEntry(media, facts.pictures) }),
    verdict,
    defects: ordered(defects).map((defect) => defectEntry(defect, media?.info, evidence?.get(defect.id))),
    ...(media?.outcome.marks === undefined ? {} : { markers: media.outcome.marks.map(markerEntry) }),
    ...(detectorsOff.length === 0 ? {} : { detectorsOff: detectorsOff.map((detector) => ({ ...detector })) }),
    ...(quality === undefined ? {} : { quality }),
    loudness: loudness.map(loudnessEntry),
    ...(sync.length === 0 ? {} : { sync: sync.map(syncEntry) }),
    ...(loudnessLimits === undefined || loudness.length === 0 ? {} : { loudnessLimits: { ...loudnessLimits } }),
    ...(chapters.length === 0
      ? {}
      : { chapters: chapters.map((chapter) => chapterEntry(chapter, chapterPictures?.get(chapter.startSeconds))) }),
    models: models.map((model) => ({ ...model })),
    ...(performance === undefined ? {} : { performance }),
    error: error === undefined ? null : { code: error.code, message: redact(error.message) },
  };
}

/** How many defects there are of each type, as `framewatch.job.completed` tells it. */
export function countByType(defects: readonly { readonly type: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { type } of defects) counts[type] = (counts[type] ?? 0) + 1;
  return counts;
}
