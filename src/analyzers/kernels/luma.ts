import type { Plane } from "../../decoder/index.js";
import { type Cells, reserveCells } from "./cells.js";
import type { KernelMachine } from "./machine.js";

/** Whole numbers from one pass over a luma plane, in the samples' own scale. */
export interface LumaSums {
  readonly sum: number;
  /** Samples at or below the dark limit. */
  readonly darkSamples: number;
  /** Sum of absolute differences to the plane before; 0 where none was given. */
  readonly difference: number;
  /** Sum of absolute differences of each sample to its right and to its lower neighbour. */
  readonly gradient: number;
  readonly minimum: number;
  readonly maximum: number;
  /** The plane in cells of 16x16 samples, valid until luma is measured again. */
  readonly cells: Cells;
}

export interface LumaKernels {
  /** @param previous the plane before it, of the same shape @param darkLimit largest value that counts as dark */
  measureLuma(plane: Plane, previous: Plane | undefined, bytesPerSample: 1 | 2, darkLimit: number): LumaSums;
}

type LumaKernel = (
  plane: number,
  previous: number,
  width: number,
  height: number,
  stride: number,
  dark: number,
  sums: number,
  squares: number,
  differences: number,
  out: number,
) => void;

interface Exports {
  readonly measureLuma8: LumaKernel;
  readonly measureLuma16: LumaKernel;
}

/** Luma samples along the sides of a cell: a macroblock of MPEG-2 and H.264. */
export const cellSide = 16;

export function bindLuma(machine: KernelMachine): LumaKernels {
  const kernels = machine.exports as unknown as Exports;
  const results = machine.reserve(6 * 8);
  const place = reserveCells(machine);

  return {
    measureLuma(plane, previous, bytesPerSample, darkLimit) {
      const measure = bytesPerSample === 1 ? kernels.measureLuma8 : kernels.measureLuma16;
      const address = machine.addressOf(plane, bytesPerSample);
      const addressBefore = previous ? machine.addressOf(previous, bytesPerSample) : address;
      const { width, height, stride } = plane;
      const cells = place.shape(width, height, cellSide, cellSide);
      const { sums, squares, differences } = place;
      measure(address, addressBefore, width, height, stride, darkLimit, sums, squares, differences, results);
      const [sum = 0, darkSamples = 0, difference = 0, gradient = 0, minimum = 0, maximum = 0] = new Float64Array(
        machine.buffer,
        results,
        6,
      );
      return { sum, darkSamples, difference, gradient, minimum, maximum, cells };
    },
  };
}
