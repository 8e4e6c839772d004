import type { FrameCells } from "./cell-means.js";

type CellGrid = Omit<FrameCells, "now">;

/**
 * How much of what changed around a place is not a change of light: the cells there are fitted by those of before, times a gain
 * that is not negative, plus an offset (least squares), and what is left is told as the mean absolute difference, in levels of
 * 8 bits. A camera that adapts its exposure, a lamp that is switched on or a fade leave next to nothing of a scene that stands still.
 *
 * @param now means of the cells of a frame
 * @param before the same of another frame of the same size
 * @param place row · 65536 + column, in luma samples
 * @param reachCells so many cells to each side of the place are compared
 */
export function leftByLight(now: Float32Array, before: Float32Array, grid: CellGrid, place: number, reachCells: number): number {
  const { columns, rows, cellSide } = grid;
  const column = Math.min(columns - 1, Math.floor((place % 65536) / cellSide));
  const row = Math.min(rows - 1, Math.floor((place >> 16) / cellSide));
  const [left, right] = [Math.max(0, column - reachCells), Math.min(columns - 1, column + reachCells)];
  const [top, bottom] = [Math.max(0, row - reachCells), Math.min(rows - 1, row + reachCells)];
  const count = (right - left + 1) * (bottom - top + 1);
  let [sumNow, sumBefore, products, squares] = [0, 0, 0, 0];
  for (let y = top; y <= bottom; y++) {
    for (let at = y * columns + left; at <= y * columns + right; at++) {
      const [one, other] = [now[at] ?? 0, before[at] ?? 0];
      sumNow += one;
      sumBefore += other;
      products += one * other;
      squares += other * other;
    }
  }
  const spread = squares - (sumBefore * sumBefore) / count;
  const gain = spread > count ? Math.max(0, (products - (sumNow * sumBefore) / count) / spread) : 0;
  const offset = (sumNow - gain * sumBefore) / count;
  let unexplained = 0;
  for (let y = top; y <= bottom; y++) {
    for (let at = y * columns + left; at <= y * columns + right; at++) {
      unexplained += Math.abs((now[at] ?? 0) - gain * (before[at] ?? 0) - offset);
    }
  }
  return unexplained / count;
}
