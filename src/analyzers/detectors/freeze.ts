import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** From this share of dark pixels on a picture is `black`'s, as FFmpeg blackdetect's pic_th has it. */
const blackDarkRatio = 0.98;

/** How far back `still.changedRatio` reaches, and a few frames more: from then on it speaks of the freeze alone. */
const knownAfterSeconds = 1.1;

/**
 * A jump this short needs no proof that the picture stayed the same. One that comes this long after another, longer than a group of
 * pictures of MPEG-2, may move the mean luma for good: a keyframe of a low bitrate does.
 */
const shortJumpSeconds = 0.1;
const rareJumpSeconds = 0.75;

/** The picture moved before it stood still where this share of the frames of the second before moved: not so a slide that follows a cut. */
const movedShare = 0.3;
const movedSeconds = 1;

/** How sure it is that a still picture is meant to move: one that stops amid motion, and any other. */
const stoppedConfidence = 0.95;
const unmovedConfidence = 0.5;

/**
 * The picture stands still: frames arrive, but each is the one before it.
 *
 * Not this: no frames at all (`stall`), a black picture (`black`; one fault, one defect), a slow fade, zoom or pan (each step is tiny, but they add up), a static
 * camera (its noise moves every pixel).
 *
 * freezedetect compares each frame with the one where the freeze began; here each is compared with the one before
 * it, and what that adds up to is bounded. The differences fill a bucket of `maximumChange` that leaks
 * `maximumChangePerSecond`: the noise of a coder leaks away, slow motion fills it. Where it is full, the picture must be the
 * one of a second before, in means over cells, which coding noise does not move: short groups of pictures show the same
 * errors again and again. The mean luma stays where it was when the freeze began: a fade over a minute moves it by a level in
 * half a second.
 * One frame that is shown for that long, as recordings of variable frame rate hold a still picture, is a freeze as well.
 *
 * Slates, slides, menus and screens on which nobody types stand still by design. No picture tells that, but the one before
 * does: they did not move before they stood. `confidence` says so, and `minimumUnmovedSeconds` is for channels that show them.
 *
 * Where the two differ, on purpose:
 * - A freeze that lasts to the end of the media ends there; freezedetect never ends it.
 * - A coder draws a still picture anew at each keyframe. Such a jump (up to `maximumJump` for up to `jumpSeconds`,
 *   no more often than every `jumpIntervalSeconds`) is looked over, a change of the mean luma in it too; freezedetect ends the
 *   freeze at it, and misses freezes altogether that have one every 2 s.
 * - No freeze lasts across a gap in the source.
 * - A black picture is no freeze, unless `includesBlack` says so; to freezedetect it is one.
 */
