import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/**
 * Noise or snow all over the picture, also where it should be flat.
 *
 * Not this: film grain and the noise of a sensor in dim light (weaker), grass, water, rain or a crowd (structure, and the flattest
 * quarter of the picture decides), a still texture (it does not renew itself), the blocks of a coder (`blockiness`).
 *
 * A coder at a low rate takes noise away before anyone sees it: then there is nothing to find.
 */
export const noise = defineDetector({
  type: "noise",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is noisy",
  standard:
    "Standard deviation from diagonal detail (Donoho and Johnstone 1994; Immerkaer 1996) in the flattest quarter of the picture; 6 levels are a signal-to-noise ratio of 31 dB over the range of 219",
  signals: ["noise.sigma", "noise.whiteness", "noise.renewal"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(1).describe("Shortest noise that counts, in seconds"),
    minimumSigma: z.number().positive().default(6).describe("Standard deviation from which noise disturbs, in levels of 8 bits"),
    hysteresis: z
      .number()
      .min(0)
      .max(1)
      .default(0.25)
      .describe("Share of that limit (0..1) by which the noise may fall below it before it is over"),
    minimumWhiteness: z
      .number()
      .min(0)
      .default(0.7)
      .describe(
        "Detail of neighbours over detail of pixels two apart (1 for white noise) from which it is noise and not texture",
      ),
    minimumRenewal: z
      .number()
      .min(0)
      .default(0.4)
      .describe("Difference to the frame before, in units of what new noise gives (1), below which it is a still texture"),
  }),

  begin: ({ minimumSeconds, minimumSigma, hysteresis, minimumWhiteness, minimumRenewal }) => {
    const isNoise = (other: (signal: string) => number): boolean =>
      other("noise.whiteness") >= minimumWhiteness && other("noise.renewal") >= minimumRenewal;
    return sustained({
      signal: "noise.sigma",
      holds: (sigma, { other }) => sigma >= minimumSigma && isNoise(other),
      keeps: (sigma, { other }) => sigma >= (1 - hysteresis) * minimumSigma && isNoise(other),
      // A repeated frame renews nothing, and a coder's keyframe may come out smoother.
      bridge: { seconds: 0.25 },
      minimumSeconds,
      measured: (held) => ({ meanSigma: held.mean, largestSigma: held.maximum }),
      threshold: { minimumSeconds, minimumSigma, minimumWhiteness, minimumRenewal },
      confidence: 0.9,
    });
  },
});
