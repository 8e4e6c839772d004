import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * A coder had too few bits: the picture falls into blocks whose borders show, on a regular grid all over it.
 *
 * Not this: single blocks of wrong content (`block-corruption`), a picture of large pixels (`pixelation`), smearing (`blur`),
 * windows, tiles and bars, whose lines are few or do not repeat.
 */
export const blockiness = defineDetector({
  type: "blockiness",
  version: "1.0.0",
  medium: "video",
  summary: "Compression blocks are visible",
  standard:
    "FFmpeg blockdetect (grid of any period, profiles of columns and rows); masking by the surroundings after Wu and Yuen, A generalized block-edge impairment metric, IEEE SPL 1997, and Muijs and Kirenko, EUSIPCO 2005",
  signals: ["blockiness.ratio", "blockiness.columnPeriod", "blockiness.rowPeriod"],

  parameters: z.object({
    minimumRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.07)
      .describe("Share of places on the grid (0..1) where a visible step makes the picture blocky"),
    closingRatio: z.number().min(0).max(1).default(0.045).describe("Below this share a blocky stretch ends"),
    minimumSeconds: z.number().min(0).default(0.5).describe("Shortest blocky stretch that counts, in seconds"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(1)
      .describe(
        "Blocky stretches with at most this many seconds between them are one: each keyframe is cleaner than what follows",
      ),
  }),

  begin: ({ minimumRatio, closingRatio, minimumSeconds, bridgeSeconds }) => {
    let columnPeriod = 0;
    let rowPeriod = 0;
    return sustained({
      signal: "blockiness.ratio",
      holds: (ratio, { other, held }) => {
        const isBlocky = ratio >= (held.samples > 0 ? Math.min(closingRatio, minimumRatio) : minimumRatio);
        if (isBlocky) {
          columnPeriod = other("blockiness.columnPeriod");
          rowPeriod = other("blockiness.rowPeriod");
        }
        return isBlocky;
      },
      minimumSeconds,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ meanRatio: held.mean, maximumRatio: held.maximum, columnPeriod, rowPeriod }),
      threshold: { minimumRatio, closingRatio, minimumSeconds },
      confidence: 0.8,
    });
  },
});
