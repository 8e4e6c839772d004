import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

/** Containers of files that are written as a whole: where their picture and sound begin and end is meant. All others are streams, recorded from anywhere to anywhere. */
const fileContainers = /^(mov|matroska|webm|mxf|avi|asf|nut)$/;

/** Media that is shorter than declared by more than this and this share of it was cut. */
const cutSeconds = 0.5;
const cutShare = 0.005;

/** Times that differ by less are equal: two frames are two frames, whatever floating point makes of them. */
const toleranceSeconds = 1e-6;

/** The samples of one of the two may be told this much ahead of the other's. */
const turnSeconds = 0.5;

/**
 * Picture and sound do not cover the same time: one begins or ends well before the other, is missing altogether, or has a hole
 * where the other goes on.
 *
 * In a stream that was recorded from anywhere to anywhere the two lie up to a second apart in the bytes, so that much is cut off
 * one of them; and its picture begins at the first keyframe. Neither is a fault of the media.
 *
 * Where the media is cut (it ends before its declared duration) or only a part of it is looked at, the ends are not judged.
 *
 * Not this: sound that is there and silent (`silence`), a picture that stands (`freeze`), a single picture with sound, sound that
 * is there at the wrong time (`av-sync`), a hole in both.
 */
export const durationMismatch = defineDetector({
  type: "duration-mismatch",
  version: "1.0.0",
  medium: "av",
  summary: "Picture and sound do not begin and end together, or one has a hole",
  standard:
    "Telestream Qualify FC-108 (sound more than 2 frames shorter or 2 s longer than the picture), here with a tolerance for coded files; slack of streams: ISO/IEC 13818-1 2.4.2.3 (1 s in buffers), ETSI TS 101 154 (5 s between random access points)",
  signals: ["timing.intervalSeconds"],
  soundSignals: ["audio.peakRatio"],

  parameters: z.object({
    maximumStartSeconds: z.number().min(0).default(0.5).describe("How far apart picture and sound may begin, in seconds"),
    maximumShortSeconds: z
      .number()
      .min(0)
      .default(0.5)
      .describe(
        "How much earlier than the picture the sound may end, in seconds; two frames are always allowed, and with 0 no more",
      ),
    maximumLongSeconds: z.number().min(0).default(2).describe("How much later than the picture the sound may end, in seconds"),
    maximumGapSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("How long picture or sound may be missing while the other goes on, in seconds"),
    streamSlackSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("How far apart picture and sound may begin and end in a recorded stream, in seconds"),
    streamJoinSeconds: z
      .number()
      .min(0)
      .default(5)
      .describe("How long the picture of a recorded stream may let its first keyframe wait, in seconds"),
  }),

  begin: (parameters, { container, video, durationDeclared, durationSeconds }) => {
    const { maximumStartSeconds, maximumShortSeconds, maximumLongSeconds, maximumGapSeconds } = parameters;
    const isStream = !fileContainers.test(container);
    const slack = isStream ? parameters.streamSlackSeconds : 0;
    const soundLateLimit = Math.max(maximumStartSeconds, slack);
    const pictureLateLimit = isStream ? Math.max(soundLateLimit, parameters.streamJoinSeconds) : maximumStartSeconds;
    const shortLimit = Math.max(maximumShortSeconds, slack, video?.frameRate ? 2 / video.frameRate : 0);

    /** Media that ends before this was cut, or looked at in part: where picture and sound end in it means nothing. */
    const wholeFromSeconds =
      durationDeclared && durationSeconds !== undefined ? durationSeconds * (1 - cutShare) - cutSeconds : 0;

    const picture = openSide();
    const sound = openSide();
    const start = openFault();
    const end = openFault();
    let startIsJudged = false;

    /** How much later than the picture the sound began; or, while one of the two has not, that it begins that late at least. */
    function soundLateSeconds(): number {
      if (picture.firstSeconds === undefined)
        return (sound.firstSeconds ?? 0) - Math.max(sound.firstSeconds ?? 0, sound.lastSeconds - turnSeconds);
      return (sound.firstSeconds ?? Math.max(picture.firstSeconds, picture.lastSeconds - turnSeconds)) - picture.firstSeconds;
    }

    function judgeStart(emit: Emit): void {
      if (startIsJudged) return;
      const late = soundLateSeconds();
      const [began, limit] = late > 0 ? [picture, soundLateLimit] : [sound, pictureLateLimit];
      const measured = { soundLateSeconds: late };
      if (Math.abs(late) > limit + toleranceSeconds)
        start.tell(began.firstSeconds ?? 0, measured, { maximumStartSeconds: limit }, emit);
      if (picture.firstSeconds === undefined || sound.firstSeconds === undefined) return;
      startIsJudged = true;
      start.close(Math.max(picture.firstSeconds, sound.firstSeconds), measured, emit);
    }

    /** One of the two ended, and the other goes on until `untilSeconds` at least. */
    function judgeEnd(ended: Side, untilSeconds: number, emit: Emit): void {
      const { endSeconds } = ended;
      // A single picture with sound is shown as long as that lasts.
      if (endSeconds === undefined || picture.samples < 2 || sound.samples === 0) return;
      if (picture.turnedBack || sound.turnedBack || untilSeconds < wholeFromSeconds) return;
      const isShort = ended === sound;
      // How long the last frame is shown is not known everywhere.
      const limit = isShort ? shortLimit : Math.max(maximumLongSeconds, picture.longestInterval);
      const apart = untilSeconds - endSeconds;
      if (apart <= limit + toleranceSeconds) return;
      const threshold: Values = isShort ? { maximumShortSeconds: limit } : { maximumLongSeconds: limit };
      end.tell(endSeconds, { soundShortSeconds: isShort ? apart : -apart }, threshold, emit);
    }

    /** Of one of the two there is nothing at all. */
    function judgeMissing(emit: Emit): void {
      const [there, name] = sound.samples === 0 ? [picture, "picture"] : [sound, "sound"];
      if (picture.samples > 0 && sound.samples > 0) return;
      if (there.firstSeconds === undefined || (there === picture && picture.samples < 2)) return;
      const endSeconds = there.endSeconds ?? there.lastSeconds;
      const measured = { pictureSeconds: 0, soundSeconds: 0, [`${name}Seconds`]: endSeconds - there.firstSeconds };
      start.tell(there.firstSeconds, measured, { maximumStartSeconds }, emit);
      start.close(endSeconds, measured, emit);
    }

    const judging: Judging = {
      push(block, emit) {
        const [own, other] = block.lane.name === "sound" ? [sound, picture] : [picture, sound];
        const { previousEndSeconds, discontinuityBefore, pts } = block;
        const gap = discontinuityBefore
          ? { startSeconds: previousEndSeconds ?? own.lastSeconds, endSeconds: pts[0] ?? 0 }
          : undefined;
        own.take(pts, gap);
        const missing = gap === undefined ? 0 : other.coverage(gap);
        if (gap !== undefined && missing > maximumGapSeconds) {
          const measured: Values = own === sound ? { soundGapSeconds: missing } : { pictureGapSeconds: missing };
          const fault = openFault();
          fault.tell(gap.startSeconds, measured, { maximumGapSeconds }, emit);
          fault.close(gap.endSeconds, measured, emit);
        }
        judgeStart(emit);
        judgeEnd(other, own.lastSeconds, emit);
      },
      laneEnd({ name }, endSeconds) {
        (name === "sound" ? sound : picture).endSeconds = endSeconds;
      },
      end(_, emit) {
        judgeMissing(emit);
        const [pictureEnd, soundEnd] = [picture.endSeconds ?? 0, sound.endSeconds ?? 0];
        judgeEnd(soundEnd < pictureEnd ? sound : picture, Math.max(pictureEnd, soundEnd), emit);
        end.close(Math.max(pictureEnd, soundEnd), { soundShortSeconds: pictureEnd - soundEnd }, emit);
      },
    };
    return video?.still === true ? { push: () => {}, end: () => {} } : judging;
  },
});

