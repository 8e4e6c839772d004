/** Analyses one media: cuts it, has its segments measured, joins their signals and judges them while they come. */
import {
  type DefectEvent,
  type Lane,
  type LaneFile,
  type LaneName,
  manifestBlock,
  openLaneFiles,
  planLanes,
  type Policy,
  type SignalBlock,
  wantedSignals,
} from "./analyzers/index.js";
import { type DecodeOutcome, type JoinedOutcome, joinOutcomes, latest, type MediaInfo } from "./decoder/index.js";
import { displaySource } from "./display-source.js";
import type { Engine } from "./engine.js";
import { FramewatchError } from "./errors.js";
import type { Job, MediaInput } from "./ingest/index.js";
import { type JudgedMedia, openMediaJudging } from "./judge-media.js";
import type { JobProgress } from "./meter.js";
import { readBeside } from "./read-beside.js";
import { runSegments } from "./run-segments.js";
import type { Store } from "./store.js";
import { version } from "./version.js";

/** A part of the media that is looked at, in seconds; all of it from `startSeconds` where `durationSeconds` is absent. */
export interface MediaRange {
  readonly startSeconds: number;
  readonly durationSeconds?: number;
}

export interface AnalysisListener {
  progress?(progress: JobProgress): void;
}

export interface AnalysisRequest {
  readonly engine: Engine;
  readonly job: Job;
  readonly run: number;
  readonly policy: Policy;
  /** How the source is read. */
  readonly input: MediaInput;
  readonly media: MediaInfo;
  readonly sourceVersion: string | undefined;
  /** The job's part of the store that holds its state. */
  readonly state: Store;
  /** Folder of this job's files that may vanish. */
  readonly folder: string;
  readonly range: MediaRange;
  readonly only?: readonly string[];
  readonly signal: AbortSignal;
  readonly listener?: AnalysisListener;
  /** Why the source did not give all its bytes, once it is read. */
  sourceIncomplete?(): string | undefined;
  /** Hears what the judge finds, while the analysis runs. */
  found(events: readonly DefectEvent[]): void;
}

export interface AnalysisResult extends JudgedMedia {
  /** The part that was looked at, where that is not the whole media. */
  readonly range?: { readonly startSeconds: number; readonly endSeconds?: number };
  readonly outcome: JoinedOutcome;
  readonly signalFiles: readonly LaneFile[];
  /** Keys of the plan and of finished segments in `state`: no longer needed when the job is done. */
  readonly segmentKeys: readonly string[];
}

/**
 * Analyses the media. Segments that lie in `state` already are not analysed again.
 * @throws FramewatchError the segments' errors, `store-unavailable`, `usage` (a wrong `only`, a range past the end), or the signal's reason
 */
