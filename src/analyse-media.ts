/** Analyses one media: cuts it, has its segments measured, joins their signals and judges them while they come. */
import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import {
  type Defect,
  type DefectEvent,
  type Join,
  type LaneFile,
  type LaneName,
  laneKey,
  longestLookbackSeconds,
  openJoin,
  openJudge,
  openLaneFiles,
  planLanes,
  type Policy,
  readSignalFile,
  type SignalBlock,
  wantedSignals,
} from "./analyzers/index.js";
import { type DecodeOutcome, type JoinedOutcome, joinOutcomes, latest, type MediaInfo } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import { FramewatchError, isError } from "./errors.js";
import {
  type Job,
  openRunPlan,
  type RunFacts,
  seamsAgree,
  type SegmentPlan,
  type SegmentTask,
  segmentsJoin,
} from "./ingest/index.js";
import { type JobProgress, openMeter } from "./meter.js";
import { type Envelope, openEnvelopes } from "./notifier/index.js";
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
  readonly outcome: JoinedOutcome;
  readonly signalFiles: readonly LaneFile[];
  readonly envelopes: readonly Envelope[];
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
      outcome: joinOutcomes(media, segments.outcomes, rangeEnd(request) === undefined),
      signalFiles: laneFiles.finish(),
      envelopes: envelopes.read(),
      segmentKeys: segments.keys,
    };
  } finally {
    laneFiles.close();
  }
}

interface FinishedSegments {
  readonly outcomes: readonly DecodeOutcome[];
  readonly keys: readonly string[];
}

