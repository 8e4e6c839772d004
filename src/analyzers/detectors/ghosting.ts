import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** The signal adds up so many seconds: a copy that is plain crosses the limit when it has stood for about half of them. */
const lookbackSeconds = 0.9;

/**
 * A second, weaker copy of the picture stands beside it: an echo on the way of an analogue signal, or a filter that mixed two
 * pictures.
 *
 * Not this: fences, windows and text (they repeat to both sides, and not in all of the picture), overshoots close to edges
 * (sharpening), cross-fades (they move on), a copy that is as strong as the picture, which has no side.
 */
export const ghosting = defineDetector({
  type: "ghosting",
  version: "1.2.0",
  medium: "video",
  summary: "The picture has a ghost",
  standard:
    "Correlation of strong edges with steps at one distance, in all parts of the picture and for long; ghosts as ITU-R BT.1439 and BT.654 describe them: delayed images",
  signals: ["echo.prominence", "echo.shiftPixels"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(4).describe("Shortest ghosting that counts, in seconds"),
    minimumProminence: z
      .number()
      .min(0)
      .max(1)
      .default(0.07)
      .describe(
        "Share of the strong edges (0..1) that must have their copy in every part of the picture, beyond what the next best distance shows",
      ),
    hysteresis: z
      .number()
      .min(0)
      .max(1)
      .default(0.04)
      .describe("How far that share may fall below the limit before the ghosting is over"),
    maximumDriftPixels: z
      .number()
      .min(0)
      .default(2)
      .describe(
        "How far the copy may move from where it stood when the ghosting began, in pixels: half the width of its peak to one side, for soft edges tell its place no better",
      ),
  }),

  begin: ({ minimumSeconds, minimumProminence, hysteresis, maximumDriftPixels }) => {
    let shiftPixels = 0;
    const isThere = (other: (signal: string) => number): boolean =>
      Math.abs(other("echo.shiftPixels") - shiftPixels) <= maximumDriftPixels;
    return sustained({
      signal: "echo.prominence",
      holds: (prominence, { other, held }) => {
        if (held.samples === 0) shiftPixels = other("echo.shiftPixels");
        return prominence >= minimumProminence && isThere(other);
      },
      // What was seen for less than the signal's own time may have been chance: it keeps no plainer copy waiting.
      givesWay: (prominence, { held }) => held.durationSeconds < lookbackSeconds && prominence > held.mean,
      keeps: (prominence, { other }) => prominence >= minimumProminence - hysteresis && isThere(other),
      // Parts of a picture may have too few edges for a while, or too many that repeat: it is the same ghost that comes back.
      bridge: { seconds: 1.2, unmeasured: true },
      minimumSeconds,
      earlierSeconds: () => lookbackSeconds / 2,
      measured: (held) => ({ meanProminence: held.mean, shiftPixels }),
      threshold: { minimumSeconds, minimumProminence },
      confidence: 0.7,
    });
  },
});
