import type { Cells, ColorFactors } from "../kernels/index.js";
import { defineStillMeasurer, type SignalDeclaration, type WriteSignal } from "../measurer.js";
import { type ActiveCells, activeCells } from "./active-cells.js";
import { colorFactors, colorMatrixOf } from "./color-matrix.js";
import { lumaRange } from "./luma.js";

/** Cells darker than this share of the range say little of a tint: chroma is coded in whole steps. */
const darkestTinted = 0.15;
/** A picture with fewer light cells than this share of it has no tint to speak of. */
const fewestTinted = 0.25;

/** Shares of luma are counted in steps of this size, up to the largest that is told. */
const shareStep = 1 / 128;
const largestShare = 4;
const shareSteps = largestShare / shareStep + 1;

function share(channel: string, side: string): SignalDeclaration {
  return {
    unit: "ratio",
    range: [0, largestShare],
    meaning: `${channel} as a share of luma, both above black, 1 where colourless, that a tenth of the light cells lie ${side}`,
  };
}

/** How much colour the picture has, and how its light cells are tinted. In cells of 16x16 samples, black bars left out. */
export const color = defineStillMeasurer({
  name: "color",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "color.lumaSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of luma, on the scale of 8 bits" },
    "color.blueSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of Cb, on the scale of 8 bits" },
    "color.redSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of Cr, on the scale of 8 bits" },
    "color.redLow": share("R", "below"),
    "color.redHigh": share("R", "above"),
    "color.greenLow": share("G", "below"),
    "color.greenHigh": share("G", "above"),
    "color.blueLow": share("B", "below"),
    "color.blueHigh": share("B", "above"),
  },
  begin: ({ media: { video } }) => {
    const matrix = video === undefined ? "bt709" : colorMatrixOf(video);
    const shares: Shares = {
      red: new Uint32Array(shareSteps),
      green: new Uint32Array(shareSteps),
      blue: new Uint32Array(shareSteps),
    };
    return (measured, write) => {
      const chroma = measured.chromaCells();
      const area = activeCells(measured);
      if (chroma === undefined || area.count === 0) return;
      const { bitDepth, fullRange } = measured.frame;
      const scale = 2 ** (bitDepth - 8);
      write("color.lumaSpread", spreadOf(area.luma, area) / scale);
      write("color.blueSpread", spreadOf(chroma[0], area) / scale);
      write("color.redSpread", spreadOf(chroma[1], area) / scale);
      writeShares(area, chroma, bitDepth, fullRange, colorFactors(matrix, fullRange), shares, write);
    };
  },
});

/** Standard deviation of a plane's samples in some of its cells. */
function spreadOf(cells: Cells, { left, top, right, bottom, count }: ActiveCells): number {
  const { sums, squares, columns } = cells;
  const samples = count * cells.cellWidth * cells.cellHeight;
  let sum = 0;
  let squaresSum = 0;
  for (let row = top; row < bottom; row++) {
    const end = row * columns + right;
    for (let at = row * columns + left; at < end; at++) {
      sum += sums[at] ?? 0;
      squaresSum += squares[at] ?? 0;
    }
  }
  return Math.sqrt(Math.max(0, squaresSum / samples - (sum / samples) ** 2));
}

/** A histogram for each channel of its shares of luma. */
type Shares = Readonly<Record<"red" | "green" | "blue", Uint32Array>>;

function countShare(histogram: Uint32Array, value: number): void {
  const step = value <= 0 ? 0 : value >= largestShare ? shareSteps - 1 : (value / shareStep + 0.5) | 0;
  histogram[step] = (histogram[step] ?? 0) + 1;
}

/** The share that a part of all `count`, 0..1, lies below. */
function quantile(histogram: Uint32Array, count: number, part: number): number {
  let below = 0;
  let step = 0;
  for (; step < shareSteps - 1; step++) {
    below += histogram[step] ?? 0;
    if (below > part * count) break;
  }
  return step * shareStep;
}

function writeShares(
  area: ActiveCells,
  chroma: readonly [Cells, Cells],
  bitDepth: number,
  fullRange: boolean,
  factors: ColorFactors,
  shares: Shares,
  write: WriteSignal<`color.${"red" | "green" | "blue"}${"Low" | "High"}`>,
): void {
  const found = countShares(area, chroma, bitDepth, fullRange, factors, shares);
  if (found < fewestTinted * area.count) return;
  for (const channel of ["red", "green", "blue"] as const) {
    write(`color.${channel}Low`, quantile(shares[channel], found, 0.1));
    write(`color.${channel}High`, quantile(shares[channel], found, 0.9));
  }
}

/** Counts the light cells by their shares. @returns how many there are */
function countShares(
  { luma, samples, left, top, right, bottom }: ActiveCells,
  [blue, red]: readonly [Cells, Cells],
  bitDepth: number,
  fullRange: boolean,
  { toRed, fromGreenBlue, fromGreenRed, toBlue }: ColorFactors,
  shares: Shares,
): number {
  const { black, white } = lumaRange(bitDepth, fullRange);
  const least = darkestTinted * (white - black);
  const center = 2 ** (bitDepth - 1);
  const chromaSamples = blue.cellWidth * blue.cellHeight;
  const { sums, columns } = luma;
  const blueSums = blue.sums;
  const redSums = red.sums;
  let found = 0;
  shares.red.fill(0);
  shares.green.fill(0);
  shares.blue.fill(0);
  for (let row = top; row < bottom; row++) {
    const end = row * columns + right;
    for (let at = row * columns + left; at < end; at++) {
      const height = (sums[at] ?? 0) / samples - black;
      if (height < least) continue;
      const cb = ((blueSums[at] ?? 0) / chromaSamples - center) / height;
      const cr = ((redSums[at] ?? 0) / chromaSamples - center) / height;
      countShare(shares.red, 1 + toRed * cr);
      countShare(shares.green, 1 - fromGreenBlue * cb - fromGreenRed * cr);
      countShare(shares.blue, 1 + toBlue * cb);
      found++;
    }
  }
  return found;
}
