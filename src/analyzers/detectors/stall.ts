import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * The source delivered nothing for a while, by the wall clock, and went on after it.
 *
 * Not this: pictures that come and do not change (`freeze`), media whose own times leave some out (`timestamp-gap`), a source
 * that never goes on: that ends the job, or makes the media incomplete.
 */
export const stall = defineDetector({
  type: "stall",
  version: "1.0.0",
  medium: "stream",
  summary: "The source delivered nothing for a while",
  standard:
    "Wall clock between two frames or runs of sound, without the time in which we ourselves were busy; 5 s is what a player's buffer holds at most (RFC 8216, section 6.3.3: three target durations of short segments)",
  signals: ["source.waitSeconds"],

  parameters: z.object({
    minimumWaitSeconds: z.number().positive().default(5).describe("Shortest wait, in seconds of wall clock, that counts"),
    lostSeconds: z
      .number()
      .min(2)
      .max(3600)
      .default(20)
      .describe("Of a live source: after so long without media it is told while it lasts, and the source is connected anew"),
    bridgeSeconds: z.number().min(0).default(1).describe("Waits with at most so much media between them are one stall"),
  }),

  begin: ({ minimumWaitSeconds, bridgeSeconds }) =>
    sustained({
      signal: "source.waitSeconds",
      holds: (waitSeconds) => waitSeconds >= minimumWaitSeconds,
      minimumSeconds: 0,
      startsAtSampleBefore: true,
      bridge: { seconds: bridgeSeconds },
      measured: (held) => ({ waitSeconds: held.sum, longestWaitSeconds: Math.max(0, held.maximum) }),
      threshold: { minimumWaitSeconds },
    }),
});
