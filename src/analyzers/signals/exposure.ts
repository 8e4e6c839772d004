import { defineStillMeasurer } from "../measurer.js";
import { type ActiveCells, activeCells } from "./active-cells.js";
import { lumaRange } from "./luma.js";

/** Steps of the histogram of cells between black and white; what lies beyond falls into the outermost. */
const steps = 256;

/** How close to white a burnt cell lies, as a share of the range, and how little detail it has, in levels of 8 bits. */
const closeShare = 0.04;
const flatDeviation = 2;

/** The variance of a cell that is black and white alone is (white - mean)(mean - black): tones have less than this share of it. */
const largestToneVariance = 0.25;
/** What is drawn has none, or less than this much, in squared levels of 8 bits. */
const smallestToneVariance = 1;

/** How light and dark are spread over the picture, in cells of 16x16 samples, black bars left out. */
export const exposure = defineStillMeasurer({
  name: "exposure",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "exposure.shadow": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Luma that a twentieth of the picture lies below: 0 is black, 1 is white",
    },
    "exposure.median": { unit: "ratio", range: [0, 1], meaning: "Luma that half the picture lies below: 0 is black, 1 is white" },
    "exposure.highlight": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Luma that a hundredth of the picture lies above: 0 is black, 1 is white",
    },
    "exposure.burntRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture that is at or above white and has no detail",
    },
    "exposure.toneRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of what is not burnt that has detail in tones: neither drawn flat, nor of black and white alone as writing is",
    },
  },
  begin: () => {
    const histogram = new Uint32Array(steps);

    /** Where a share of `count` cells lies at or below, 0..1. */
    function quantile(share: number, count: number): number {
      let below = 0;
      for (let step = 0; step < steps; step++) {
        below += histogram[step] ?? 0;
        if (below > share * count) return step / (steps - 1);
      }
      return 1;
    }

    return (measured, write) => {
      const area = activeCells(measured);
      const { count } = area;
      if (count === 0) return;
      const { bitDepth, fullRange } = measured.frame;
      const { burnt, tones } = countCells(area, lumaRange(bitDepth, fullRange), 2 ** (bitDepth - 8), histogram);
      write("exposure.shadow", quantile(0.05, count));
      write("exposure.median", quantile(0.5, count));
      write("exposure.highlight", quantile(0.99, count));
      write("exposure.burntRatio", burnt / count);
      write("exposure.toneRatio", tones / Math.max(1, count - burnt));
    };
  },
});

/** How many cells are burnt, and how many have tones; counts all of them in the histogram. */
function countCells(
  { luma, samples, left, top, right, bottom }: ActiveCells,
  { black, white }: ReturnType<typeof lumaRange>,
  scale: number,
  histogram: Uint32Array,
): { readonly burnt: number; readonly tones: number } {
  const { sums, squares, columns } = luma;
  const range = white - black;
  const flattest = smallestToneVariance * scale * scale;
  const maximumVariance = (flatDeviation * scale) ** 2;
  let burnt = 0;
  let tones = 0;
  histogram.fill(0);
  for (let row = top; row < bottom; row++) {
    const end = row * columns + right;
    for (let at = row * columns + left; at < end; at++) {
      const mean = (sums[at] ?? 0) / samples;
      const level = (mean - black) / range;
      const step = level <= 0 ? 0 : level >= 1 ? steps - 1 : (level * (steps - 1) + 0.5) | 0;
      histogram[step] = (histogram[step] ?? 0) + 1;
      const variance = (squares[at] ?? 0) / samples - mean * mean;
      if (level >= 1 - closeShare && variance <= maximumVariance) burnt++;
      else if (variance > flattest && variance < largestToneVariance * (white - mean) * (mean - black)) tones++;
    }
  }
  return { burnt, tones };
}
