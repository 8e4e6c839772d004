import { definePictureMeasurer } from "../measurer.js";

/** Where dark ends: ffmpeg blackdetect's default `pix_th`, a share of the luma range. */
const darkShareOfRange = 0.1;

/** How bright the picture is: levels on the scale of 8 bits, whatever its depth. */
export const luma = definePictureMeasurer({
  name: "luma",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "luma.mean": { unit: "level", range: [0, 255], meaning: "Mean luma of the picture, on the scale of 8 bits" },
    "luma.minimum": { unit: "level", range: [0, 255], meaning: "Smallest luma of the picture, on the scale of 8 bits" },
    "luma.maximum": { unit: "level", range: [0, 255], meaning: "Largest luma of the picture, on the scale of 8 bits" },
    "luma.darkRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of pixels whose luma lies in the lowest tenth of its range, as ffmpeg's blackdetect counts them",
    },
  },
  begin: () => (measured, write) => {
    const { width, height, bitDepth } = measured.frame;
    const pixels = width * height;
    const scale = 2 ** (bitDepth - 8);
    const { sum, darkSamples, minimum, maximum } = measured.luma();
    write("luma.mean", sum / pixels / scale);
    write("luma.minimum", minimum / scale);
    write("luma.maximum", maximum / scale);
    write("luma.darkRatio", darkSamples / pixels);
  },
});

/** Luma of black and of white: ITU-R BT.709 and BT.2100 for limited range, all of the scale for full range. */
export function lumaRange(bitDepth: number, fullRange: boolean): { readonly black: number; readonly white: number } {
  if (fullRange) return { black: 0, white: 2 ** bitDepth - 1 };
  const scale = 2 ** (bitDepth - 8);
  return { black: 16 * scale, white: 235 * scale };
}

/** The largest luma that counts as dark. Like blackdetect's, the limit is rounded down: 37 at 8 bit limited, 25 at full range. */
export function darkLimit(bitDepth: number, fullRange: boolean): number {
  const { black, white } = lumaRange(bitDepth, fullRange);
  return Math.floor(black + darkShareOfRange * (white - black));
}
