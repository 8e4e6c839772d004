import type { VideoTrack } from "../../decoder/index.js";
import type { ColorFactors } from "../kernels/index.js";

/** Shares of red and blue in luma. ITU-R BT.601 (2.5.1), BT.709 (3.2), BT.2020 (table 4), FCC and SMPTE 240M as in ITU-T H.273 table 4. */
const lumaShares = {
  bt601: { red: 0.299, blue: 0.114 },
  bt709: { red: 0.2126, blue: 0.0722 },
  bt2020: { red: 0.2627, blue: 0.0593 },
  fcc: { red: 0.3, blue: 0.11 },
  smpte240m: { red: 0.212, blue: 0.087 },
} as const;

export type Matrix = keyof typeof lumaShares;

const byName: Readonly<Record<string, Matrix>> = {
  bt709: "bt709",
  smpte170m: "bt601",
  bt470bg: "bt601",
  bt2020nc: "bt2020",
  bt2020c: "bt2020",
  fcc: "fcc",
  smpte240m: "smpte240m",
};

/**
 * Which matrix a picture track is coded with: the declared one, else what players take it for: BT.709 from 1280 samples of
 * width or more than 576 lines on, BT.601 below.
 */
export function colorMatrixOf({ colorMatrix, width, height }: Pick<VideoTrack, "colorMatrix" | "width" | "height">): Matrix {
  const declared = byName[colorMatrix ?? ""];
  if (declared !== undefined) return declared;
  return width >= 1280 || height > 576 ? "bt709" : "bt601";
}

/**
 * What chroma adds to R, G, B in code values: the equations of BT.709 (3.2 and 3.4) and its like, solved for R, G, B. In limited
 * range luma has 219 steps and chroma 224, in full range both have as many.
 */
export function colorFactors(matrix: Matrix, fullRange: boolean): ColorFactors {
  const { red, blue } = lumaShares[matrix];
  const green = 1 - red - blue;
  const scale = fullRange ? 1 : 219 / 224;
  const toRed = 2 * (1 - red) * scale;
  const toBlue = 2 * (1 - blue) * scale;
  return { toRed, toBlue, fromGreenBlue: (toBlue * blue) / green, fromGreenRed: (toRed * red) / green };
}
