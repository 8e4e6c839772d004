import type { Cells } from "../kernels/index.js";
import type { FrameToMeasure } from "../measurer.js";

/** Mean luma in cells of a frame, row by row, on the scale of 8 bits. */
export interface FrameCells {
  readonly columns: number;
  readonly rows: number;
  /** Luma samples along each side of a cell. */
  readonly cellSide: number;
  readonly now: Float32Array;
}

/** The same with the frame before. */
export interface CellMeans extends FrameCells {
  readonly before: Float32Array;
}

/** The cells of large pictures are put together until there are no more than this: what is asked of them needs no more. */
const mostCells = 3600;

/**
 * Keeps the cells of the frame before, which the kernel does not. The arrays are valid until the next frame.
 * @returns a function to call for every frame; it gives undefined where there is no frame to compare with
 */
export function openCellMeans(): (measured: FrameToMeasure) => CellMeans | undefined {
  const none: Float32Array = new Float32Array(0);
  // One object for all frames: V8 compiles those who read it for its shape.
  const means = { columns: 0, rows: 0, cellSide: 0, now: none, before: none };
  return (measured) => {
    const before = means.now;
    const { columns, rows, cellSide, now } = measureCells(measured, means.before);
    means.columns = columns;
    means.rows = rows;
    means.cellSide = cellSide;
    means.now = now;
    means.before = before;
    return measured.previous === undefined || before.length !== now.length ? undefined : means;
  };
}

/**
 * Measures one frame into `means`, or into an array of its own where that has another length, and returns it as `now`. What is
 * left over at the right and lower edge, narrower than a cell, is left out.
 */
export function measureCells(measured: FrameToMeasure, means: Float32Array): FrameCells {
  const { frame } = measured;
  const cells = measured.cells();
  const [wholeColumns, wholeRows] = [wholeCells(frame.width, cells.cellWidth), wholeCells(frame.height, cells.cellHeight)];
  const joined = Math.max(1, Math.ceil(Math.sqrt((wholeColumns * wholeRows) / mostCells)));
  const columns = Math.max(1, Math.floor(wholeColumns / joined));
  const rows = Math.max(1, Math.floor(wholeRows / joined));
  const now = means.length === columns * rows ? means : new Float32Array(columns * rows);
  const samples = Math.min(frame.width, joined * cells.cellWidth) * Math.min(frame.height, joined * cells.cellHeight);
  joinCells(cells, joined, columns, rows, samples * 2 ** (frame.bitDepth - 8), now);
  return { columns, rows, cellSide: joined * cells.cellWidth, now };
}

function wholeCells(samples: number, side: number): number {
  return Math.max(1, Math.floor(samples / side));
}

function joinCells(
  { columns: stride, sums }: Cells,
  joined: number,
  columns: number,
  rows: number,
  divisor: number,
  means: Float32Array,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at++) {
      let sum = 0;
      let start = row * joined * stride + column * joined;
      for (let y = 0; y < joined; y++, start += stride) {
        for (let cell = start; cell < start + joined; cell++) sum += sums[cell] ?? 0;
      }
      means[at] = sum / divisor;
    }
  }
}
