import { defineStillMeasurer } from "../measurer.js";
import { edgeWidth } from "./edge-width.js";
import { lumaOfOneMoment } from "./field.js";
import { flatNoise } from "./flat-noise.js";
import { bytesPerSample } from "./frame-passes.js";

/** How sharp the picture is where it is sharpest, and how noisy where it is flattest. */
export const detail = defineStillMeasurer({
  name: "detail",
  needs: "native",
  // The differences reach back one frame.
  lookbackSeconds: 0.5,
  provides: {
    "sharpness.edgeWidthPixels": {
      unit: "pixels",
      range: [2, 12],
      meaning:
        "Distance from 10 to 90 % of the rise that all but the sharpest fifth of the strong luma edges exceed, in pixels of the coded frame (lines of a field across interlaced edges); not measured where there are too few edges",
    },
    "sharpness.edgeShare": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture, in cells of 16 pixels by 4 sampled rows, that holds a strong luma edge",
    },
    "noise.sigma": {
      unit: "level",
      range: [0, 255],
      meaning: "Standard deviation of the luma in the flattest quarter of the picture, on the scale of 8 bits",
    },
    "noise.whiteness": {
      unit: "ratio",
      range: [0, 4],
      meaning: "Detail of neighbouring pixels over detail of pixels two apart, there: 1 for white noise, less for structure",
    },
    "noise.renewal": {
      unit: "ratio",
      range: [0, 100],
      meaning: "Difference to the frame before, there, over that of noise which is new in each frame: 1 for such noise",
    },
  },
  begin:
    ({ kernels }) =>
    ({ frame, previous }, write) => {
      const plane = lumaOfOneMoment(frame);
      if (plane === undefined) return;
      const before = previous && lumaOfOneMoment(previous);
      const measured = kernels.measureDetail(plane, before, bytesPerSample(frame.bitDepth));
      if (measured.cells === 0) return;
      const { widthPixels, edgeShare } = edgeWidth(measured, frame.bitDepth);
      write("sharpness.edgeWidthPixels", widthPixels);
      write("sharpness.edgeShare", edgeShare);
      const { sigma, whiteness, renewal } = flatNoise(measured, frame.bitDepth);
      write("noise.sigma", sigma);
      write("noise.whiteness", whiteness);
      if (before !== undefined) write("noise.renewal", renewal);
    },
});