/** Runs all segments; the picture once more and uncut where its segments do not join. */
async function runSegments(
  request: AnalysisRequest,
  wanted: ReadonlySet<string> | undefined,
  deliver: (block: SignalBlock) => void,
  countDefects: () => number,
): Promise<FinishedSegments> {
  const runPlan = openRunPlan({ ...request, ...measuredBy(request.engine), signals: wanted && [...wanted] });
  const { plan, key: planKey } = await runPlan.adopt();
  const pictures = plan.filter(({ what }) => what === "picture");
  const sounds = plan.filter(({ what }) => what !== "picture");
  const pictureJoin = openJoin(pictures.length, deliver);
  const soundJoin = openJoin(sounds.length, deliver);
  const keys = [planKey];
  const meter = openMeter({ ...request, plan, countDefects });

  const stop = new AbortController();
  const unfitPicture = new AbortController();
  const both = AbortSignal.any([request.signal, stop.signal]);

  /** Picture and sound run at the same time; the failure of one ends the other, and is what is told. */
  async function together(run: () => Promise<DecodeOutcome[]>): Promise<DecodeOutcome[]> {
    try {
      return await run();
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }

  /**
   * Runs segments of a plan. Stops those of the picture as soon as they are seen not to join: an uncut pass takes their
   * place.
   */
  async function runTasks(
    ofPlan: SegmentPlan,
    segments: SegmentPlan,
    join: Join,
    unfit = new AbortController(),
  ): Promise<DecodeOutcome[]> {
    if (segments.length === 0) return [];
    const outcomes = new Map<number, DecodeOutcome>();
    const places = new Map(segments.map(({ index }, place) => [index, place]));
    const signal = AbortSignal.any([both, unfit.signal]);
    const tasks = segments.map((segment) => runPlan.taskOf(ofPlan, segment));
    keys.push(...tasks.map(({ key }) => key));

    function fitsItsNeighbours(place: number, { seam }: DecodeOutcome): boolean {
      const [before, after] = [outcomes.get(place - 1), outcomes.get(place + 1)];
      return (before === undefined || seamsAgree(before.seam, seam)) && (after === undefined || seamsAgree(seam, after.seam));
    }

    async function take({ segment }: SegmentTask, file: string): Promise<void> {
      const place = places.get(segment.index) ?? 0;
      const { outcome, blocks } = await readSignalFile(file);
      for await (const block of blocks()) join.push(place, block);
      // Written by our own worker from this very type, and checked by its checksum.
      const decoded = outcome as DecodeOutcome;
      outcomes.set(place, decoded);
      meter.finished(segment, decoded);
      if (segments.length > 1 && (decoded.backwardJump || !fitsItsNeighbours(place, decoded))) return unfit.abort(unfitReason);
      join.finish(place);
    }

    try {
      await request.engine.runner.run(tasks, {
        signal,
        folder: request.folder,
        onBlock(task, block) {
          // It is called from a listener, where an error (of a disk that is full) would end the process.
          try {
            join.push(places.get(task.segment.index) ?? 0, block);
          } catch (error) {
            stop.abort(error);
          }
        },
        async onFinished(task, file) {
          try {
            await take(task, file);
          } catch (error) {
            // Read from the store once more it would be damaged again.
            if (isError(error, "signals-damaged")) await request.state.remove(task.key);
            stop.abort(error);
          } finally {
            await rm(file, { force: true });
          }
        },
      });
    } catch (error) {
      both.throwIfAborted();
      if (!unfit.signal.aborted) throw error;
    }
    both.throwIfAborted();
    return unfit.signal.aborted ? [] : [...outcomes].sort(([one], [other]) => one - other).map(([, outcome]) => outcome);
  }

  /** The sound is read in one pass: where its time runs backwards, the picture's segments may lie on either side. */
  async function runSound(): Promise<DecodeOutcome[]> {
    const outcomes = await runTasks(plan, sounds, soundJoin);
    if (timeRunsOn(outcomes)) pictureJoin.release();
    else if (pictures.length > 1) unfitPicture.abort(unfitReason);
    return outcomes;
  }

  async function runPicture(soundRun: Promise<DecodeOutcome[]>): Promise<DecodeOutcome[]> {
    const outcomes = await runTasks(plan, pictures, pictureJoin, unfitPicture);
    const isWhole = outcomes.length === pictures.length && segmentsJoin(outcomes);
    if (pictures.length < 2 || (isWhole && timeRunsOn(await soundRun))) return outcomes;
    request.engine.log.info({ job: request.job.id }, "the picture's segments do not join, so it is analysed uncut");
    pictureJoin.restartUncut();
    meter.restart();
    const uncut = runPlan.uncut();
    return runTasks(
      uncut,
      uncut.filter(({ what }) => what === "picture"),
      pictureJoin,
    );
  }

  try {
    // Both have ended when this returns: nothing of them may be found or written after the job.
    const soundRun = together(runSound);
    const ends = await Promise.allSettled([together(() => runPicture(soundRun)), soundRun]);
    both.throwIfAborted();
    return { outcomes: ends.flatMap((end) => (end.status === "fulfilled" ? end.value : [])), keys };
  } finally {
    meter.close();
  }
}

/** Among the media of these outcomes, time never ran backwards. */
function timeRunsOn(outcomes: readonly DecodeOutcome[]): boolean {
  return outcomes.every(({ backwardJump }) => !backwardJump);
}

/** They are not wanted any more, on the fleet either. */
/** When a lane's last sample ends; undefined when it has none. */
function laneEnd(name: LaneName, track: number, outcomes: readonly DecodeOutcome[]): number | undefined {
  if (name === "sound") return latest(outcomes.map(({ trackEndSeconds }) => trackEndSeconds[track] ?? undefined));
  return latest(outcomes.map(({ pictureEndSeconds }) => pictureEndSeconds));
}

const unfitReason = new FramewatchError("cancelled", "The picture's segments do not join.");

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

/** What of this machine decides how the media is cut and what its segments hold. */
function measuredBy({ cores, inference }: Engine): Pick<RunFacts, "cores" | "models" | "software" | "runInSeconds"> {
  const models = inference?.facts ?? [];
  const software = [version, ...models.map(({ sha256 }) => sha256)].join(" ");
  return { cores, models: inference !== undefined, software, runInSeconds: longestLookbackSeconds };
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
