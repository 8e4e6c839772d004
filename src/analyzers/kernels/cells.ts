import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/**
 * A plane in cells, row by row from the top left; those at the right and lower edge hold what is left. The arrays are
 * views, valid until the same plane is measured again.
 */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
  /** Samples along the sides of a whole cell. */
  readonly cellWidth: CellWidth;
  readonly cellHeight: number;
  /** Sum of the samples of each cell. */
  readonly sums: Uint32Array;
  /** Sum of their squares. */
  readonly squares: Float64Array;
  /** Sum of absolute differences to the plane before; zeros where none was given. */
  readonly differences: Uint32Array;
}

/** Cells that are kept at the same time: luma and both chroma, and the same once more and one of luma for measurers with cells of their own. */
export type CellsPlane = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** Widths of cells that the kernel takes. */
export type CellWidth = 4 | 8 | 16;

export interface CellKernels {
  /**
   * @param place which plane this is: the result stays valid until the same one is measured again
   * @param previous the plane before it, of the same shape
   */
  measureCells(
    plane: Plane,
    previous: Plane | undefined,
    bytesPerSample: 1 | 2,
    place: CellsPlane,
    cellWidth: CellWidth,
    cellHeight: number,
  ): Cells;
}

type CellsKernel = (
  plane: number,
  previous: number,
  width: number,
  height: number,
  stride: number,
  cellWidth: number,
  cellHeight: number,
  sums: number,
  squares: number,
  differences: number,
) => void;

interface Exports {
  readonly measureCells8: CellsKernel;
  readonly measureCells16: CellsKernel;
}

/** Cells of the largest picture that is decoded, 8192x4320, and room for its rounding. */
export const mostCells = 513 * 271;

/** Memory for the cells of one plane. */
export interface CellsPlace {
  readonly sums: number;
  readonly squares: number;
  readonly differences: number;
  /** The cells of a plane of this shape, as views on this memory. @throws RangeError when they are too many */
  shape(width: number, height: number, cellWidth: CellWidth, cellHeight: number): Cells;
}

/** Sets memory aside for the cells of the largest picture. */
export function reserveCells(machine: KernelMachine): CellsPlace {
  const sums = machine.reserve(mostCells * 4);
  const squares = machine.reserve(mostCells * 8);
  const differences = machine.reserve(mostCells * 4);
  let latest: Cells | undefined;

  return {
    sums,
    squares,
    differences,
    shape(width, height, cellWidth, cellHeight) {
      const columns = Math.ceil(width / cellWidth);
      const rows = Math.ceil(height / cellHeight);
      const count = columns * rows;
      if (count > mostCells) throw new RangeError(`A plane of ${width}x${height} has more cells than the kernels keep.`);
      // Views stay as they are until the memory grows or the shape changes.
      if (
        latest?.sums.buffer !== machine.buffer ||
        latest.columns !== columns ||
        latest.rows !== rows ||
        latest.cellWidth !== cellWidth ||
        latest.cellHeight !== cellHeight
      ) {
        latest = {
          columns,
          rows,
          cellWidth,
          cellHeight,
          sums: new Uint32Array(machine.buffer, sums, count),
          squares: new Float64Array(machine.buffer, squares, count),
          differences: new Uint32Array(machine.buffer, differences, count),
        };
      }
      return latest;
    },
  };
}

export function bindCells(machine: KernelMachine): CellKernels {
  const kernels = machine.exports as unknown as Exports;
  const places = Array.from({ length: 7 }, () => reserveCells(machine));

  return {
    measureCells(plane, previous, bytesPerSample, place, cellWidth, cellHeight) {
      const target = places[place];
      if (target === undefined) throw new RangeError(`There is no place ${place} for cells.`);
      const { width, height, stride } = plane;
      const cells = target.shape(width, height, cellWidth, cellHeight);
      const { sums, squares, differences } = target;
      const address = machine.addressOf(plane, bytesPerSample);
      const addressBefore = previous ? machine.addressOf(previous, bytesPerSample) : address;
      const measure = bytesPerSample === 1 ? kernels.measureCells8 : kernels.measureCells16;
      measure(address, addressBefore, width, height, stride, cellWidth, cellHeight, sums, squares, differences);
      return cells;
    },
  };
}
