import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * The whole picture is a mosaic: blocks of one colour each, from 2 pixels on, as repeated pixels or a masking filter make them.
 *
 * Not this: the block edges of a coder over detail that is still there (`blockiness`), damaged blocks (`block-corruption`), a
 * smoothly enlarged picture (`blur`), a hidden face (a part of the picture), screen recordings and drawings with flat colours.
 * A filmed game of large pixels that fills the picture is one, and has to be allowed where it is meant.
 */
export const pixelation = defineDetector({
  type: "pixelation",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is made of large pixels",
  standard:
    "Share of all luma differences that lies on the lines of one regular grid, across and down; of blocks of one colour each it is 1",
  signals: ["mosaic.gridShare", "mosaic.blockPixels", "mosaic.drawnShare"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(1).describe("Shortest pixelation that counts, in seconds"),
    minimumGridShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.36)
      .describe("Share (0..1) of the differences between neighbouring pixels that must lie on the grid's lines"),
    hysteresis: z
      .number()
      .min(0)
      .max(1)
      .default(0.08)
      .describe("How far that share may fall below the limit before the pixelation is over"),
    maximumDrawnShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.4)
      .describe("Share of the picture (0..1) in a few flat colours above which it is drawn, and its pixels are meant"),
  }),

  begin: ({ minimumSeconds, minimumGridShare, hysteresis, maximumDrawnShare }) => {
    const isFilmed = (other: (signal: string) => number): boolean => other("mosaic.drawnShare") <= maximumDrawnShare;
    return sustained({
      signal: "mosaic.gridShare",
      holds: (share, { other }) => share >= minimumGridShare && isFilmed(other),
      keeps: (share, { other }) => share >= minimumGridShare - hysteresis && isFilmed(other),
      bridge: { seconds: 0.25 },
      minimumSeconds,
      measured: (held) => ({ meanGridShare: held.mean }),
      threshold: { minimumSeconds, minimumGridShare, maximumDrawnShare },
      confidence: 0.9,
    });
  },
});
