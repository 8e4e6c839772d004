import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** Chroma so far from neutral, in levels of 8 bits, is no black's, however dark its luma: blue screens, Y, Cb and Cr of 0. */
const blackChroma = 40;

/**
 * Nearly every pixel of the picture is at or near black, for longer than a cut or a fade needs.
 *
 * Not this: a dark scene (its lights keep `luma.darkRatio` below the limit), a screen of one
 * other colour (`solid-color`), no frames at all (`stall`).
 *
 * Like blackdetect, and right where it is not: a black that lasts to the end of the media ends there, not a
 * frame early, and none lasts across a gap in the source. A blue or green screen, dark by its luma alone, is not black.
 */
export const black = defineDetector({
  type: "black",
  version: "1.1.0",
  medium: "video",
  summary: "The picture is black",
  standard: "FFmpeg blackdetect: d=2, pic_th=0.98, pix_th=0.10 of the luma range",
  ebuQcItem: "0272B",
  signals: ["luma.darkRatio", "plain.cb", "plain.cr"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest black that counts, in seconds"),
    minimumDarkRatio: z.number().min(0).max(1).default(0.98).describe("Share of dark pixels (0..1) that makes a frame black"),
  }),

  begin: ({ minimumSeconds, minimumDarkRatio }) =>
    sustained({
      signal: "luma.darkRatio",
      holds: (darkRatio, { other }) => {
        const isColored = Math.max(Math.abs(other("plain.cb") - 128), Math.abs(other("plain.cr") - 128)) > blackChroma;
        return darkRatio >= minimumDarkRatio && !isColored;
      },
      minimumSeconds,
      measured: (held) => ({ meanDarkRatio: held.mean }),
      threshold: { minimumSeconds, minimumDarkRatio },
    }),
});
