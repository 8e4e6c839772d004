import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** Above this height the limit grows with the picture: the same lens and the same eye see twice the pixels in twice the lines. */
const referenceHeight = 1080;

/**
 * Nothing in the picture is sharp: out of focus, enlarged from a much smaller picture, or coded until the detail was gone.
 *
 * Not this: a shallow depth of field, a pan, soft clouds or fog (what is sharp decides, and a picture with few strong edges
 * says nothing), noise (`noise`), a picture enlarged by repeating pixels (`pixelation`).
 */
export const blur = defineDetector({
  type: "blur",
  version: "1.0.0",
  medium: "video",
  summary: "Nothing in the picture is sharp",
  standard:
    "Edge width as in Marziliano et al. 2002 and FFmpeg blurdetect, at the sharpest fifth of the edges; Ferzli and Karam 2009: a width of 3 pixels at contrasts above 50 is just noticed",
  signals: ["sharpness.edgeWidthPixels", "sharpness.edgeShare"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest blur that counts, in seconds"),
    minimumWidthPixels: z
      .number()
      .positive()
      .default(4.75)
      .describe("Width of the sharpest edges, in pixels of a picture of up to 1080 lines, from which nothing looks sharp"),
    hysteresisPixels: z
      .number()
      .min(0)
      .default(0.5)
      .describe("How much narrower, in pixels, the edges may become before the blur is over"),
    minimumEdgeShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.01)
      .describe("Share of the picture (0..1) that must hold strong edges: fog and clear skies hold none"),
  }),

  begin: ({ minimumSeconds, minimumWidthPixels, hysteresisPixels, minimumEdgeShare }, { video }) => {
    const lines = video === undefined ? referenceHeight : Math.min(video.width, video.height);
    const limit = minimumWidthPixels * Math.max(1, lines / referenceHeight);
    return sustained({
      signal: "sharpness.edgeWidthPixels",
      holds: (width, { other }) => width >= limit && other("sharpness.edgeShare") >= minimumEdgeShare,
      keeps: (width) => width >= limit - hysteresisPixels,
      // A picture flashes up, or a scene begins sharp for a few frames.
      bridge: { seconds: 0.2 },
      minimumSeconds,
      measured: (held) => ({ meanWidthPixels: held.mean }),
      threshold: { minimumSeconds, minimumWidthPixels: limit, minimumEdgeShare },
      confidence: 0.8,
    });
  },
});
