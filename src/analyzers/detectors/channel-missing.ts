import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sideBySide, sustained } from "../sustained.js";

const signals = ["pair.leftPeakRatio", "pair.rightPeakRatio"];

/**
 * Left or right of a track is dead while the other has programme: a cable, a patch or a mapping is wrong.
 *
 * It is dead while it stays below a level that nobody hears, or so far below the other that only crosstalk or a coder's
 * noise can be left of it. Pauses of the other side are looked over, as long as the dead side stays dead.
 *
 * Not this: all channels silent (`silence`). Centre, low-frequency and surround channels are not judged: a mix may leave
 * them empty for minutes. Nor are channels without a layout, which nobody can pair.
 */
export const channelMissing = defineDetector({
  type: "channel-missing",
  version: "1.0.0",
  medium: "audio",
  summary: "A channel is missing",
  standard: "FFmpeg silencedetect per channel (noise=0.001, -60 dB) while the other channel of the declared pair has programme",
  signals,

  parameters: z.object({
    minimumSeconds: z.number().positive().default(5).describe("Shortest time without the channel that counts, in seconds"),
    maximumPeakRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.001)
      .describe("Peaks of a dead channel stay below this share of full scale (0..1); 0.001 is -60 dBFS"),
    maximumShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.003)
      .describe("Or below this share (0..1) of the other channel's peak: crosstalk; 0.003 is -50 dB"),
    minimumPeakRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.02)
      .describe("Peaks of a channel that has programme reach this share of full scale (0..1); 0.02 is -34 dBFS"),
    bridgeSeconds: z.number().min(0).default(5).describe("Pauses of the other channel that are looked over, in seconds"),
  }),

  begin: ({ minimumSeconds, maximumPeakRatio, maximumShare, minimumPeakRatio, bridgeSeconds }) => {
    const dead = (channel: number, own: string, opposite: string) => {
      let loudest = 0;
      return sustained({
        signal: own,
        holds: (peak, { other, held }) => {
          const programme = other(opposite);
          const holds = programme >= minimumPeakRatio && peak < Math.max(maximumPeakRatio, maximumShare * programme);
          if (holds) loudest = held.samples === 0 ? programme : Math.max(loudest, programme);
          return holds;
        },
        minimumSeconds,
        bridge: { seconds: bridgeSeconds, allows: (peak) => peak < maximumPeakRatio },
        measured: (held) => ({ channel, maximumPeakRatio: held.maximum, otherMaximumPeakRatio: loudest }),
        threshold: { minimumSeconds, maximumPeakRatio, maximumShare, minimumPeakRatio },
      });
    };
    return sideBySide(
      signals,
      dead(0, "pair.leftPeakRatio", "pair.rightPeakRatio"),
      dead(1, "pair.rightPeakRatio", "pair.leftPeakRatio"),
    );
  },
});
