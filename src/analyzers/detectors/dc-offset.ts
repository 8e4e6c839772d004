import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sideBySide, sustained } from "../sustained.js";

/** `dc.offsetRatio` looks back over so many seconds. */
const lookbackSeconds = 0.5;

/**
 * The sound does not swing about 0 but about another level: a converter or an analog stage adds a constant. It takes
 * headroom, and each edit clicks.
 *
 * Not this: deep notes and rumble, whose mean changes its sign.
 */
export const dcOffset = defineDetector({
  type: "dc-offset",
  version: "1.0.0",
  medium: "audio",
  summary: "The sound has a DC offset",
  standard: "FFmpeg astats, DC offset (mean of the samples); 1 % of full scale (-40 dBFS), above what 16-bit converters leave",
  signals: ["dc.offsetRatio", "dc.channel"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest offset that counts, in seconds"),
    minimumOffsetRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.01)
      .describe("Offset that counts, as a share of full scale (0..1); 0.01 is -40 dBFS"),
    closingOffsetRatio: z
      .number()
      .positive()
      .max(1)
      .default(0.007)
      .describe("It lasts until the offset is below this share of full scale (0..1)"),
  }),

  begin: ({ minimumSeconds, minimumOffsetRatio, closingOffsetRatio }) => {
    const offset = (sign: 1 | -1) => {
      let channel = 0;
      return sustained({
        signal: "dc.offsetRatio",
        holds: (ratio, { other, held }) => {
          const holds = sign * ratio >= minimumOffsetRatio;
          if (holds && held.samples === 0) channel = other("dc.channel");
          return holds;
        },
        keeps: (ratio) => sign * ratio >= closingOffsetRatio,
        minimumSeconds,
        // The mean over the last moments reaches a new offset in a straight line.
        earlierSeconds: ({ mean }) => (lookbackSeconds * minimumOffsetRatio) / Math.abs(mean),
        measured: (held) => ({ offsetRatio: held.mean, channel }),
        threshold: { minimumSeconds, minimumOffsetRatio },
      });
    };
    return sideBySide(offset(1), offset(-1));
  },
});
