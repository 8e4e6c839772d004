import { defineStillMeasurer, type FrameToMeasure, type WriteSignal } from "../measurer.js";
import type { Cells } from "../kernels/index.js";
import { type ActiveCells, activeCells } from "./active-cells.js";
import { lumaRange } from "./luma.js";

/** Cells darker than this share of the range say nothing of a tint. */
const darkestTinted = 0.15;

/** How colourful the picture is, and whether all of it is tinted alike. In cells, black bars left out. */
export const color = defineStillMeasurer({
  name: "color",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "color.lumaSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of luma, on the scale of 8 bits" },
    "color.blueSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of Cb, on the scale of 8 bits" },
    "color.redSpread": { unit: "level", range: [0, 128], meaning: "Standard deviation of Cr, on the scale of 8 bits" },
    "color.saturation": {
      unit: "level",
      range: [0, 182],
      meaning: "Mean distance of the picture's cells from colourless, on the scale of 8 bits",
    },
    "color.tint": {
      unit: "ratio",
      range: [-1, 1],
      meaning: "Tint that nine tenths of the picture have at least, in the direction of the mean: chroma as a share of luma above black",
    },
    "color.whiteTint": {
      unit: "ratio",
      range: [-1, 1],
      meaning: "The same tint of the picture's lightest twentieth",
    },
  },
  begin: () => {
    let tinted: TintedCells = emptyTints(0);
    return (measured, write) => {
      const chroma = measured.chromaCells();
      if (chroma === undefined) return;
      const area = activeCells(measured);
      if (area.count === 0) return;
      const scale = 2 ** (measured.frame.bitDepth - 8);
      write("color.lumaSpread", spreadOf(area.luma, area) / scale);
      write("color.blueSpread", spreadOf(chroma[0], area) / scale);
      write("color.redSpread", spreadOf(chroma[1], area) / scale);
      if (tinted.level.length < area.count) tinted = emptyTints(area.count);
      writeTint(measured, area, chroma, tinted, write);
    };
  },
});

/** The cells that are light enough to have a tint: one number each. */
interface TintedCells {
  readonly level: Float64Array;
  readonly blue: Float64Array;
  readonly red: Float64Array;
  readonly sorted: Float64Array;
}

function emptyTints(count: number): TintedCells {
  const column = (): Float64Array => new Float64Array(count);
  return { level: column(), blue: column(), red: column(), sorted: column() };
}

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

function writeTint(
  { frame: { bitDepth, fullRange } }: FrameToMeasure,
  { luma, samples, left, top, right, bottom, count }: ActiveCells,
  [blue, red]: readonly [Cells, Cells],
  tinted: TintedCells,
  write: WriteSignal<"color.saturation" | "color.tint" | "color.whiteTint">,
): void {
  const { black, white } = lumaRange(bitDepth, fullRange);
  const center = 2 ** (bitDepth - 1);
  const chromaSamples = blue.cellWidth * blue.cellHeight;
  let saturation = 0;
  let found = 0;
  let meanBlue = 0;
  let meanRed = 0;
  for (let row = top; row < bottom; row++) {
    for (let column = left; column < right; column++) {
      const at = row * luma.columns + column;
      const height = (luma.sums[at] ?? 0) / samples - black;
      const cb = (blue.sums[at] ?? 0) / chromaSamples - center;
      const cr = (red.sums[at] ?? 0) / chromaSamples - center;
      saturation += Math.sqrt(cb * cb + cr * cr);
      if (height < darkestTinted * (white - black)) continue;
      tinted.level[found] = height;
      tinted.blue[found] = cb / height;
      tinted.red[found] = cr / height;
      meanBlue += cb / height;
      meanRed += cr / height;
      found++;
    }
  }
  write("color.saturation", saturation / count / 2 ** (bitDepth - 8));
  if (found === 0) return;
  const length = Math.hypot(meanBlue, meanRed) || 1;
  const towardsBlue = meanBlue / length;
  const towardsRed = meanRed / length;
  const tintOf = (at: number): number => (tinted.blue[at] ?? 0) * towardsBlue + (tinted.red[at] ?? 0) * towardsRed;

  const sorted = tinted.sorted.subarray(0, found);
  for (let at = 0; at < found; at++) sorted[at] = tintOf(at);
  sorted.sort();
  write("color.tint", sorted[Math.floor(found / 10)] ?? 0);

  sorted.set(tinted.level.subarray(0, found));
  sorted.sort();
  const light = sorted[Math.floor(found * 0.95)] ?? 0;
  let lightest = 0;
  let lightTint = 0;
  for (let at = 0; at < found; at++) {
    if ((tinted.level[at] ?? 0) < light) continue;
    lightest++;
    lightTint += tintOf(at);
  }
  write("color.whiteTint", lightTint / lightest);
}