export const freeze = defineDetector({
  type: "freeze",
  version: "1.1.0",
  medium: "video",
  summary: "The picture is frozen",
  standard: "FFmpeg freezedetect: noise=0.001 (-60 dB), duration=2; differences to the frame before, their sum bounded",
  signals: ["diff.mean", "luma.mean", "luma.darkRatio", "still.changedRatio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest freeze that counts, in seconds"),
    minimumUnmovedSeconds: z
      .number()
      .positive()
      .default(2)
      .describe(
        "The same where the picture did not move in the second before, in seconds: longer for slates, slides and screens that stand still by design",
      ),
    maximumDifference: z
      .number()
      .min(0)
      .max(1)
      .default(0.001)
      .describe("Largest mean difference to the frame before (share of full scale, 0..1) of a frame that stands still"),
    maximumChange: z
      .number()
      .min(0)
      .default(0.004)
      .describe("How much such differences may add up to (share of full scale), less what leaks away"),
    maximumChangePerSecond: z
      .number()
      .min(0)
      .default(0.003)
      .describe("How much of the sum leaks away per second (share of full scale): coding noise does not add up, motion does"),
    maximumChangedRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.002)
      .describe("Share of the picture that may differ from a second before where the differences add up to more (0..1)"),
    maximumLumaChange: z
      .number()
      .min(0)
      .default(0.5)
      .describe("How far the mean luma may move from where it was at the start, in levels of 8 bits: a fade moves it further"),
    maximumJump: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe("Largest mean difference (share of full scale, 0..1) at which a keyframe draws the same picture anew"),
    jumpSeconds: z.number().min(0).default(0.2).describe("Longest time that such a jump takes, in seconds; 0 looks over none"),
    jumpIntervalSeconds: z.number().min(0).default(0.4).describe("Shortest time from one such jump to the next, in seconds"),
    includesBlack: z.boolean().default(false).describe("A black picture that stands still is a freeze too, not `black` alone"),
  }),

  begin: (parameters, _media, profile) => {
    const { minimumSeconds, minimumUnmovedSeconds, maximumDifference, maximumChange, maximumChangePerSecond } = parameters;
    const { maximumChangedRatio, maximumLumaChange, maximumJump, jumpSeconds, jumpIntervalSeconds, includesBlack } = parameters;
    let startLuma = 0;
    let change = 0;
    let previousSeconds = 0;
    let jumpStartSeconds = Number.NEGATIVE_INFINITY;
    let isRareJump = false;
    let suspectSeconds = Number.NEGATIVE_INFINITY;
    let isSamePicture = false;
    /** The frames of the last second, and whether most moved when the present hold began. */
    let lastFrames: { seconds: number; moved: boolean }[] = [];
    let hasStopped = false;

    return sustained({
      signal: "diff.mean",
      startsAtSampleBefore: true,
      holds: (difference, { seconds, other, held }) => {
        const luma = other("luma.mean");
        const isBlack = other("luma.darkRatio") >= blackDarkRatio;
        if (held.samples === 0) {
          startLuma = luma;
          change = 0;
          isRareJump = false;
          const moved = lastFrames.filter((frame) => frame.moved).length;
          hasStopped = moved > 0 && moved >= movedShare * lastFrames.length;
          jumpStartSeconds = suspectSeconds = Number.NEGATIVE_INFINITY;
        }
        const isStill = difference <= maximumDifference;
        while ((lastFrames[0]?.seconds ?? seconds) < seconds - movedSeconds) lastFrames.shift();
        lastFrames.push({ seconds, moved: !isStill });
        change = Math.max(0, change - (seconds - previousSeconds) * maximumChangePerSecond) + (isStill ? difference : 0);
        previousSeconds = seconds;

        const sinceJump = seconds - jumpStartSeconds;
        const isNewJump = !isStill && sinceJump > jumpSeconds;
        if (isNewJump) {
          jumpStartSeconds = seconds;
          isRareJump = sinceJump >= rareJumpSeconds;
        }
        if (isStill && isRareJump) {
          startLuma = luma;
          isRareJump = false;
        }
        const isLongJump = !isStill && !isNewJump && sinceJump > shortJumpSeconds;
        if (change > maximumChange || isLongJump) suspectSeconds = seconds;
        const isProofDue = seconds - suspectSeconds < knownAfterSeconds && held.durationSeconds >= knownAfterSeconds;
        isSamePicture =
          (includesBlack || !isBlack) &&
          (!isProofDue || other("still.changedRatio") <= maximumChangedRatio) &&
          (!isStill || Math.abs(luma - startLuma) <= maximumLumaChange) &&
          (isStill || (difference <= maximumJump && (!isNewJump || sinceJump >= jumpIntervalSeconds)));
        return isStill && isSamePicture;
      },
      bridge: { seconds: jumpSeconds, allows: () => isSamePicture },
      holdsAlone: ({ other }) => {
        const isPicture = includesBlack ? other("luma.darkRatio") >= 0 : other("luma.darkRatio") < blackDarkRatio;
        return profile !== "keyframes" && isPicture;
      },
      minimumSeconds: () => (hasStopped ? minimumSeconds : Math.max(minimumSeconds, minimumUnmovedSeconds)),
      confidence: () => (hasStopped ? stoppedConfidence : unmovedConfidence),
      measured: (held) => ({ meanDifference: held.samples === 0 ? 0 : held.mean }),
      threshold: {
        ...{ minimumSeconds, minimumUnmovedSeconds, maximumDifference, maximumChange, maximumChangePerSecond },
        ...{ maximumChangedRatio, maximumLumaChange, maximumJump },
      },
    });
  },
});
