import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

/** Frames of motion before a disturbance that say how much the picture moves; what lies further back than a second does not. */
const levelFrames = 10;
const leastLevelFrames = 4;
const levelSeconds = 1;

/** Intervals that a disturbance is measured against, and how far each may lie from their median: containers round to 1 ms. */
const intervalFrames = 12;
const intervalTolerance = 0.03;
const intervalToleranceSeconds = 0.0015;

/**
 * The step after lost frames is larger than those before and after it, twice as large where the motion is even. By how much
 * depends on the picture, so the mean (of logarithms) of several counts. The steps after the even repeats of a conversion differ by
 * chance as well: there the mean has to be so many times its standard error, which is estimated from a deviation that is usual, given
 * as much weight as so many events, and from the events themselves.
 */
const jumpRatio = 1.25;
const standardErrors = 3;
const usualDeviation = 0.25;
const usualWeight = 4;

/** After one long hold the picture is further on by all of its frames; fine structure shows little of it. */
const holdJumpRatio = 1.35;

/** Within a hold a coder draws the picture anew: differences up to this (share of full scale, 0..1), for no longer than this. */
const largestRefresh = 0.01;
const refreshSeconds = 0.2;
const leastHeldFrames = 3;

/**
 * How large the step after a hold is tells no cut: in a second a pan shows another picture. But motion goes on as it was, by no more
 * than so many times more or less.
 */
const resumedRatio = 3;

/** Beyond this the picture changed to another one: no motion goes on. */
const cutRatio = 8;

/** Where more frames than this are calmer than both beside them, the picture has half as many as the stream: animation on twos. */
const mostCalm = 0.4;
const calmRatio = 0.6;

/** Repeats alone need more of them, at most so many of them a like distance (by a frame) apart: else they are the cadence of a conversion. */
const leastRepeats = 4;
const mostAlike = 0.6;

interface Event {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly frame: number;
  readonly lostFrames: number;
  readonly repeatedFrames: number;
  readonly jump: number;
}

/**
 * Frames are missing, or stand where others should be, while the picture moves: it stutters.
 *
 * A repeated frame shows as hardly any difference amid motion, a lost one as a longer interval in a source whose intervals are
 * otherwise alike. Several within `windowSeconds` are one fault; so is one long hold in motion that never rested before.
 *
 * Not this: the regular repeats of a conversion (24 frames in 30, 25 in 30, animation on twos or threes), which the motion does
 * not jump after; sources of variable frame rate; what stands still; screens on which things start and stop; a picture that
 * stands for two seconds or more (`freeze`). Frames that were lost without a trace, their time closed up, are not told from a
 * quick movement.
 */
