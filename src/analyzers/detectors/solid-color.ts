import { z } from "zod";
import { defineDetector, type Judging, type Values } from "../detector.js";
import { sustained } from "../sustained.js";

/** The picture is dark enough for `black`, in levels of 8 bits above black: FFmpeg blackdetect's pix_th, a tenth of the range. */
const darkShareOfRange = 0.1;

/** Such chroma, in levels of 8 bits from neutral, is no black picture's. */
const neutralChroma = 16;

/** How far the colour may move from where it was at the start, in levels of 8 bits: a fade through white moves it further. */
const steadyLevels = 3;

/** Red, green and blue lie this far beyond 0..1 where no camera and no graphics can have made the colour. */
const impossibleExcess = 0.2;

/** Weights of red and blue in luma: ITU-R BT.601 and BT.709. */
const matrices = [
  { red: 0.299, blue: 0.114 },
  { red: 0.2126, blue: 0.0722 },
] as const;

interface Color {
  readonly luma: number;
  readonly cb: number;
  readonly cr: number;
}

/**
 * The whole picture is one colour: what a decoder or a player shows that has no picture (green, pink, grey, blue).
 *
 * A colour that no picture can hold (red, green or blue 20 % or more outside their range by either matrix, such as the green of
 * Y, Cb and Cr of 0) is a failure as soon as it is no single frame's; others may be meant so for a moment, and have to stay.
 *
 * Not this: black (`black`), a card with text or logo (`slate`), a fade through white (its luma moves), half a
 * picture of green (`block-corruption`), a sky (shading and noise).
 */
export const solidColor = defineDetector({
  type: "solid-color",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is one flat colour",
  standard:
    "Duration after FFmpeg blackdetect (d=2); range of colours from ITU-R BT.601 and BT.709, beyond the tolerance of EBU R 103; share of the picture by definition",
  signals: ["plain.solidRatio", "plain.luma", "plain.cb", "plain.cr"],

  parameters: z.object({
    minimumSeconds: z.number().positive().default(2).describe("Shortest time of one colour that counts, in seconds"),
    minimumRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.995)
      .describe("Share of the picture (0..1) that has the colour: text and logos on a card take more away"),
    minimumImpossibleSeconds: z
      .number()
      .positive()
      .default(0.2)
      .describe("The same time, in seconds, for a colour outside the range of red, green and blue"),
    minimumImpossibleRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.98)
      .describe("The same share (0..1) for such a colour: a station's logo may stand on it"),
  }),

  begin: ({ minimumSeconds, minimumRatio, minimumImpossibleSeconds, minimumImpossibleRatio }, media) => {
    const fullRange = media.video?.fullRange === true;
    const possible = watch(false, minimumSeconds, minimumRatio, fullRange);
    const impossible = watch(true, minimumImpossibleSeconds, minimumImpossibleRatio, fullRange);
    return {
      push(block, emit) {
        possible.push(block, emit);
        impossible.push(block, emit);
      },
      end(endSeconds, emit) {
        possible.end(endSeconds, emit);
        impossible.end(endSeconds, emit);
      },
    };
  },
});

function watch(isImpossible: boolean, minimumSeconds: number, minimumRatio: number, fullRange: boolean): Judging {
  let color: Color = { luma: 0, cb: 128, cr: 128 };
  return sustained({
    signal: "plain.solidRatio",
    holds: (ratio, { other, held }) => {
      const now = { luma: other("plain.luma"), cb: other("plain.cb"), cr: other("plain.cr") };
      if (ratio < minimumRatio || isBlack(now, fullRange) || isBeyondRange(now, fullRange) !== isImpossible) return false;
      if (held.samples === 0) color = now;
      return distance(now, color) <= steadyLevels;
    },
    minimumSeconds,
    measured: ({ mean }): Values => ({ meanRatio: mean, ...color }),
    threshold: { minimumSeconds, minimumRatio },
  });
}

function distance(a: Color, b: Color): number {
  return Math.max(Math.abs(a.luma - b.luma), Math.abs(a.cb - b.cb), Math.abs(a.cr - b.cr));
}

function isBlack({ luma, cb, cr }: Color, fullRange: boolean): boolean {
  const darkest = fullRange ? 255 * darkShareOfRange : 16 + 219 * darkShareOfRange;
  return luma <= darkest && Math.abs(cb - 128) <= neutralChroma && Math.abs(cr - 128) <= neutralChroma;
}

/** The colour lies so far outside of red, green and blue that it is none, by either matrix. */
function isBeyondRange({ luma, cb, cr }: Color, fullRange: boolean): boolean {
  const y = fullRange ? luma / 255 : (luma - 16) / 219;
  const chromaSpan = fullRange ? 255 : 224;
  const u = (cb - 128) / chromaSpan;
  const v = (cr - 128) / chromaSpan;
  return matrices.every(({ red, blue }) => {
    const r = y + 2 * (1 - red) * v;
    const b = y + 2 * (1 - blue) * u;
    const g = (y - red * r - blue * b) / (1 - red - blue);
    return Math.min(r, g, b) < -impossibleExcess || Math.max(r, g, b) > 1 + impossibleExcess;
  });
}
