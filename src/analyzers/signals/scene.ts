import { definePictureMeasurer } from "../measurer.js";
import type { CellMeans } from "./cell-means.js";

const bins = 32;

/** Variance below which a picture counts as flat, in squared levels of 8 bits: it has no structure to compare. */
const flatVariance = 4;

/** A difference of this much (mean over cells, in levels of 8 bits) makes a change count in full: a fade from black begins with less. */
const fullDifference = 8;

/**
 * How much two frames look like pictures of two scenes. Two views have to agree that they do: where things are (the
 * correlation of both pictures, which a flash or a fade does not change) and which brightnesses there are (their
 * histograms, which fast motion does not change). ffmpeg's scdet has one view, the mean difference, and takes flashes and fast
 * motion for cuts.
 */
export const scene = definePictureMeasurer({
  name: "scene",
  needs: "any",
  lookbackSeconds: 0.5,
  provides: {
    "scene.score": {
      unit: "count",
      range: [0, 100],
      meaning:
        "How much this frame and the one before it look like two scenes: 100 times the geometric mean of what their luma does not correlate and what their histograms do not share",
    },
  },
  begin: () => {
    const histogram = new Float32Array(bins + 1);
    return (measured, write) => {
      const means = measured.cellMeans();
      if (means !== undefined) write("scene.score", sceneScore(means, histogram));
    };
  },
});

function sceneScore({ now, before }: CellMeans, histogram: Float32Array): number {
  const count = now.length;
  let sum = 0;
  let sumBefore = 0;
  let squares = 0;
  let squaresBefore = 0;
  let products = 0;
  let difference = 0;
  histogram.fill(0);
  for (let at = 0; at < count; at++) {
    const value = now[at] ?? 0;
    const valueBefore = before[at] ?? 0;
    sum += value;
    sumBefore += valueBefore;
    squares += value * value;
    squaresBefore += valueBefore * valueBefore;
    products += value * valueBefore;
    difference += Math.abs(value - valueBefore);
    addTo(histogram, value, 1);
    addTo(histogram, valueBefore, -1);
  }
  const covariance = products / count - (sum / count) * (sumBefore / count);
  const variance = squares / count - (sum / count) ** 2 + flatVariance;
  const varianceBefore = squaresBefore / count - (sumBefore / count) ** 2 + flatVariance;
  const unlike = 1 - Math.max(0, (covariance + flatVariance) / Math.sqrt(variance * varianceBefore));
  let unshared = 0;
  for (let bin = 0; bin <= bins; bin++) unshared += Math.abs(histogram[bin] ?? 0);
  const weight = Math.min(1, difference / count / fullDifference);
  return 100 * weight * Math.sqrt(Math.max(0, unlike) * (unshared / 2 / count));
}

/** A value counts in the two bins that it lies between, so that a slight change of brightness moves little. */
function addTo(histogram: Float32Array, level: number, amount: number): void {
  const place = Math.min(bins - 0.001, (level * bins) / 256);
  const bin = place | 0;
  const share = (place - bin) * amount;
  histogram[bin] = (histogram[bin] ?? 0) + amount - share;
  histogram[bin + 1] = (histogram[bin + 1] ?? 0) + share;
}
