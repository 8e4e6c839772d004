import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Isolated samples of a plane. */
export interface Dots {
  /** How many there are; no more than `mostDots` of them have a place. */
  readonly count: number;
  /** Column and row of each, row by row. A view, valid until the next call. */
  readonly places: Uint16Array;
}

export interface DotKernels {
  /** Samples that differ by more than `threshold` from all eight that lie two away, all to the same side. */
  findDots(plane: Plane, bytesPerSample: 1 | 2, threshold: number): Dots;
}

type DotsKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  threshold: number,
  most: number,
  out: number,
) => number;

interface Exports {
  readonly findDots8: DotsKernel;
  readonly findDots16: DotsKernel;
}

/** Places that are kept of one plane. */
export const mostDots = 4096;

export function bindDots(machine: KernelMachine): DotKernels {
  const kernels = machine.exports as unknown as Exports;
  const places = machine.reserve(mostDots * 4);

  return {
    findDots(plane, bytesPerSample, threshold) {
      const { width, height, stride } = plane;
      const find = bytesPerSample === 1 ? kernels.findDots8 : kernels.findDots16;
      const count = find(machine.addressOf(plane, bytesPerSample), width, height, stride, threshold, mostDots, places);
      return { count, places: new Uint16Array(machine.buffer, places, 2 * Math.min(count, mostDots)) };
    },
  };
}
