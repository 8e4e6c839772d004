import { definePictureMeasurer } from "../measurer.js";
import type { CellMeans } from "./cell-means.js";
import { lumaRange } from "./luma.js";

/** Cells count from this far above black and below white, in levels of 8 bits: clipped ones hide what the light does. */
const marginLevels = 8;

/** A quarter of the picture is judged where this share of its cells counts. */
const minimumShare = 0.25;
const minimumCells = 4;

/**
 * So large a share of the cells has to have gone the same way. Light takes all of them along, but a coder leaves some as they were,
 * and what moves goes both ways; before a camera that shakes no more than half agree.
 */
const agreeingShare = 0.625;

/** Changes are sorted into bins this wide, up to half of the light more or less. */
const binWidth = 0.0005;
const largestChange = 0.5;
const binCount = 2 * Math.round(largestChange / binWidth) + 1;

const change = (place: string) => ({
  unit: "ratio",
  range: [-largestChange, largestChange] as const,
  meaning: `By how much the light changed from the frame before, as a share: median of luma above black over the cells of the ${place} quarter of the picture; 0 where not five eighths of them went the same way, as when things move`,
});

/**
 * How the light of the picture changes. A median over cells, so that things which move do not count; by quarters from top to
 * bottom, since a rolling shutter under mains light shows bands that wander while the whole stays as bright as it was.
 */
export const flickerChanges = definePictureMeasurer({
  name: "flicker",
  needs: "any",
  lookbackSeconds: 0.5,
  provides: {
    "flicker.firstChange": change("first (top)"),
    "flicker.secondChange": change("second"),
    "flicker.thirdChange": change("third"),
    "flicker.fourthChange": change("fourth (bottom)"),
  },
  begin: () => {
    const histogram = new Uint16Array(binCount);
    return (measured, write) => {
      const means = measured.cellMeans();
      if (means === undefined) return;
      const { black, white } = lumaRange(8, measured.frame.fullRange);
      for (const [quarter, name] of quarters.entries()) {
        const median = medianChange(means, quarter, black, white, histogram);
        if (median !== undefined) write(name, median);
      }
    };
  },
});

const quarters = ["flicker.firstChange", "flicker.secondChange", "flicker.thirdChange", "flicker.fourthChange"] as const;

function medianChange(
  { columns, rows, now, before }: CellMeans,
  quarter: number,
  black: number,
  white: number,
  histogram: Uint16Array,
): number | undefined {
  const start = Math.floor((rows * quarter) / quarters.length) * columns;
  const end = Math.floor((rows * (quarter + 1)) / quarters.length) * columns;
  const middle = (binCount - 1) / 2;
  const brightest = white - black - marginLevels;
  let lowest = binCount;
  let count = 0;
  histogram.fill(0);
  for (let at = start; at < end; at++) {
    const light = (now[at] ?? 0) - black;
    const lightBefore = (before[at] ?? 0) - black;
    if (light < marginLevels || lightBefore < marginLevels || light > brightest || lightBefore > brightest) continue;
    const share = (2 * (light - lightBefore)) / (light + lightBefore);
    const bin = Math.round(Math.max(-largestChange, Math.min(largestChange, share)) / binWidth) + middle;
    histogram[bin] = (histogram[bin] ?? 0) + 1;
    if (bin < lowest) lowest = bin;
    count++;
  }
  if (count < minimumCells || count < minimumShare * (end - start)) return undefined;
  const lower = binAt(histogram, lowest, (1 - agreeingShare) * count) - middle;
  const upper = binAt(histogram, lowest, agreeingShare * count) - middle;
  return lower * upper > 0 ? (binAt(histogram, lowest, count / 2) - middle) * binWidth : 0;
}

/** The bin up to which the histogram, empty before `first`, holds this many. */
function binAt(histogram: Uint16Array, first: number, rank: number): number {
  let below = 0;
  for (let bin = first; bin < histogram.length; bin++) {
    below += histogram[bin] ?? 0;
    if (below >= rank) return bin;
  }
  return histogram.length - 1;
}
