import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sideBySide, sustained } from "../sustained.js";

const signals = ["exposure.shadow", "exposure.median", "exposure.highlight", "exposure.burntRatio", "exposure.toneRatio"];

/**
 * The picture is overexposed or underexposed: the camera lets in too much or too little light, or the gain is wrong.
 *
 * All of the histogram lies at one end. Overexposed: the shadows are light, half the picture is nearly white and much of it is
 * burnt out, without detail; or nothing is dark any more. Underexposed: the highlights are dark.
 *
 * Not this: a night scene with lamps (its highlights are light), a white page or screen (writing has no tones between black and
 * white, what is drawn no detail), a black picture (`black`). A night without lamps looks like an underexposed camera, and snow in fog like an overexposed
 * one: what was meant cannot be measured, hence the confidence.
 */
export const exposure = defineDetector({
  type: "exposure",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is over- or underexposed",
  standard:
    "No standard sets limits: all of the luma histogram at one end of the range. Judged by shadows, median and highlights (5, 50, 99 % of the picture)",
  signals,

  parameters: z.object({
    minimumSeconds: z.number().positive().default(4).describe("Shortest wrong exposure that counts, in seconds"),
    minimumBurntRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe("Share of an overexposed picture (0..1) that is white without detail, at least"),
    minimumOverexposedMedian: z
      .number()
      .min(0)
      .max(1)
      .default(0.85)
      .describe("Luma (0 black, 1 white) that half of an overexposed picture reaches, at least"),
    minimumOverexposedShadow: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe("Luma (0 black, 1 white) that all but a twentieth of an overexposed picture reaches, at least"),
    minimumWashedOutShadow: z
      .number()
      .min(0)
      .max(1)
      .default(0.6)
      .describe("The same for a picture that need not be burnt: nothing in it is dark any more"),
    minimumToneRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe("Share (0..1) of what is not burnt that has tones and detail, at least: pages and screens have less"),
    maximumUnderexposedHighlight: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .describe("Luma (0 black, 1 white) that no more than a hundredth of an underexposed picture exceeds"),
    maximumUnderexposedMedian: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe("Luma (0 black, 1 white) that half of an underexposed picture stays below"),
    minimumContrast: z
      .number()
      .min(0)
      .max(1)
      .default(0.06)
      .describe("From shadows to highlights of an underexposed picture (0..1), at least: a dark card is none"),
  }),

  begin: ({
    minimumSeconds,
    minimumBurntRatio,
    minimumOverexposedMedian,
    minimumOverexposedShadow,
    minimumWashedOutShadow,
    minimumToneRatio,
    maximumUnderexposedHighlight,
    maximumUnderexposedMedian,
    minimumContrast,
  }) => {
    const bridge = { seconds: 1 };
    const confidence = 0.6;
    const over = sustained({
      signal: "exposure.burntRatio",
      holds: (burnt, { other }) =>
        other("exposure.shadow") >= (burnt >= minimumBurntRatio ? minimumOverexposedShadow : minimumWashedOutShadow) &&
        other("exposure.median") >= minimumOverexposedMedian &&
        other("exposure.toneRatio") >= minimumToneRatio,
      minimumSeconds,
      bridge,
      measured: (held) => ({ meanBurntRatio: held.mean }),
      threshold: {
        minimumSeconds,
        minimumBurntRatio,
        minimumOverexposedMedian,
        minimumOverexposedShadow,
        minimumWashedOutShadow,
        minimumToneRatio,
      },
      confidence,
    });
    const under = sustained({
      signal: "exposure.highlight",
      holds: (highlight, { other }) =>
        highlight <= maximumUnderexposedHighlight &&
        other("exposure.median") <= maximumUnderexposedMedian &&
        highlight - other("exposure.shadow") >= minimumContrast,
      minimumSeconds,
      bridge,
      measured: (held) => ({ meanHighlight: held.mean }),
      threshold: { minimumSeconds, maximumUnderexposedHighlight, maximumUnderexposedMedian, minimumContrast },
      confidence,
    });
    return sideBySide(signals, over, under);
  },
});
