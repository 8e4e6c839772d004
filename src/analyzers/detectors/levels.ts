import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** A picture that goes to and fro about the limit has one fault: it ends below half the limit, and not for so short a time. */
const bridgeSeconds = 1;

/**
 * Luma, R, G or B of a limited-range picture lies outside the tolerated levels in more of the picture than tolerated: too much
 * gain, a converter's fault, or a picture of full range that is coded or marked as limited, whose black and white lie outside.
 *
 * Not this: single overshoots beside edges (the picture is filtered first), a glint of light (too short), pictures that are
 * declared full range (the levels are those of limited range). Limited-range pictures that are marked full range are not found:
 * to the eye they are flat, to a measurement they are like fog.
 *
 * R 103 says nothing of time. Half a second is what an operator can still see on a gamut display.
 */
export const levels = defineDetector({
  type: "levels",
  version: "1.0.0",
  medium: "video",
  summary: "Video levels are out of range",
  standard: "EBU R 103 v3: luma, R, G, B in 5..246 (8 bit) or 20..984 (10 bit), filtered, for all but 1 % of the picture",
  ebuQcItem: "0051B",
  signals: ["gamut.outsideRatio", "gamut.belowRatio", "gamut.aboveRatio"],

  parameters: z.object({
    minimumSeconds: z.number().min(0).default(0.5).describe("Shortest time out of range that counts, in seconds"),
    maximumOutsideRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe("Share of the picture (0..1) that may lie outside the tolerated levels"),
  }),

  begin: ({ minimumSeconds, maximumOutsideRatio }) => {
    let below = 0;
    let above = 0;
    return sustained({
      signal: "gamut.outsideRatio",
      holds: (outside, { other, held }) => {
        if (held.samples === 0) below = above = 0;
        const isKnown = held.durationSeconds >= minimumSeconds && held.samples > 0;
        if (outside <= (isKnown ? maximumOutsideRatio / 2 : maximumOutsideRatio)) return false;
        below = Math.max(below, other("gamut.belowRatio"));
        above = Math.max(above, other("gamut.aboveRatio"));
        return true;
      },
      minimumSeconds,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({
        meanOutsideRatio: held.mean,
        maximumOutsideRatio: held.maximum,
        maximumBelowRatio: below,
        maximumAboveRatio: above,
      }),
      threshold: { minimumSeconds, maximumOutsideRatio },
    });
  },
});
