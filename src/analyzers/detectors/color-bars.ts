import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Colour bars fill the picture: yellow, cyan, green, magenta, red and blue side by side, whatever stands left, right and below them.
 *
 * SMPTE and ARIB bars for HD have the six in seven twelfths of the height and nine fourteenths of the width, SMPTE bars for SD in two thirds of
 * the height, EBU and full-field bars in all of it; letterboxed ones have three quarters of that. Text and a clock in the bars may
 * take rows away. A tone beside them is `tone`.
 *
 * Not this: bars on a screen within the scene, flags, a rainbow (other hues, another order), test cards with other
 * patterns than bars.
 */
export const colorBars = defineDetector({
  type: "color-bars",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is colour bars",
  standard:
    "Bars of SMPTE RP 219 and ARIB STD-B28 (HD), SMPTE EG 1 (SD), EBU 100/0/75/0 and 100/0/100/0 (ITU-R BT.471), by order of hues; hues of ITU-R BT.601 and BT.709",
  signals: ["bars.ratio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(1).describe("Shortest time of colour bars that counts, in seconds"),
    minimumRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.35)
      .describe("Share of the picture's rows (0..1) that show bars from which on it is colour bars"),
  }),

  begin: ({ minimumSeconds, minimumRatio }) =>
    sustained({
      signal: "bars.ratio",
      holds: (ratio) => ratio >= minimumRatio,
      minimumSeconds,
      bridge: { seconds: 0.2 },
      measured: ({ mean }) => ({ meanRatio: mean }),
      threshold: { minimumSeconds, minimumRatio },
    }),
});
