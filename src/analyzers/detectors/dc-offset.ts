import { z } from "zod";
import { defineDetector } from "../detector.js";
import { type Held, sideBySide, sustained } from "../sustained.js";

/** `dc.offsetRatio` looks back over so many seconds. */
const lookbackSeconds = 0.5;

const signals = ["dc.offsetRatio", "dc.channel"];

/**
 * The sound does not swing about 0 but about another level: a converter or an analog stage adds a constant. It takes
 * headroom, and each edit clicks.
 *
 * Not this: deep notes and rumble, whose mean over half a second changes.
 */
export const dcOffset = defineDetector({
  type: "dc-offset",
  version: "1.0.0",
  medium: "audio",
  summary: "The sound has a DC offset",
  standard: "FFmpeg astats, DC offset (mean of the samples); 1 % of full scale (-40 dBFS), above what 16-bit converters leave",
  signals,

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest offset that counts, in seconds"),
    minimumOffsetRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.01)
      .describe("Offset that counts, as a share of full scale (0..1); 0.01 is -40 dBFS"),
    maximumChange: z
      .number()
      .positive()
      .default(0.4)
      .describe("It is one constant, which changes by no more than this share of its mean so far; rumble changes by more"),
  }),

  begin: ({ minimumSeconds, minimumOffsetRatio, maximumChange }) => {
    const offset = (sign: 1 | -1) => {
      let channel = 0;
      let first = 0;
      const isSteady = (ratio: number, { mean }: Held) => Math.abs(ratio - mean) <= maximumChange * Math.abs(mean);
      return sustained({
        signal: "dc.offsetRatio",
        holds: (ratio, { other, held }) => {
          if (sign * ratio < minimumOffsetRatio) return false;
          if (held.samples > 0) return isSteady(ratio, held);
          channel = other("dc.channel");
          first = ratio;
          return true;
        },
        keeps: (ratio, { held }) => isSteady(ratio, held),
        minimumSeconds,
        // The mean over the last moments reaches a new offset in a straight line.
        earlierSeconds: ({ mean }) => lookbackSeconds * Math.min(1, first / mean),
        measured: (held) => ({ offsetRatio: held.mean, channel }),
        threshold: { minimumSeconds, minimumOffsetRatio, maximumChange },
      });
    };
    return sideBySide(signals, offset(1), offset(-1));
  },
});
