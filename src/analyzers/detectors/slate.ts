import { z } from "zod";
import { defineDetector } from "../detector.js";
import { sustained } from "../sustained.js";

/** Of the cells with hard edges so many may change: a clock or a countdown does, while the rest of the card stands. */
const mostMovingOfSharp = 0.25;

/** Cells with hard edges that a word takes at least; what has fewer is a field of one colour. */
const leastSharpRatio = 0.002;

/** Cells with hard edges that text on a card takes at most: pages full of text have more. */
const mostSharpRatio = 0.4;

/** How far the colour of the ground may move, in levels of 8 bits from where it began: a fade moves it further. */
const steadyLevels = 4;

/** How sure a picture can tell that a still card is one by design and not a slide or a page: not very. */
const confidence = 0.6;

/**
 * A card stands there instead of programme: text or a logo on a plain ground, still or with no more than a clock that runs.
 * Programme slates, "media offline", "we'll be back", countdowns.
 *
 * Not this: credits that roll (all of their text moves), pages full of text, a plain field (`solid-color`, `black`), pictures.
 * A title, a slide or a web page that stands on a plain ground for long enough is a card to any measure of the picture;
 * hence the confidence. Where such content is meant, a policy asks for longer, or switches this off.
 */
export const slate = defineDetector({
  type: "slate",
  version: "1.0.0",
  medium: "video",
  summary: "A still card stands instead of programme",
  standard: "By definition: text on a plain ground that stands still; duration as FFmpeg freezedetect's (d=2)",
  signals: ["plain.ratio", "plain.luma", "plain.sharpRatio", "plain.movingRatio"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest time that a card stands, in seconds"),
    minimumGroundRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.75)
      .describe("Share of the picture (0..1) that the one colour of the ground fills"),
    maximumMovingRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe("Share of the picture (0..1) that may move: a clock, a countdown"),
  }),

  begin: ({ minimumSeconds, minimumGroundRatio, maximumMovingRatio }) => {
    let groundLuma = 0;
    return sustained({
      signal: "plain.ratio",
      // The first picture of a card differs from the one before it all over: that it stands shows in the second.
      startsAtSampleBefore: true,
      holds: (groundRatio, { other, held }) => {
        const luma = other("plain.luma");
        const sharp = other("plain.sharpRatio");
        const moving = other("plain.movingRatio");
        if (groundRatio < minimumGroundRatio || !(sharp >= leastSharpRatio && sharp <= mostSharpRatio)) return false;
        if (moving > maximumMovingRatio || moving > mostMovingOfSharp * sharp) return false;
        if (held.samples === 0) groundLuma = luma;
        return Math.abs(luma - groundLuma) <= steadyLevels;
      },
      minimumSeconds,
      // A number that changes in a countdown, a keyframe that draws the card anew.
      bridge: { seconds: 0.2, allows: (groundRatio) => groundRatio >= minimumGroundRatio },
      measured: ({ mean }) => ({ meanGroundRatio: mean, groundLuma }),
      threshold: { minimumSeconds, minimumGroundRatio, maximumMovingRatio },
      confidence,
    });
  },
});
