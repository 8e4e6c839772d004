import type { Cells } from "../kernels/index.js";
import type { FrameToMeasure } from "../measurer.js";
import { lumaRange } from "./luma.js";

/** Whole cells of a picture without its black bars: rows top ≤ row < bottom, columns left ≤ column < right. */
export interface ActiveCells {
  readonly luma: Cells;
  /** Samples of luma in each of these cells. */
  readonly samples: number;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly count: number;
}

/** Up to this share of the range a cell counts as black: what noise and a coder make of a black bar. */
const blackShare = 0.02;

/**
 * The cells to measure a picture by: those that reach over an edge left out, and the bars of letterbox and pillarbox, which are
 * rows and columns at the edges whose every cell is black. A black picture has none, nor has one smaller than a cell.
 */
export function activeCells(measured: FrameToMeasure): ActiveCells {
  const { width, height, bitDepth, fullRange } = measured.frame;
  const luma = measured.cells();
  const { black, white } = lumaRange(bitDepth, fullRange);
  const samples = luma.cellWidth * luma.cellHeight;
  const darkest = (black + blackShare * (white - black)) * samples;
  const { columns, sums } = luma;

  let left = 0;
  let top = 0;
  let right = Math.floor(width / luma.cellWidth);
  let bottom = Math.floor(height / luma.cellHeight);
  function isBlackRow(row: number): boolean {
    for (let column = left; column < right; column++) if ((sums[row * columns + column] ?? 0) > darkest) return false;
    return true;
  }
  function isBlackColumn(column: number): boolean {
    for (let row = top; row < bottom; row++) if ((sums[row * columns + column] ?? 0) > darkest) return false;
    return true;
  }
  while (top < bottom && isBlackRow(top)) top++;
  while (bottom > top && isBlackRow(bottom - 1)) bottom--;
  while (left < right && isBlackColumn(left)) left++;
  while (right > left && isBlackColumn(right - 1)) right--;
  return { luma, samples, left, top, right, bottom, count: (right - left) * (bottom - top) };
}
