import { z } from "zod";
import { defineDetector, type Region } from "../detector.js";
import { sustained } from "../sustained.js";

/** For so long after a complaint a part of the picture that changes at once is what the complaint is about: a frame or three. */
const jumpWitnessSeconds = 0.12;

/**
 * Blocks of the picture hold the wrong content: macroblocks lost on the way or damaged in storage, and what a decoder put there.
 *
 * Two witnesses: the pixels (sharp steps on the macroblock grid that the scene does not explain, slices drawn out downwards, or, in fine
 * texture, where no step shows, a part of the picture that changes at once) and the decoder's own
 * complaints. Where the decoder complained, few steps prove it; where it did not (damage that was coded again, or that a decoder
 * takes for valid) they have to be many, both across and down. Damage stays until the picture is coded anew, mostly a keyframe:
 * that is one defect.
 *
 * Not this: complaints without visible blocks (`decode-error`), blocks everywhere at a low bitrate (`blockiness`), a picture of
 * one colour (`solid-color`).
 */
export const blockCorruption = defineDetector({
  type: "block-corruption",
  version: "1.0.0",
  medium: "video",
  summary: "Blocks of the picture are damaged",
  standard:
    "Steps at macroblock borders against those beside them, after Wu and Yuen, A generalized block-edge impairment metric, IEEE SPL 1997; FFmpeg decoder messages of level error",
  signals: [
    "blocks.brokenRatio",
    "blocks.isolatedRatio",
    "blocks.smearedRatio",
    "blocks.jumpRatio",
    "blocks.left",
    "blocks.top",
    "blocks.width",
    "blocks.height",
    "decode.errorCount",
  ],

  parameters: z.object({
    minimumWitnessedRatio: z
      .number()
      .min(0)
      .default(0.003)
      .describe("Damaged block borders for each block of 16x16 that prove it where the decoder complained as well"),
    minimumRatio: z.number().min(0).default(0.08).describe("Damaged block borders for each block that prove it by themselves"),
    minimumSmearedRatio: z
      .number()
      .min(0)
      .default(0.15)
      .describe("Share of the picture (0..1) drawn out from the row above that proves it where the decoder complained as well"),
    minimumJumpRatio: z
      .number()
      .min(0)
      .default(0.04)
      .describe(
        "Share of the picture (0..1) that changes at once, beyond what moves anyway, which proves it where the decoder complains of that very frame",
      ),
    witnessSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe("For how many seconds a complaint of the decoder speaks for damage that begins"),
    longestSeconds: z
      .number()
      .min(0)
      .default(10)
      .describe("How many seconds after the last complaint damage may still be shown: the longest usual time between keyframes"),
    bridgeSeconds: z.number().min(0).default(1).describe("Damage with at most this many whole seconds between is one defect"),
  }),

  begin: (parameters) => {
    const { minimumWitnessedRatio, minimumRatio, minimumSmearedRatio, minimumJumpRatio } = parameters;
    const { witnessSeconds, longestSeconds, bridgeSeconds } = parameters;
    let lastErrorSeconds = Number.NEGATIVE_INFINITY;
    let errorCount = 0;
    let previousSeconds = 0;
    /** What the scene itself has on the grid: the largest value of late, which fades over a second. */
    let usualRatio = 0;
    let usualIsolatedRatio = 0;
    let usualSmearedRatio = 0;
    let usualJumpRatio = Number.NaN;
    let largestSmearedRatio = 0;
    let isShown = false;
    let region: Region | undefined;

    return sustained({
      signal: "blocks.brokenRatio",
      holds: (ratio, { seconds, other, held }) => {
        const isOpen = held.samples > 0;
        const errors = other("decode.errorCount");
        if (!isOpen) {
          isShown = false;
          largestSmearedRatio = 0;
        }
        if (!isOpen && seconds - lastErrorSeconds > witnessSeconds) errorCount = 0;
        if (errors > 0) {
          errorCount += errors;
          lastErrorSeconds = seconds;
        }
        const isolatedRatio = other("blocks.isolatedRatio");
        const isWitnessed = seconds - lastErrorSeconds <= (isOpen ? longestSeconds : witnessSeconds);
        const isPlain = isolatedRatio - usualIsolatedRatio >= minimumRatio;
        const smearedRatio = other("blocks.smearedRatio");
        const isSeen = ratio - usualRatio >= minimumWitnessedRatio || smearedRatio - usualSmearedRatio >= minimumSmearedRatio;
        const jumpRatio = other("blocks.jumpRatio");
        const isJump =
          seconds - lastErrorSeconds <= jumpWitnessSeconds &&
          jumpRatio - usualJumpRatio >= Math.max(minimumJumpRatio, usualJumpRatio / 2);
        const isDamaged = isPlain || (isWitnessed && isSeen) || isJump;
        if (isDamaged) {
          largestSmearedRatio = Math.max(largestSmearedRatio, smearedRatio);
          isShown ||= isPlain;
          region = regionOf(other);
        } else if (!isOpen && !isWitnessed) {
          const kept = Math.exp(Math.min(0, previousSeconds - seconds));
          usualRatio = Math.max(ratio, usualRatio * kept);
          if (jumpRatio >= 0) usualJumpRatio = Math.max(jumpRatio, Number.isNaN(usualJumpRatio) ? 0 : usualJumpRatio * kept);
          usualSmearedRatio = Math.max(smearedRatio, usualSmearedRatio * kept);
          usualIsolatedRatio = Math.max(isolatedRatio, usualIsolatedRatio * kept);
        }
        previousSeconds = seconds;
        return isDamaged;
      },
      minimumSeconds: 0,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ maximumRatio: Math.max(0, held.maximum), smearedRatio: largestSmearedRatio, errorCount }),
      threshold: { minimumRatio, minimumWitnessedRatio, minimumSmearedRatio, minimumJumpRatio },
      confidence: () => (errorCount === 0 ? 0.7 : isShown ? 1 : 0.9),
      region: () => region,
    });
  },
});

function regionOf(value: (signal: string) => number): Region | undefined {
  const region = {
    x: value("blocks.left"),
    y: value("blocks.top"),
    width: value("blocks.width"),
    height: value("blocks.height"),
  };
  return region.width > 0 ? region : undefined;
}
