/** Analyses one media: cuts it, has its segments measured, joins their signals and judges them while they come. */
import { createHash } from "node:crypto";
import {
  type Defect,
  type DefectEvent,
  type Judge,
  type LaneFile,
  type LaneName,
  laneKey,
  openJudge,
  openLaneFiles,
  openLoudnessSummary,
  planLanes,
  type Policy,
  type SignalBlock,
  type TrackLoudness,
  wantedSignals,
} from "./analyzers/index.js";
import { type DecodeOutcome, type JoinedOutcome, joinOutcomes, latest, type MediaInfo } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import { FramewatchError } from "./errors.js";
import type { Job } from "./ingest/index.js";
import type { JobProgress } from "./meter.js";
import { type Envelope, openEnvelopes } from "./notifier/index.js";
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
  /** Hears what the judge finds, while the analysis runs. */
  found(events: readonly DefectEvent[]): void;
}

export interface AnalysisResult {
  /** The part that was looked at, where that is not the whole media. */
  readonly range?: { readonly startSeconds: number; readonly endSeconds?: number };
  /** Every defect as it stands at the end. */
  readonly defects: readonly Defect[];
  /** At least one detector has seen something. */
  readonly judged: boolean;
  /** Detectors that did not run, and why. */
  readonly off: Judge["off"];
  readonly outcome: JoinedOutcome;
  readonly signalFiles: readonly LaneFile[];
  readonly envelopes: readonly Envelope[];
  readonly loudness: readonly TrackLoudness[];
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
  const judge = openJudge({
    policy,
    media,
    lanes,
    profile: job.profile,
    ...(only === undefined ? {} : { only }),
    identify: (detector, lane, ordinal) => defectId(job.id, request.run, detector, laneKey(lane), ordinal),
  });
  const defects = new Map<string, Defect>();
  const envelopes = openEnvelopes();
  const loudness = openLoudnessSummary();
  const laneFiles = openLaneFiles(`${folder}/signals`, {
    lanes,
    facts: { job: job.id, run: request.run, software: version, media },
  });

  const tell = (events: readonly DefectEvent[]): void => {
    for (const { defect } of events) defects.set(defect.id, defect);
    if (events.length > 0) request.found(events);
  };
  const deliver = (block: SignalBlock): void => {
    envelopes.push(block);
    loudness.push(block);
    laneFiles.write(block);
    tell(judge.push(block));
  };

  try {
    const segments = await runSegments(request, wanted, deliver, () => defects.size);
    for (const { lane } of lanes) {
      const endSeconds = laneEnd(lane.name, lane.track, segments.outcomes);
      if (endSeconds !== undefined) tell(judge.end(lane, endSeconds));
    }
    signal.throwIfAborted();
    return {
      ...partOf(request),
      defects: [...defects.values()],
      judged: judge.judged,
      off: judge.off,
      outcome: joinOutcomes(media, segments.outcomes, rangeEnd(request) === undefined && allFrames),
      signalFiles: laneFiles.finish(),
      envelopes: envelopes.read(),
      loudness: loudness.read(),
      segmentKeys: segments.keys,
    };
  } finally {
    laneFiles.close();
  }
}

/** When a lane's last sample ends; undefined when it has none. */
function laneEnd(name: LaneName, track: number, outcomes: readonly DecodeOutcome[]): number | undefined {
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

/** The same whenever the same media is judged again: a repeat of an alert is known by it. */
function defectId(...parts: readonly (string | number)[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 24);
}
