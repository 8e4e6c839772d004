import { z } from "zod";
import { defineDetector } from "../detector.js";
import { type Held, sustained } from "../sustained.js";

/** `pair.correlation` looks back over so many seconds. */
const lookbackSeconds = 0.4;

/**
 * Left and right work against each other: in mono, or on one loudspeaker, what is common to both is lost.
 *
 * One side with its sign turned correlates with -1 where the sound was mono, and as far below 0 as it was above where
 * it was stereo.
 *
 * Not this: wide stereo, which wavers about 0.
 */
export const phase = defineDetector({
  type: "phase",
  version: "1.0.0",
  medium: "audio",
  summary: "Left and right are out of phase",
  standard: "FFmpeg aphasemeter, phasing for 2 s; by the correlation of both sides, which no standard sets a limit for",
  signals: ["pair.correlation"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest time out of phase that counts, in seconds"),
    maximumCorrelation: z
      .number()
      .min(-1)
      .max(0)
      .default(-0.4)
      .describe("Correlation of left and right (-1..1) over 0.4 s that counts as out of phase, at most"),
    bridgeSeconds: z
      .number()
      .min(0)
      .default(2)
      .describe(
        "Pauses and moments that are not so clear, but no better than uncorrelated, are looked over for so long, in seconds",
      ),
  }),

  begin: ({ minimumSeconds, maximumCorrelation, bridgeSeconds }) =>
    sustained({
      signal: "pair.correlation",
      holds: (correlation) => correlation <= maximumCorrelation,
      minimumSeconds,
      bridge: { seconds: bridgeSeconds, allows: (correlation) => correlation <= 0, unmeasured: true },
      // From as far above 0 as it lies below now, the mean over the last moments falls in a straight line.
      earlierSeconds: ({ mean }: Held) => (lookbackSeconds * (mean + maximumCorrelation)) / (2 * mean),
      measured: (held) => ({ meanCorrelation: held.mean, minimumCorrelation: held.minimum }),
      threshold: { minimumSeconds, maximumCorrelation },
      confidence: 0.9,
    }),
});
