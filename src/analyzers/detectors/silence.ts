import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * All channels of a track stay below a level that nobody hears, for longer than a pause needs.
 *
 * Not this: one silent channel of several (`channel-missing`), a short loss inside running sound (`dropout`), a track
 * that ends before the picture (`duration-mismatch`).
 *
 * Like silencedetect on the whole mix, but on windows of 10 ms where it looks at each sample: a silence that does
 * not fall on the windows is up to 20 ms shorter here. One that lasts to the end of the media ends there.
 */
export const silence = defineDetector({
  type: "silence",
  version: "1.0.0",
  medium: "audio",
  summary: "There is no sound",
  standard: "FFmpeg silencedetect: noise=0.001 (-60 dB), duration=2, mono=0; in windows of 10 ms, so up to 20 ms shorter",
  signals: ["audio.peakRatio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest silence that counts, in seconds"),
    maximumPeakRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.001)
      .describe("Peaks below this share of full scale (0..1) are silence; 0.001 is -60 dBFS"),
  }),

  begin: ({ minimumSeconds, maximumPeakRatio }) =>
    sustained({
      signal: "audio.peakRatio",
      // Stricter than "at most": silencedetect counts a sample that reaches the level as sound.
      holds: (peakRatio) => peakRatio < maximumPeakRatio,
      minimumSeconds,
      measured: (held) => ({ maximumPeakRatio: held.maximum }),
      threshold: { minimumSeconds, maximumPeakRatio },
    }),
});
