import type { Cells, Kernels } from "../kernels/index.js";
import { type FrameToMeasure, defineStillMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";

/** Steps that count, in levels of 8 bits: smaller ones hardly show, larger ones are mostly edges of the scene. */
const smallestStep = 4;
const largestStep = 40;
/** So many lines of a side are looked at; more tell nothing new. */
const linesLookedAt = 180;
/** A picture of which less can step is not made more of. */
const leastShown = 0.25;
/** A grid of fewer lines is chance. */
const fewestLines = 6;

/**
 * Distances of a grid's lines that are looked for, in samples. Coders' blocks are 8 or 16 wide; a picture that was scaled since
 * has whole numbers or, from and to the usual sizes (480, 540, 576, 720 lines; 704, 720, 854, 960, 1280, 1440 columns), these
 * fractions.
 */
const shortestPeriod = 6;
const longestPeriod = 32;
const periods: readonly number[] = [
  ...Array.from({ length: longestPeriod - shortestPeriod + 1 }, (_, index) => shortestPeriod + index),
  ...[64 / 9, 7.5, 32 / 3, 40 / 3, 128 / 9, 64 / 3, 240 / 11, 80 / 3],
];

/** How plainly the blocks of a coder are to be seen. Scaling down takes them away, so it needs the pixels as coded. */
export const blockiness = defineStillMeasurer({
  name: "blockiness",
  needs: "native",
  lookbackSeconds: 0,
  provides: {
    "blockiness.ratio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of samples on the lines of a regular grid where the picture steps visibly between flat places, less that share beside the lines; across and down, their geometric mean",
    },
    "blockiness.columnPeriod": { unit: "pixels", range: [0, longestPeriod], meaning: "Distance of that grid's vertical lines" },
    "blockiness.rowPeriod": { unit: "pixels", range: [0, longestPeriod], meaning: "Distance of its horizontal lines" },
  },
  begin: ({ kernels }) => {
    const findGrid = openGridSearch(kernels);
    return (measured, write) => {
      const { planes, bitDepth, width, height } = measured.frame;
      const [plane] = planes;
      if (plane === undefined) return;
      const scale = 2 ** (bitDepth - 8);
      const lineStep = Math.max(1, Math.floor(Math.min(width, height) / linesLookedAt));
      const steps = { smallest: smallestStep * scale, largest: largestStep * scale };
      const profiles = kernels.measureStepProfiles(plane, bytesPerSample(bitDepth), steps, lineStep);
      const across = findGrid(profiles.columns, profiles.samplesOfColumn);
      const down = findGrid(profiles.rows, profiles.samplesOfRow);
      const ratio = Math.sqrt(across.ratio * down.ratio);
      write("blockiness.ratio", ratio === 0 ? 0 : Math.min(1, ratio / Math.max(leastShown, 1 - clippedShare(measured))));
      write("blockiness.columnPeriod", across.period);
      write("blockiness.rowPeriod", down.period);
    };
  },
});

/** Share of the picture that is plain black or white: bars, pages, skies without detail. Nothing can step there. */
function clippedShare(measured: FrameToMeasure): number {
  const cells = measured.cells();
  const whole = (cells.rows - 1) * (cells.columns - 1);
  return whole === 0 ? 0 : countClipped(cells, measured.frame) / whole;
}

function countClipped(
  { sums, squares, columns, rows, cellWidth, cellHeight }: Cells,
  { bitDepth, fullRange }: FrameToMeasure["frame"],
): number {
  const { black, white } = lumaRange(bitDepth, fullRange);
  const samples = cellWidth * cellHeight;
  const tolerance = 2 ** (bitDepth - 7);
  let clipped = 0;
  for (let row = 0; row < rows - 1; row++) {
    for (let cell = row * columns; cell < (row + 1) * columns - 1; cell++) {
      const mean = (sums[cell] ?? 0) / samples;
      const isExtreme = mean <= black + tolerance || mean >= white - tolerance;
      if (isExtreme && (squares[cell] ?? 0) / samples - mean * mean < 1) clipped++;
    }
  }
  return clipped;
}

interface FoundGrid {
  /** Median over the grid's lines of the share of samples that step there, less that of the places between; 0 where there is none. */
  readonly ratio: number;
  readonly period: number;
}

/**
 * A search for the grid whose lines step most: the profile is folded at each period, as FFmpeg's blockdetect does it for whole
 * numbers, and the grid is the fold that stands out most for its number of lines. What it says is a median over the lines, so
 * that a few strong ones (bars, windows, captions) make no grid.
 */
function openGridSearch(kernels: Kernels): (profile: Uint32Array, samples: number) => FoundGrid {
  const folded = new Uint32Array(longestPeriod);
  let excesses = new Float64Array(0);

  return (profile, samples) => {
    let strongest = 0;
    let period = 0;
    let offset = 0;
    for (const candidate of periods) {
      const lines = kernels.foldProfile(profile, candidate, folded);
      if (lines < fewestLines) continue;
      const bins = Math.round(candidate);
      const peak = placeOfLargest(folded, bins);
      // A step that is three samples wide stands at its neighbours too.
      const beside = at(folded, (peak + 1) % bins) + at(folded, (peak + bins - 1) % bins);
      let sum = 0;
      for (let bin = 0; bin < bins; bin++) sum += at(folded, bin);
      const elsewhere = (sum - at(folded, peak) - beside) / (bins - 3);
      const strength = (at(folded, peak) - elsewhere) / Math.sqrt(lines);
      if (strength <= strongest) continue;
      strongest = strength;
      period = candidate;
      offset = peak;
    }
    const mostLines = Math.ceil(profile.length / shortestPeriod);
    if (excesses.length < mostLines) excesses = new Float64Array(mostLines);
    const excess = strongest > 0 ? excessOfLines(profile, period, offset, excesses) : 0;
    return { ratio: Math.max(0, excess) / samples, period };
  };
}

function at(values: Uint32Array, index: number): number {
  return values[index] ?? 0;
}

function placeOfLargest(values: Uint32Array, length: number): number {
  let place = 0;
  for (let index = 1; index < length; index++) {
    if (at(values, index) > at(values, place)) place = index;
  }
  return place;
}

/**
 * What the median line of a grid has more than the places between the lines, less two standard deviations of that median.
 * @param excesses room for what each line has
 */
function excessOfLines(profile: Uint32Array, period: number, offset: number, excesses: Float64Array): number {
  let count = 0;
  for (let line = 0; ; line++) {
    const x = Math.round(line * period) + offset;
    const first = x - Math.floor(period / 2);
    const last = first + Math.round(period) - 1;
    if (last >= profile.length) break;
    if (first < 0) continue;
    let between = 0;
    for (let place = first; place <= last; place++) between += at(profile, place);
    between -= at(profile, x - 1) + at(profile, x) + at(profile, x + 1);
    excesses[count++] = at(profile, x) - between / (Math.round(period) - 3);
  }
  if (count < fewestLines) return 0;
  const lines = excesses.subarray(0, count);
  const middle = median(lines);
  for (let line = 0; line < count; line++) lines[line] = Math.abs((lines[line] ?? 0) - middle);
  // The median absolute deviation of a normal distribution is 0.6745 of its standard deviation.
  const deviation = median(lines) / 0.6745;
  return middle - (2 * deviation) / Math.sqrt(count);
}

/** Sorts them, by their numbers as typed arrays are. */
function median(values: Float64Array): number {
  return values.sort()[values.length >> 1] ?? 0;
}
