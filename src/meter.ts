import type { DecodeOutcome, MediaInfo } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import type { Job, Segment, SegmentPlan } from "./ingest/index.js";

/** How far an analysis has come. */
export interface JobProgress {
  /** 0..1 */
  readonly doneRatio: number;
  /** Frames measured so far. */
  readonly frames: number;
  readonly framesPerSecond: number;
  /** Seconds of media analysed per second of wall clock. */
  readonly realTimeFactor: number;
  /** Absent while it cannot be told. */
  readonly remainingSeconds?: number;
  readonly defects: number;
  /** The picture's segments did not join, so it is analysed once more, uncut: `doneRatio` began again at 0. */
  readonly again?: true;
}

/** Adds up how far the segments of one job are. */
export interface Meter {
  /** The segment is done, here or elsewhere. */
  finished(segment: Segment, outcome: DecodeOutcome): void;
  /** The picture begins again, uncut. */
  restart(): void;
  close(): void;
}

interface Part {
  frames: number;
  /** Media seconds of the segment that are done. */
  seconds: number;
}

/** Follows a job's segments, and tells the listener at each step. */
export function openMeter(options: {
  readonly engine: Engine;
  readonly job: Job;
  readonly media: MediaInfo;
  readonly plan: SegmentPlan;
  readonly listener?: { progress?(progress: JobProgress): void };
  countDefects(): number;
}): Meter {
  const { engine, job, media, plan, listener, countDefects } = options;
  const started = performance.now();
  const parts = new Map<number, Part>();
  let again = false;
  const lengthOf = ({ startSeconds, endSeconds }: Segment): number =>
    Math.max(0, (endSeconds ?? media.durationSeconds ?? startSeconds) - startSeconds);
  // The picture takes the time; sound alone counts where there is no picture.
  const counted = plan.filter(({ what }) => what !== "sound" || media.video === undefined);
  const totalSeconds = counted.reduce((sum, segment) => sum + lengthOf(segment), 0);

  function tell(): void {
    const done = [...parts.values()];
    const seconds = done.reduce((sum, part) => sum + part.seconds, 0);
    const frames = done.reduce((sum, part) => sum + part.frames, 0);
    const wall = Math.max(1e-3, (performance.now() - started) / 1000);
    const realTimeFactor = seconds / wall;
    const known = totalSeconds > 0 && realTimeFactor > 0;
    listener?.progress?.({
      doneRatio: totalSeconds > 0 ? Math.min(1, seconds / totalSeconds) : 0,
      frames,
      framesPerSecond: frames / wall,
      realTimeFactor,
      ...(known ? { remainingSeconds: Math.max(0, totalSeconds - seconds) / realTimeFactor } : {}),
      defects: countDefects(),
      ...(again ? { again } : {}),
    });
  }

  function note(segment: Segment, part: Part): void {
    if (segment.what === "sound" && media.video !== undefined) return;
    parts.set(segment.index, part);
    tell();
  }

  const unfollow = engine.follow(job.id, ({ segment }, { frames, atSeconds }) => {
    note(segment, { frames, seconds: Math.max(0, atSeconds - segment.startSeconds) });
  });
  return {
    finished: (segment, { frames }) => note(segment, { frames, seconds: lengthOf(segment) }),
    restart() {
      parts.clear();
      again = true;
    },
    close: unfollow,
  };
}
