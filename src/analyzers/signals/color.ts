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
    const shares = { red: openShares(), green: openShares(), blue: openShares() };
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
  let sum = 0;
  let squares = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * cells.columns + column;
      sum += cells.sums[at] ?? 0;
      squares += cells.squares[at] ?? 0;
    }
  }
  const samples = count * cells.cellWidth * cells.cellHeight;
  return Math.sqrt(Math.max(0, squares / samples - (sum / samples) ** 2));
}

/** A histogram of one channel's shares of luma. */
interface Shares {
  clear(): void;
  add(value: number): void;
  /** The share that a part of all that was added, 0..1, lies below. */
  quantile(part: number): number;
}

function openShares(): Shares {
  const histogram = new Uint32Array(shareSteps);
  let count = 0;
  return {
    clear() {
      histogram.fill(0);
      count = 0;
    },
    add(value) {
      const step = Math.min(shareSteps - 1, Math.max(0, Math.round(value / shareStep)));
      histogram[step] = (histogram[step] ?? 0) + 1;
      count++;
    },
    quantile(part) {
      let below = 0;
      let step = 0;
      for (; step < shareSteps - 1; step++) {
        below += histogram[step] ?? 0;
        if (below > part * count) break;
      }
      return step * shareStep;
    },
  };
}

function writeShares(
  { luma, samples, left, top, right, bottom }: ActiveCells,
  [blue, red]: readonly [Cells, Cells],
  bitDepth: number,
  fullRange: boolean,
  { toRed, fromGreenBlue, fromGreenRed, toBlue }: ColorFactors,
  shares: Readonly<Record<"red" | "green" | "blue", Shares>>,
  write: WriteSignal<`color.${"red" | "green" | "blue"}${"Low" | "High"}`>,
): void {
  const { black, white } = lumaRange(bitDepth, fullRange);
  const center = 2 ** (bitDepth - 1);
  const chromaSamples = blue.cellWidth * blue.cellHeight;
  let found = 0;
  shares.red.clear();
  shares.green.clear();
  shares.blue.clear();
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * luma.columns + column;
      const height = (luma.sums[at] ?? 0) / samples - black;
      if (height < darkestTinted * (white - black)) continue;
      const cb = ((blue.sums[at] ?? 0) / chromaSamples - center) / height;
      const cr = ((red.sums[at] ?? 0) / chromaSamples - center) / height;
      shares.red.add(1 + toRed * cr);
      shares.green.add(1 - fromGreenBlue * cb - fromGreenRed * cr);
      shares.blue.add(1 + toBlue * cb);
      found++;
    }
  }
  if (found < fewestTinted * (right - left) * (bottom - top)) return;
  for (const channel of ["red", "green", "blue"] as const) {
    write(`color.${channel}Low`, shares[channel].quantile(0.1));
    write(`color.${channel}High`, shares[channel].quantile(0.9));
  }
}
