import { defineStillMeasurer } from "../measurer.js";
import { lumaRange } from "./luma.js";

/**
 * Spatial and temporal information: how hard a picture is to code. Luma of limited range is stretched to 0..255 first, as
 * siti-tools and ffmpeg's siti filter do; those also clamp and round it, and siti leaves 10 bit on its own scale.
 */
export const information = defineStillMeasurer({
  name: "information",
  needs: "native",
  lookbackSeconds: 0.5,
  provides: {
    "si.value": {
      unit: "level",
      range: [0, 1020],
      meaning:
        "Spatial information (ITU-T P.910): standard deviation of the length of Sobel's gradient of luma, on the scale of 8 bit full range; of high pictures every so manieth row",
    },
    "ti.value": {
      unit: "level",
      range: [0, 255],
      meaning:
        "Temporal information (ITU-T P.910): standard deviation of the difference of luma to the frame before, on the scale of 8 bit full range",
    },
  },
  begin: ({ kernels }) => {
    return ({ frame, previous }, write) => {
      const [plane] = frame.planes;
      if (plane === undefined) return;
      const sums = kernels.measureInformation(plane, previous?.planes[0], frame.bitDepth);
      const { black, white } = lumaRange(8, frame.fullRange);
      const stretch = 255 / (white - black);
      if (sums.gradientCount > 0) {
        write("si.value", stretch * deviation(sums.gradients, sums.gradientSquares, sums.gradientCount));
      }
      if (previous !== undefined) {
        write("ti.value", stretch * deviation(sums.differences, sums.differenceSquares, sums.differenceCount));
      }
    };
  },
});

/** Standard deviation of a whole population. */
function deviation(sum: number, squares: number, count: number): number {
  return Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2));
}
