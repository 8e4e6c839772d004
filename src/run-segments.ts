/** Runs the segments of one media: here or on the fleet, picture and sound side by side. */
import { rm } from "node:fs/promises";
import type { AnalysisRequest } from "./analyse-media.js";
import {
  type Join,
  longestLookbackSeconds,
  openJoin,
  openPace,
  readSignalFile,
  type SignalBlock,
  type SignalFile,
} from "./analyzers/index.js";
import { collectGarbage } from "./collect-garbage.js";
import type { DecodeOutcome } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import { FramewatchError, isError } from "./errors.js";
import { openRunPlan, type RunFacts, seamsAgree, type SegmentPlan, type SegmentTask, segmentsJoin } from "./ingest/index.js";
import { openMeter } from "./meter.js";
import { version } from "./version.js";

/** What the segments of a media gave. */
export interface FinishedSegments {
  readonly outcomes: readonly DecodeOutcome[];
  /** Keys of the plan and of finished segments in the job's state. */
  readonly keys: readonly string[];
}

/** How far picture and sound may be ahead of each other when they are judged: detectors that compare them keep so much. */
const aheadSeconds = 120;

/**
 * Runs all segments of a media and delivers their signals as one uncut pass would; the picture once more, and uncut, where
 * its segments do not join. Nothing of it runs any more when this returns.
 * @throws FramewatchError the segments' errors, `store-unavailable`, or the signal's reason
 */
export async function runSegments(
  request: AnalysisRequest,
  wanted: ReadonlySet<string> | undefined,
  deliver: (block: SignalBlock) => void,
  countDefects: () => number,
): Promise<FinishedSegments> {
  const runPlan = openRunPlan({
    ...request,
    ...measuredBy(request.engine),
    signals: wanted && [...wanted],
    ignoredRegions: request.policy.ignoredRegions,
  });
  const { plan, key: planKey } = await runPlan.adopt();
  const pictures = plan.filter(({ what }) => what === "picture");
  const sounds = plan.filter(({ what }) => what !== "picture");
  const keys = [planKey];
  const meter = openMeter({ ...request, plan, countDefects });

  const stop = new AbortController();
  const unfitPicture = new AbortController();
  const both = AbortSignal.any([request.signal, stop.signal]);

  const pace = openPace(aheadSeconds, request.range.startSeconds, both);
  /** It is called from a listener, where an error (of a disk that is full) would end the process. */
  function deliverOrStop(block: SignalBlock): void {
    try {
      if (!both.aborted) deliver(block);
    } catch (error) {
      stop.abort(error);
    }
  }
  const pictureJoin = openJoin(pictures.length, deliverOrStop, pace.picture);
  const soundJoin = openJoin(sounds.length, deliverOrStop, pace.sound);
  /** Finished segments that are still to be delivered. */
  const files = new Set<string>();

  /** Picture and sound run at the same time; the failure of one ends the other, and is what is told. */
  async function together<Result>(run: () => Promise<Result>): Promise<Result> {
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

    /** Read from the store once more it would be damaged again. */
    async function fail(task: SegmentTask, error: unknown): Promise<void> {
      if (isError(error, "signals-damaged")) await request.state.remove(task.key);
      stop.abort(error);
    }

    async function* blocksOf(task: SegmentTask, file: string, { blocks }: SignalFile): AsyncIterable<SignalBlock> {
      try {
        yield* blocks();
      } catch (error) {
        await fail(task, error);
        throw error;
      } finally {
        await rm(file, { force: true });
        files.delete(file);
        collectGarbage();
      }
    }

    async function take(task: SegmentTask, file: string): Promise<void> {
      const { segment } = task;
      const place = places.get(segment.index) ?? 0;
      const signals = await readSignalFile(file);
      const { outcome } = signals;
      // Written by our own worker from this very type, and checked by its checksum.
      const decoded = outcome as DecodeOutcome;
      outcomes.set(place, decoded);
      meter.finished(segment, decoded);
      if (segments.length > 1 && (decoded.backwardJump || !fitsItsNeighbours(place, decoded))) return unfit.abort(unfitReason);
      join.finish(place, () => blocksOf(task, file, signals));
    }

    try {
      await request.engine.runner.run(tasks, {
        signal,
        folder: request.folder,
        onBlock: (task, block) => join.push(places.get(task.segment.index) ?? 0, block),
        async onFinished(task, file) {
          files.add(file);
          try {
            await take(task, file);
          } catch (error) {
            await fail(task, error);
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

  async function deliverPicture(pictureRun: Promise<unknown>): Promise<void> {
    await pictureRun;
    await pictureJoin.settled();
    pace.picture.end();
  }

  async function deliverSound(soundRun: Promise<unknown>): Promise<void> {
    await soundRun;
    await soundJoin.settled();
    pace.sound.end();
  }

  try {
    // All have ended when this returns: nothing of them may be found or written after the job.
    const soundRun = together(runSound);
    const pictureRun = together(() => runPicture(soundRun));
    const [ofPicture, ofSound] = await Promise.allSettled([
      pictureRun,
      soundRun,
      together(() => deliverPicture(pictureRun)),
      together(() => deliverSound(soundRun)),
    ]);
    await Promise.allSettled([pictureJoin.settled(), soundJoin.settled()]);
    both.throwIfAborted();
    const outcomes = [ofPicture, ofSound].flatMap((end) => (end.status === "fulfilled" ? end.value : []));
    return { outcomes, keys };
  } finally {
    meter.close();
    await Promise.all([...files].map((file) => rm(file, { force: true })));
  }
}

/** Among the media of these outcomes, time never ran backwards. */
function timeRunsOn(outcomes: readonly DecodeOutcome[]): boolean {
  return outcomes.every(({ backwardJump }) => !backwardJump);
}

/** `cancelled` and no interruption: nobody, on the fleet either, wants what is left of these segments. */
const unfitReason = new FramewatchError("cancelled", "The picture's segments do not join.");

/** What of this machine decides how the media is cut and what its segments hold. */
function measuredBy({ cores, inference }: Engine): Pick<RunFacts, "cores" | "models" | "software" | "runInSeconds"> {
  const models = inference?.facts ?? [];
  const software = [version, ...models.map(({ sha256 }) => sha256)].join(" ");
  return { cores, models: inference !== undefined, software, runInSeconds: longestLookbackSeconds };
}
