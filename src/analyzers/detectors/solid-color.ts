import { z } from "zod";
import { defineDetector, type Judging, type Values } from "../detector.js";
import { sustained } from "../sustained.js";

/** Up to this share of its range luma is dark: FFmpeg blackdetect's pix_th. */
const darkShareOfRange = 0.1;

/** Dark pixels with chroma so far from neutral, in levels of 8 bits, are no black: those of a blue screen, of Y, Cb and Cr of 0. */
const blackChroma = 40;

/** From this share of the range of luma on, and so near to neutral in levels of 8 bits, a colour is white. */
const whiteShareOfRange = 0.85;
const whiteChroma = 16;

/** How far the colour may move from where it was at the start, in levels of 8 bits: a fade through white moves it further. */
const steadyLevels = 3;

/** Red, green and blue lie this far beyond 0..1 where no camera and no graphics can have made the colour. */
const impossibleExcess = 0.2;

/** Weights of red and blue in luma: ITU-R BT.601 and BT.709. */
const matrices = [
  { red: 0.299, blue: 0.114 },
  { red: 0.2126, blue: 0.0722 },
] as const;

/** Interruptions that are looked over, in seconds, and how much of the picture still has the colour in them. */
const bridgeSeconds = 0.2;
const leastBridgedRatio = 0.95;

interface Color {
  readonly luma: number;
  readonly cb: number;
  readonly cr: number;
}

/**
 * The whole picture is one colour: what a decoder or a player shows that has no picture (green, pink, grey, blue).
 *
 * A colour that no picture can hold (red, green or blue 20 % or more outside their range by either matrix, such as the green of
 * Y, Cb and Cr of 0) is a failure as soon as it is no single frame's; others may be meant so for a moment, white for longer, and have to stay.
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
    minimumWhiteSeconds: z
      .number()
      .positive()
      .default(5)
      .describe("The same time, in seconds, for white: fades through it and pages that load are meant so"),
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

  begin: (parameters, media) => {
    const { minimumSeconds, minimumRatio, minimumWhiteSeconds, minimumImpossibleSeconds, minimumImpossibleRatio } = parameters;
    const fullRange = media.video?.fullRange === true;
    const watches = [
      watch("possible", minimumSeconds, minimumRatio, fullRange),
      watch("white", minimumWhiteSeconds, minimumRatio, fullRange),
      watch("impossible", minimumImpossibleSeconds, minimumImpossibleRatio, fullRange),
    ];
    return {
      push(block, emit) {
        for (const one of watches) one.push(block, emit);
      },
      end(endSeconds, emit) {
        for (const one of watches) one.end(endSeconds, emit);
      },
    };
  },
});

/** Fields of colours of one kind. */
function watch(kind: ColorKind, minimumSeconds: number, minimumRatio: number, fullRange: boolean): Judging {
  let color: Color = { luma: 0, cb: 128, cr: 128 };
  return sustained({
    signal: "plain.solidRatio",
    holds: (ratio, { other, held }) => {
      const now = { luma: other("plain.luma"), cb: other("plain.cb"), cr: other("plain.cr") };
      if (ratio < minimumRatio || kindOf(now, fullRange) !== kind) return false;
      if (held.samples === 0) color = now;
      return distance(now, color) <= steadyLevels;
    },
    minimumSeconds,
    // Noise at a low bit rate: now and then a frame has some blocks of other colours.
    bridge: { seconds: bridgeSeconds, allows: (ratio) => ratio >= leastBridgedRatio },
    measured: ({ mean }): Values => ({ meanRatio: mean, ...color }),
    threshold: { minimumSeconds, minimumRatio },
  });
}

/** Black is `black`'s. */
type ColorKind = "black" | "white" | "possible" | "impossible";

function kindOf(color: Color, fullRange: boolean): ColorKind {
  const share = fullRange ? color.luma / 255 : (color.luma - 16) / 219;
  const chroma = Math.max(Math.abs(color.cb - 128), Math.abs(color.cr - 128));
  if (share <= darkShareOfRange && chroma <= blackChroma) return "black";
  if (share >= whiteShareOfRange && chroma <= whiteChroma) return "white";
  return isBeyondRange(color, fullRange) ? "impossible" : "possible";
}

function distance(a: Color, b: Color): number {
  return Math.max(Math.abs(a.luma - b.luma), Math.abs(a.cb - b.cb), Math.abs(a.cr - b.cr));
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
