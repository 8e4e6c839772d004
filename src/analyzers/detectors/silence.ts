import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** Signals of sound are of windows of this length. */
const windowSeconds = 0.01;

/**
 * All channels of a track stay below a level that nobody hears, for longer than a pause needs.
 *
 * Not this: one silent channel of several (`channel-missing`), a short loss inside running sound (`dropout`), a track
 * that ends before the picture (`duration-mismatch`).
 *
 * Like silencedetect on the whole mix, but on windows of 10 ms where it looks at each sample: a silence that does not
 * fall on the windows is up to 20 ms shorter here. Two seconds of it always fill 199 windows, so one window less counts.
 * One that lasts to the end of the media ends there. Samples that are all 0 mean that nothing is connected, and little
 * noise that a microphone is closed: `digitalZeroRatio` tells them apart.
 */
export const silence = defineDetector({
  type: "silence",
  version: "1.1.0",
  medium: "audio",
  summary: "There is no sound",
  standard: "FFmpeg silencedetect: noise=0.001 (-60 dB), duration=2, mono=0; in windows of 10 ms",
  signals: ["audio.peakRatio", "audio.zeroRatio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest silence that counts, in seconds"),
    maximumPeakRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.001)
      .describe("Peaks below this share of full scale (0..1) are silence; 0.001 is -60 dBFS"),
  }),

  begin: ({ minimumSeconds, maximumPeakRatio }) => {
    let zeroRatioSum = 0;
    return sustained({
      signal: "audio.peakRatio",
      holds: (peakRatio, { other, held }) => {
        if (held.samples === 0) zeroRatioSum = 0;
        // Stricter than "at most": silencedetect counts a sample that reaches the level as sound.
        const isSilent = peakRatio < maximumPeakRatio;
        if (isSilent) zeroRatioSum += other("audio.zeroRatio") || 0;
        return isSilent;
      },
      minimumSeconds: Math.max(windowSeconds, minimumSeconds - windowSeconds),
      measured: (held) => ({ maximumPeakRatio: held.maximum, digitalZeroRatio: zeroRatioSum / held.samples }),
      threshold: { minimumSeconds, maximumPeakRatio },
    });
  },
});
