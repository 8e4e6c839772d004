import { defineStillMeasurer } from "../measurer.js";
import { colorFactors, colorMatrixOf } from "./color-matrix.js";

/** EBU R 103 v3, table of preferred ranges, 10 bit; 5 and 246 of 8 bit are the same levels. */
const lowestLevel = 20;
const highestLevel = 984;

/**
 * How much of the picture lies outside the levels that limited-range television tolerates, in luma, R, G or B. Measured on
 * means of 2x2 samples, as overshoots of single ones do not count; not on pictures of full range, which have no such levels.
 */
export const gamut = defineStillMeasurer({
  name: "gamut",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "gamut.outsideRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of a limited-range picture whose luma, R, G or B lies outside 5..246 (8 bit), 20..984 (10 bit), filtered",
    },
    "gamut.belowRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of a limited-range picture with luma, R, G or B below 5 (8 bit)",
    },
    "gamut.aboveRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of a limited-range picture with luma, R, G or B above 246 (8 bit)",
    },
  },
  begin: ({ media: { video }, kernels }) => {
    const factors = colorFactors(video === undefined ? "bt709" : colorMatrixOf(video), false);
    return ({ frame }, write) => {
      if (frame.fullRange) return;
      const { blocks, outside, below, above } = kernels.countOutside(
        frame.planes,
        frame.bitDepth,
        factors,
        lowestLevel,
        highestLevel,
      );
      if (blocks === 0) return;
      write("gamut.outsideRatio", outside / blocks);
      write("gamut.belowRatio", below / blocks);
      write("gamut.aboveRatio", above / blocks);
    };
  },
});