export const frameDrop = defineDetector({
  type: "frame-drop",
  version: "1.1.0",
  medium: "video",
  summary: "Frames are lost or repeated: motion stutters",
  standard:
    "No standard; repeats as FFmpeg mpdecimate drops them, here relative to the motion around; even cadences are those of conversions between frame rates",
  signals: ["diff.mean", "timing.intervalSeconds"],

  parameters: z.object({
    minimumEvents: z.number().int().min(1).default(3).describe("Disturbances within `windowSeconds` that make a fault (count)"),
    windowSeconds: z.number().positive().default(2).describe("Time within which they count together, in seconds"),
    minimumHoldSeconds: z
      .number()
      .positive()
      .default(0.2)
      .describe("Shortest hold that is a fault by itself, in motion that never rested in the second before, in seconds"),
    minimumDifference: z
      .number()
      .min(0)
      .max(1)
      .default(0.001)
      .describe("Smallest mean difference from frame to frame (share of full scale, 0..1) that counts as motion"),
    maximumRepeatRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe("Largest share of the difference of moving frames around it that a repeated frame has (0..1)"),
    minimumGapRatio: z
      .number()
      .min(1)
      .default(1.7)
      .describe("How many times longer than the intervals before it one must be to say that frames are missing"),
  }),

  begin: (parameters, _media, profile) => {
    const { minimumEvents, windowSeconds, minimumHoldSeconds, minimumDifference, maximumRepeatRatio, minimumGapRatio } =
      parameters;
    const threshold = {
      minimumEvents,
      windowSeconds,
      minimumHoldSeconds,
      minimumDifference,
      maximumRepeatRatio,
      minimumGapRatio,
    };
    /** Differences and times of the frames that moved last. */
    let moving: { seconds: number; difference: number }[] = [];
    let intervals: number[] = [];
    /** Whether each of the last frames was a repeat, and whether less moved in it than in the frames beside it. */
    let repeats: { seconds: number; repeated: boolean; calm: boolean; difference: number }[] = [];
    let events: Event[] = [];
    let hold: { startSeconds: number; frames: number; largest: number; level: number; steady: boolean } | undefined;
    /** What is an event if motion goes on after it. */
    let candidate:
      | { event: Event; level: number; differenceBefore: number; difference: number; most: number; confirms: number }
      | undefined;
    /** Frames that may be a coder's refresh of a held picture. */
    let doubtful: Frame[] = [];
    let frame = 0;
    let open: { handle: DefectHandle; lastSeconds: number; events: number; lost: number; repeated: number } | undefined;
    let previousSeconds: number | undefined;

    /** What the picture moves from frame to frame at this time; undefined where it does not, or where too little is known. */
    function levelAt(seconds: number): number | undefined {
      while (moving.length > 0 && (moving[0]?.seconds ?? 0) < seconds - levelSeconds) moving.shift();
      if (moving.length < leastLevelFrames) return undefined;
      const level = median(moving.map(({ difference }) => difference));
      return level >= minimumDifference ? level : undefined;
    }

    function isSteady(level: number): boolean {
      return (
        moving.length >= levelFrames - 2 &&
        repeats.every(({ repeated }) => !repeated) &&
        moving.every(({ difference }) => difference > 0.2 * level && difference < 5 * level)
      );
    }

    const measured = (): Values => ({
      events: open?.events ?? 0,
      lostFrames: open?.lost ?? 0,
      repeatedFrames: open?.repeated ?? 0,
    });

    function close(emit: Emit, endSeconds?: number): void {
      if (open !== undefined) emit.close(open.handle, Math.min(open.lastSeconds, endSeconds ?? open.lastSeconds), measured());
      open = undefined;
    }

    function isFault(): boolean {
      if (repeats.filter(({ calm }) => calm).length > mostCalm * repeats.length) return false;
      if (events.length < minimumEvents) return false;
      const isEven = isCadence();
      if (jumpsAfter(events, isEven)) return true;
      return !isEven && events.length >= leastRepeats;
    }

    /** Whether most repeats of the window, those too that are no event, come at one distance: as those of a conversion do. */
    function isCadence(): boolean {
      const starts = repeats.flatMap(({ repeated }, place) => (repeated && repeats[place - 1]?.repeated !== true ? [place] : []));
      const distances = starts.slice(1).map((place, index) => place - (starts[index] ?? 0));
      const usual = median(distances);
      return distances.filter((distance) => Math.abs(distance - usual) <= 1).length > mostAlike * distances.length;
    }

    function take(event: Event, isAlone: boolean, emit: Emit): void {
      events = [...events.filter(({ startSeconds }) => startSeconds > event.startSeconds - windowSeconds), event];
      if (open !== undefined) {
        open.lastSeconds = event.endSeconds;
        open.events++;
        open.lost += event.lostFrames;
        open.repeated += event.repeatedFrames;
        emit.update(open.handle, measured());
        return;
      }
      const isTogether = isFault();
      if (!isTogether && !isAlone) return;
      const counted = isTogether ? events : [event];
      const sum = (count: (one: Event) => number) => counted.reduce((total, one) => total + count(one), 0);
      const [lost, repeated] = [sum(({ lostFrames }) => lostFrames), sum(({ repeatedFrames }) => repeatedFrames)];
      const first = counted[0] ?? event;
      const values = { events: counted.length, lostFrames: lost, repeatedFrames: repeated };
      const handle = emit.open({ startSeconds: first.startSeconds, measured: values, threshold, confidence: 0.9 });
      open = { handle, lastSeconds: event.endSeconds, events: counted.length, lost, repeated };
    }

    /** Motion goes on, by `difference`, after what looked like an event: it is one, and over. */
    function confirm(seconds: number, difference: number, isAlone: boolean, emit: Emit): void {
      if (candidate === undefined) return;
      const { event } = candidate;
      const jump = candidate.difference / Math.sqrt(candidate.differenceBefore * difference);
      const lasts = event.endSeconds - event.startSeconds >= minimumHoldSeconds;
      take({ ...event, endSeconds: seconds, jump }, isAlone && lasts && jump >= holdJumpRatio, emit);
      candidate = undefined;
    }

    function forget(): void {
      moving = [];
      intervals = [];
      repeats = [];
      events = [];
      hold = candidate = undefined;
      doubtful = [];
    }

    /** Passes frames on, but for those that may be a coder's refresh of a picture that is held: these wait for what follows. */
    function judge(frame: Frame, emit: Emit): void {
      const isHeld = hold !== undefined && hold.frames >= leastHeldFrames;
      if (isHeld && hold !== undefined && frame.difference > maximumRepeatRatio * hold.level) {
        const [first = frame] = doubtful;
        doubtful.push(frame);
        if (frame.difference > largestRefresh || frame.seconds - first.seconds >= refreshSeconds) judgeDoubtful(emit);
        return;
      }
      if (hold !== undefined) hold.frames += doubtful.length;
      doubtful = [];
      judgeSure(frame, emit);
    }

    function judgeDoubtful(emit: Emit): void {
      const frames = doubtful;
      doubtful = [];
      for (const frame of frames) judgeSure(frame, emit);
    }

    function judgeSure({ seconds, difference, interval }: Frame, emit: Emit): void {
      frame++;
      while (repeats.length > 0 && (repeats[0]?.seconds ?? 0) < seconds - windowSeconds) repeats.shift();
      const [twoBefore, oneBefore] = repeats.slice(-2);
      if (twoBefore !== undefined && oneBefore !== undefined) {
        oneBefore.calm = oneBefore.difference < calmRatio * Math.min(twoBefore.difference, difference);
      }
      const level = hold?.level ?? levelAt(seconds);
      const isRepeat = level !== undefined && difference <= maximumRepeatRatio * level;

      if (candidate !== undefined && !isRepeat) {
        // Motion has to go on for two frames more: else something stopped, or started, of its own.
        if (difference < 0.3 * candidate.level || difference > candidate.most * candidate.level) candidate = undefined;
        else if (++candidate.confirms === 2) confirm(seconds, difference, alone, emit);
      }

      const nominal = intervals.length >= intervalFrames / 2 ? median(intervals) : undefined;
      if (isRepeat) {
        hold ??= { startSeconds: seconds, frames: 0, largest: 0, level, steady: isSteady(level) };
        hold.frames++;
        hold.largest = Math.max(hold.largest, difference);
        repeats.push({ seconds, repeated: true, calm: false, difference });
        if (seconds - hold.startSeconds > windowSeconds) forget();
      } else {
        const gapStart = seconds - interval + (nominal ?? 0);
        const isGap = nominal !== undefined && interval >= minimumGapRatio * nominal && isConstant(intervals, nominal);
        const base = hold?.level ?? level;
        const isHeld = hold !== undefined && hold.frames >= leastHeldFrames;
        const isNoCut = isHeld || difference < cutRatio * (base ?? 0);
        if (base !== undefined && (hold !== undefined || isGap) && difference > 0.5 * base && isNoCut) {
          const missing = isGap ? Math.round(interval / nominal) - 1 : 0;
          const differenceBefore = moving.at(-1)?.difference ?? base;
          const startSeconds = hold?.startSeconds ?? gapStart;
          confirm(seconds, difference, false, emit);
          alone = hold?.steady ?? isSteady(base);
          const repeatedFrames = hold?.frames ?? 0;
          const event = { startSeconds, endSeconds: seconds, frame, lostFrames: missing, repeatedFrames, jump: 0 };
          candidate = { event, level: base, differenceBefore, difference, most: isHeld ? resumedRatio : cutRatio, confirms: 0 };
        } else {
          moving.push({ seconds, difference });
          if (moving.length > levelFrames) moving.shift();
        }
        repeats.push({ seconds, repeated: false, calm: false, difference });
        hold = undefined;
      }
      if (interval > 0) {
        intervals.push(interval);
        if (intervals.length > intervalFrames) intervals.shift();
      }
      if (open !== undefined && seconds - open.lastSeconds > windowSeconds) close(emit);
    }
    let alone = false;

    const judging: Judging = {
      push(block, emit) {
        if (profile === "keyframes") return;
        if (block.discontinuityBefore) {
          close(emit, block.previousEndSeconds);
          forget();
        }
        const differences = block.signals["diff.mean"];
        const times = block.signals["timing.intervalSeconds"];
        for (const [index, seconds] of block.pts.entries()) {
          const [difference, interval] = [differences?.[index] ?? Number.NaN, times?.[index] ?? Number.NaN];
          previousSeconds = seconds;
          if (!Number.isNaN(difference) && !Number.isNaN(interval)) judge({ seconds, difference, interval }, emit);
        }
      },
      end(endSeconds, emit) {
        close(emit, Math.max(endSeconds, previousSeconds ?? endSeconds));
      },
    };
    return judging;
  },
});

interface Frame {
  readonly seconds: number;
  readonly difference: number;
  readonly interval: number;
}

/** The step after the events is larger than those around, where they come evenly by more than chance makes it. */
function jumpsAfter(events: readonly Event[], isEven: boolean): boolean {
  const logs = events.map(({ jump }) => Math.log(jump));
  const mean = logs.reduce((sum, value) => sum + value, 0) / logs.length;
  if (mean < Math.log(jumpRatio)) return false;
  const squares = logs.reduce((sum, value) => sum + (value - mean) ** 2, 0) + usualWeight * usualDeviation ** 2;
  const standardError = Math.sqrt(squares / (logs.length - 1 + usualWeight) / logs.length);
  return !isEven || mean >= standardErrors * standardError;
}

function isConstant(intervals: readonly number[], nominal: number): boolean {
  const tolerance = nominal * intervalTolerance + intervalToleranceSeconds;
  const alike = intervals.filter(
    (interval) => Math.abs(interval - nominal) <= tolerance || Math.abs(interval - 2 * nominal) <= tolerance,
  );
  const single = intervals.filter((interval) => Math.abs(interval - nominal) <= tolerance);
  return alike.length >= intervals.length - 1 && single.length >= 0.6 * intervals.length;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
