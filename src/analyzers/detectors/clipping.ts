import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Tops of the wave are cut off: something before this was driven too far.
 *
 * As long as nothing bends them they are flat, and each one counts. After a coder they are only wider than tops that
 * nobody cut, which takes more of them to be told. Passages that follow each other closely are one defect.
 *
 * Not this: a level that goes too high and is whole (`true-peak`), square waves of games and synthesizers, sound that a
 * limiter holds down: its tops are as high as each other, and round.
 */
export const clipping = defineDetector({
  type: "clipping",
  version: "1.0.0",
  medium: "audio",
  summary: "The sound is clipped",
  standard:
    "Runs of 3 samples as in Audacity's Find Clipping, at the peak level of the moment as FFmpeg astats' flat factor; after a coder by the width of the tops, which is 0.62 for a sine",
  signals: ["clipping.tops", "clipping.plateauRatio"],

  parameters: z.object({
    minimumTops: z.number().int().positive().default(10).describe("Fewest cut tops of one passage that count"),
    minimumPlateauRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .describe("Or tops as wide as this (0..1; 0.62 is a sine, limited music lies below)"),
    maximumPlateauRatio: z.number().min(0).max(1).default(0.95).describe("But no wider (0..1): those of square waves are"),
    minimumPlateauSeconds: z.number().positive().default(0.2).describe("Shortest time with tops so wide that counts, in seconds"),
    bridgeSeconds: z.number().min(0).default(1).describe("Moments without cut tops that are looked over, in seconds"),
  }),

  begin: ({ minimumTops, minimumPlateauRatio, maximumPlateauRatio, minimumPlateauSeconds, bridgeSeconds }) => {
    let wideSeconds = 0;
    let widest = 0;
    let lastSeconds = 0;
    return sustained({
      signal: "clipping.tops",
      holds: (tops, { seconds, other, held }) => {
        if (held.samples === 0) wideSeconds = widest = 0;
        const ratio = other("clipping.plateauRatio");
        const isWide = ratio >= minimumPlateauRatio && ratio <= maximumPlateauRatio;
        if (isWide) {
          wideSeconds += Math.min(0.01, seconds - lastSeconds);
          widest = Math.max(widest, ratio);
        }
        lastSeconds = seconds;
        return tops > 0 || isWide;
      },
      minimumSeconds: 0,
      opens: (held) => held.sum >= minimumTops || wideSeconds >= minimumPlateauSeconds,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ clippedTops: held.sum, maximumPlateauRatio: widest }),
      threshold: { minimumTops, minimumPlateauRatio },
      confidence: 0.9,
    });
  },
});