interface Stretch {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

type Side = ReturnType<typeof openSide>;

/** What is known of the picture, or of the sound. */
function openSide() {
  /** The stretch without a jump in time that lies before the present one. */
  let before: Stretch = { startSeconds: 0, endSeconds: 0 };
  let runStartSeconds = 0;
  return {
    firstSeconds: undefined as number | undefined,
    lastSeconds: 0,
    samples: 0,
    longestInterval: 0,
    endSeconds: undefined as number | undefined,
    /** Time ran backwards: what comes last need not be what ends last. */
    turnedBack: false,

    take(pts: Float64Array, gap: Stretch | undefined): void {
      if (gap !== undefined) {
        before = { startSeconds: runStartSeconds, endSeconds: gap.startSeconds };
        runStartSeconds = gap.endSeconds;
        if (gap.endSeconds < this.lastSeconds) this.turnedBack = true;
      }
      if (this.firstSeconds === undefined) runStartSeconds = pts[0] ?? 0;
      this.firstSeconds ??= pts[0];
      for (const [index, seconds] of pts.entries()) {
        const isFirst = this.samples === 0 || (index === 0 && gap !== undefined);
        if (!isFirst) this.longestInterval = Math.max(this.longestInterval, seconds - this.lastSeconds);
        this.lastSeconds = seconds;
        this.samples++;
      }
    },

    /** For how much of a stretch it was there, as far as it was told. */
    coverage({ startSeconds, endSeconds }: Stretch): number {
      if (this.firstSeconds === undefined) return 0;
      const runs = [before, { startSeconds: runStartSeconds, endSeconds: this.lastSeconds }];
      return runs.reduce(
        (sum, run) => sum + Math.max(0, Math.min(run.endSeconds, endSeconds) - Math.max(run.startSeconds, startSeconds)),
        0,
      );
    },
  };
}

/** One fault, which is told at most once. */
function openFault() {
  let handle: DefectHandle | undefined;
  let from = 0;
  return {
    tell(startSeconds: number, measured: Values, threshold: Values, emit: Emit): void {
      if (handle !== undefined) return;
      from = startSeconds;
      handle = emit.open({ startSeconds, measured, threshold });
    },
    close(endSeconds: number, measured: Values, emit: Emit): void {
      if (handle !== undefined) emit.close(handle, Math.max(from, endSeconds), measured);
    },
  };
}
