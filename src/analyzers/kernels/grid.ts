import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Sharp steps on a grid of 16x16 cells. The arrays are views, valid until the next grid is measured. */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** For each cell, row by row: 1 if its left boundary is a step, plus 2 if its upper one is. */
  readonly flags: Uint8Array;
  /** Vertical boundaries that are steps, by how many samples (0..15) the grid is moved to the right. */
  readonly across: Uint32Array;
  /** Horizontal ones, by how many samples it is moved down: 0, 4, 8, 10 and 12 are looked at. */
  readonly down: Uint32Array;
}

export interface GridKernels {
  /** @param smallestStep smallest difference of two neighbouring samples that can be a step, 1 or more */
  measureGrid(plane: Plane, bytesPerSample: 1 | 2, smallestStep: number): Grid;
}

type GridKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  smallest: number,
  flags: number,
  across: number,
  down: number,
) => void;

interface Exports {
  readonly measureGrid8: GridKernel;
  readonly measureGrid16: GridKernel;
}

const side = 16;
/** Cells of the largest picture that is decoded, 8192x4320, and room for its rounding. */
const mostCells = 513 * 271;

export function bindGrid(machine: KernelMachine): GridKernels {
  const kernels = machine.exports as unknown as Exports;
  const flags = machine.reserve(mostCells);
  const across = machine.reserve(side * 4);
  const down = machine.reserve(side * 4);

  return {
    measureGrid(plane, bytesPerSample, smallestStep) {
      const { width, height, stride } = plane;
      const columns = Math.ceil(width / side);
      const rows = Math.ceil(height / side);
      if (columns * rows > mostCells) throw new RangeError(`A plane of ${width}x${height} has more cells than the kernels keep.`);
      const measure = bytesPerSample === 1 ? kernels.measureGrid8 : kernels.measureGrid16;
      measure(machine.addressOf(plane, bytesPerSample), width, height, stride, smallestStep, flags, across, down);
      return {
        columns,
        rows,
        flags: new Uint8Array(machine.buffer, flags, columns * rows),
        across: new Uint32Array(machine.buffer, across, side),
        down: new Uint32Array(machine.buffer, down, side),
      };
    },
  };
}
