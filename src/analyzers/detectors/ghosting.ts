import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * A second, weaker copy of the picture stands beside it: an echo on the way of an analogue signal, or a filter that mixed two
 * pictures.
 *
 * Not this: fences, windows and text (they repeat to both sides, and not in all of the picture), overshoots close to edges
 * (sharpening), cross-fades (they move on), a copy that is as strong as the picture, which has no side.
 */
export const ghosting = defineDetector({
  type: "ghosting",
  version: "1.0.0",
  medium: "video",
  summary: "The picture has a ghost",
  standard:
    "Correlation of strong edges with steps at one distance, in all parts of the picture and for long; ghosts as ITU-R BT.1439 and BT.654 describe them: delayed images",
  signals: ["echo.agreement", "echo.shiftPixels"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(3).describe("Shortest ghosting that counts, in seconds"),
    minimumAgreement: z
      .number()
      .min(0)
      .max(1)
      .default(0.4)
      .describe("Share of the strong edges (0..1) that must have their copy, in every part of the picture"),
    hysteresis: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe("How far that share may fall below the limit before the ghosting is over"),
    maximumDriftPixels: z
      .number()
      .min(0)
      .default(1)
      .describe("How far the copy may move from where it stood when the ghosting began, in pixels"),
  }),

  begin: ({ minimumSeconds, minimumAgreement, hysteresis, maximumDriftPixels }) => {
    let shiftPixels = 0;
    const isThere = (other: (signal: string) => number): boolean =>
      Math.abs(other("echo.shiftPixels") - shiftPixels) <= maximumDriftPixels;
    return sustained({
      signal: "echo.agreement",
      holds: (agreement, { other, held }) => {
        if (held.samples === 0) shiftPixels = other("echo.shiftPixels");
        return agreement >= minimumAgreement && isThere(other);
      },
      keeps: (agreement, { other }) => agreement >= minimumAgreement - hysteresis && isThere(other),
      // Parts of a picture may have too few edges for a while.
      bridge: { seconds: 0.4 },
      minimumSeconds,
      measured: (held) => ({ meanAgreement: held.mean, shiftPixels }),
      threshold: { minimumSeconds, minimumAgreement },
      confidence: 0.7,
    });
  },
});
