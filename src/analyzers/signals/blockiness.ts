import type { StepProfiles } from "../kernels/index.js";
import { type FrameToMeasure, defineStillMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";

/** Steps that count, in levels of 8 bits: smaller ones hardly show, larger ones are mostly edges of the scene. */
const smallestStep = 4;
const largestStep = 40;
/** So many lines of a side are looked at; more tell nothing new. */
const linesLookedAt = 180;
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
    const findGrid = openGridSearch();
    return (measured, write) => {
      const { planes, bitDepth, width, height } = measured.frame;
      const [plane] = planes;
      if (plane === undefined) return;
      const scale = 2 ** (bitDepth - 8);
      const lineStep = Math.max(1, Math.floor(Math.min(width, height) / linesLookedAt));
      const steps = { smallest: smallestStep * scale, largest: largestStep * scale };
      const profiles = kernels.measureStepProfiles(plane, bytesPerSample(bitDepth), steps, lineStep);
      const { samplesOfColumn, samplesOfRow }: StepProfiles = profiles;
      const across = findGrid(profiles.columns, samplesOfColumn);
      const acrossPeriod = across.period;
      const acrossRatio = across.ratio;
      const down = findGrid(profiles.rows, samplesOfRow);
      const shown = Math.max(0.25, 1 - clippedShare(measured));
      write("blockiness.ratio", Math.min(1, Math.sqrt(acrossRatio * down.ratio) / shown));
      write("blockiness.columnPeriod", acrossPeriod);
      write("blockiness.rowPeriod", down.period);
    };
  },
});

/** Share of the picture that is plain black or white: bars, pages, skies without detail. Nothing can step there. */
function clippedShare(measured: FrameToMeasure): number {
  const { bitDepth, fullRange } = measured.frame;
  const { sums, squares, columns, rows, cellWidth, cellHeight } = measured.cells();
  const { black, white } = lumaRange(bitDepth, fullRange);
  const samples = cellWidth * cellHeight;
  const tolerance = 2 ** (bitDepth - 7);
  let clipped = 0;
  let whole = 0;
  for (let row = 0; row < rows - 1; row++) {
    for (let cell = row * columns; cell < (row + 1) * columns - 1; cell++) {
      const mean = (sums[cell] ?? 0) / samples;
      const isExtreme = mean <= black + tolerance || mean >= white - tolerance;
      whole++;
      if (isExtreme && (squares[cell] ?? 0) / samples - mean * mean < 1) clipped++;
    }
  }
  return whole === 0 ? 0 : clipped / whole;
}

interface FoundGrid {
  /** Median over the grid's lines of the share of samples that step there, less that of the places between; 0 where there is none. */
  ratio: number;
  period: number;
}

/**
 * A search for the grid whose lines step most: the profile is folded at each period, as FFmpeg's blockdetect does it for whole
 * numbers, and the grid is the fold that stands out most for its number of lines. What it says is a median over the lines, so
 * that a few strong ones (bars, windows, captions) make no grid.
 */
function openGridSearch(): (profile: Uint32Array, samples: number) => FoundGrid {
  const folded = new Float64Array(longestPeriod + 1);
  const lines = new Int32Array(longestPeriod + 1);
  const found = { ratio: 0, period: 0 };

  /** How far the best fold of this period stands out, and its place in `bestOffset`. */
  let bestOffset = 0;
  function strengthAt(profile: Uint32Array, period: number): number {
    const bins = Math.round(period);
    folded.fill(0, 0, bins);
    lines.fill(0, 0, bins);
    for (let start = 0, next = 0; next <= profile.length; ) {
      start = next;
      next = Math.round((Math.round(start / period) + 1) * period);
      const end = Math.min(next, start + bins, profile.length);
      for (let x = start, bin = 0; x < end; x++, bin++) {
        folded[bin] = (folded[bin] ?? 0) + (profile[x] ?? 0);
        lines[bin] = (lines[bin] ?? 0) + 1;
      }
      if (next >= profile.length) break;
    }
    let sum = 0;
    let strongest = -1;
    for (let bin = 0; bin < bins; bin++) {
      const value = folded[bin] ?? 0;
      sum += value;
      if (value > strongest) {
        strongest = value;
        bestOffset = bin;
      }
    }
    const beside = (folded[(bestOffset + 1) % bins] ?? 0) + (folded[(bestOffset + bins - 1) % bins] ?? 0);
    const count = lines[bestOffset] ?? 0;
    if (count < fewestLines) return 0;
    // A step that is three samples wide stands at its neighbours too.
    const elsewhere = (sum - strongest - beside) / (bins - 3);
    return (strongest - elsewhere) / Math.sqrt(count);
  }

  return (profile, samples) => {
    found.ratio = 0;
    found.period = 0;
    let strongest = 0;
    let offset = 0;
    for (const period of periods) {
      const strength = strengthAt(profile, period);
      if (strength <= strongest) continue;
      strongest = strength;
      found.period = period;
      offset = bestOffset;
    }
    if (strongest > 0) found.ratio = Math.max(0, excessOfLines(profile, found.period, offset)) / Math.max(1, samples);
    return found;
  };
}

/** The lower end of what the median line of a grid has over the places between its neighbours, for two deviations of that median. */
function excessOfLines(profile: Uint32Array, period: number, offset: number): number {
  const excesses: number[] = [];
  for (let line = 0; ; line++) {
    const x = Math.round(line * period) + offset;
    const first = x - Math.floor(period / 2);
    const last = first + Math.round(period) - 1;
    if (last >= profile.length) break;
    if (first < 0) continue;
    let between = 0;
    let count = 0;
    for (let at = first; at <= last; at++) {
      if (Math.abs(at - x) <= 1) continue;
      between += profile[at] ?? 0;
      count++;
    }
    excesses.push((profile[x] ?? 0) - between / count);
  }
  if (excesses.length < fewestLines) return 0;
  const middle = median(excesses);
  // The median absolute deviation of a normal distribution is 0.6745 of its standard deviation.
  const deviation = median(excesses.map((excess) => Math.abs(excess - middle))) / 0.6745;
  return middle - (2 * deviation) / Math.sqrt(excesses.length);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
