import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Smooth gradients (skies, walls, fades) show steps: too few levels, or a coder that takes away what hid them.
 *
 * Not this: grain or dither over a gradient (no place is perfectly flat), drawn areas of nearly the same colour and striped
 * lists (their steps are few, or go to and fro), texture, edges (steps of more than 8 levels).
 *
 * CAMBI counts, around each flat pixel, how many others differ by a few levels; here steps between flat blocks are counted by
 * direction, which costs a hundredth and asks for bands at least 12 samples wide. Its measure of what is seen (a step of 1.9 % of
 * luminance) and its largest step (8 levels of 8 bits) are kept.
 */
export const banding = defineDetector({
  type: "banding",
  version: "1.0.0",
  medium: "video",
  summary: "Gradients show bands",
  standard:
    "After CAMBI (Tandon et al., PCS 2021; Netflix libvmaf: tvi_threshold 0.019, max_log_contrast 5); share of the picture our own",
  signals: ["banding.ratio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest banding that counts, in seconds"),
    minimumRatio: z.number().min(0).max(1).default(0.25).describe("Share of the picture (0..1) that shows bands, at least"),
    bridgeSeconds: z.number().min(0).default(1).describe("Interruptions up to this length are looked over, in seconds"),
  }),

  begin: ({ minimumSeconds, minimumRatio, bridgeSeconds }) =>
    sustained({
      signal: "banding.ratio",
      holds: (ratio) => ratio >= minimumRatio,
      minimumSeconds,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ meanRatio: held.mean, maximumRatio: held.maximum }),
      threshold: { minimumSeconds, minimumRatio },
      confidence: 0.7,
    }),
});