export async function analyseMedia(request: AnalysisRequest): Promise<AnalysisResult> {
  checkRange(request);
  const { engine, job, policy, media, folder, signal, only } = request;
  const models = engine.inference?.measurers ?? [];
  const wanted = only === undefined ? undefined : wantedSignals(policy, only);
  const lanes = planLanes({ media, profile: job.profile, wanted, models });
  const allFrames = job.profile !== "keyframes" || media.video === undefined;
  const judging = openMediaJudging({
    policy,
    media,
    lanes,
    profile: job.profile,
    ...(only === undefined ? {} : { only }),
    job: { id: job.id, run: request.run },
    found: (events) => request.found(events),
  });
  const laneFiles = openLaneFiles(`${folder}/signals`, {
    lanes,
    facts: { job: signalFacts(request), run: request.run, software: version, media },
  });
  const deliver = (block: SignalBlock): void => {
    laneFiles.write(block);
    judging.push(block);
  };

  const manifestLane = lanes.find(({ lane }) => lane.name === "manifest");
  const manifest =
    manifestLane && media.manifest && manifestBlock(media.manifest, manifestLane, request.range.startSeconds, rangeEnd(request));

  try {
    if (manifest !== undefined) deliver(manifest);
    const stop = new AbortController();
    const reading = readBeside({ ...request, lanes, signal: AbortSignal.any([signal, stop.signal]) }, deliver);
    // Whoever waits for it hears of its failure; the failure of the segments comes first.
    reading.catch(() => undefined);
    const segments = await runSegments(request, wanted, deliver, judging.countDefects).catch(async (error: unknown) => {
      stop.abort();
      await reading.catch(() => undefined);
      throw error;
    });
    const marks = await reading;
    // A lane without a sample ends where it would have begun: whoever waits for it has to hear so.
    const endOf = ({ name, track }: Lane): number =>
      name === "manifest"
        ? Math.max(latest([...ends(segments.outcomes), manifest?.pts.at(-1)]) ?? 0, request.range.startSeconds)
        : (laneEnd(name, track, segments.outcomes) ?? request.range.startSeconds);
    for (const { lane } of lanes) judging.end(lane, endOf(lane));
    signal.throwIfAborted();
    const joined = joinOutcomes(media, segments.outcomes, rangeEnd(request) === undefined && allFrames);
    const incompleteReason = request.sourceIncomplete?.() ?? joined.incompleteReason;
    const outcome = {
      ...joined,
      ...(marks.length === 0 ? {} : { marks }),
      ...(incompleteReason === undefined ? {} : { incompleteReason }),
    };
    const part = partOf(request);
    return {
      ...part,
      ...judging.read(),
      outcome,
      signalFiles: laneFiles.finish((lane) => ({ endSeconds: endOf(lane), ...part, outcome })),
      segmentKeys: segments.keys,
    };
  } finally {
    laneFiles.close();
  }
}

/** What the signals' files say of the job, so that they can be judged again by themselves. */
function signalFacts({ job }: AnalysisRequest): Readonly<Record<string, unknown>> {
  const { id, source, stream, profile, labels } = job;
  return { id, source: displaySource(source), ...(stream === undefined ? {} : { stream }), profile, labels };
}

/** When picture and sound end. */
function ends(outcomes: readonly DecodeOutcome[]): (number | undefined)[] {
  return outcomes.flatMap(({ pictureEndSeconds, soundEndSeconds }) => [pictureEndSeconds, soundEndSeconds]);
}

/** When a lane's last sample ends; undefined when it has none. */
function laneEnd(name: LaneName, track: number, outcomes: readonly DecodeOutcome[]): number | undefined {
  if (name === "transport" || name === "captions") return latest(ends(outcomes));
  if (name === "sound") return latest(outcomes.map(({ trackEndSeconds }) => trackEndSeconds[track] ?? undefined));
  return latest(outcomes.map(({ pictureEndSeconds }) => pictureEndSeconds));
}

/** @throws FramewatchError `usage` when nothing of the media lies in the range */
function checkRange({ range: { startSeconds }, media: { durationSeconds, durationDeclared } }: AnalysisRequest): void {
  if (durationDeclared && durationSeconds !== undefined && startSeconds >= durationSeconds && startSeconds > 0) {
    throw new FramewatchError(
      "usage",
      `The media ends at ${durationSeconds.toFixed(2)} s, so there is nothing from ${startSeconds} s on.`,
    );
  }
}

/** Where the wanted range ends, if it ends before the media does. */
function rangeEnd({ range, job }: AnalysisRequest): number | undefined {
  const limits = [range.durationSeconds, job.maxDurationSeconds || undefined].filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : range.startSeconds + Math.min(...limits);
}

/** The wanted range for the report, unless it is all of the media. */
function partOf(request: AnalysisRequest): Pick<AnalysisResult, "range"> {
  const { startSeconds } = request.range;
  const endSeconds = rangeEnd(request);
  const isWhole = startSeconds === 0 && (endSeconds === undefined || endSeconds >= (request.media.durationSeconds ?? Infinity));
  return isWhole ? {} : { range: { startSeconds, ...(endSeconds === undefined ? {} : { endSeconds }) } };
}
