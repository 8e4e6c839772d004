import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/**
 * Which rows are looked at, and what counts as an edge; steps are from the sample left of a place to the one right of it, on the
 * scale of 8 bits, where none counts as more than 127.
 */
export interface EchoSearch {
  readonly firstRow: number;
  readonly rowStep: number;
  readonly rows: number;
  /** Largest distance, a multiple of 8, at most `longestReach`. */
  readonly reach: number;
  readonly strongStep: number;
  readonly weakStep: number;
}

/** What lies beside the strong edges of some rows. */
export interface Echo {
  /** How many strong edges there are; no more than 32767 are counted. */
  readonly edges: number;
  /**
   * For each distance from -reach to reach - 1: in how many of them the luma steps the same way there as in the edge, but less
   * than the edge does, less in how many it steps so the other way. A view, valid until the next call.
   */
  readonly agreements: Int16Array;
}

export interface EchoKernels {
  measureEcho(plane: Plane, bitDepth: number, search: EchoSearch): Echo;
}

type EchoKernel = (
  plane: number,
  width: number,
  stride: number,
  shift: number,
  firstRow: number,
  rowStep: number,
  rows: number,
  reach: number,
  strong: number,
  weak: number,
  steps: number,
  out: number,
) => number;

interface Exports {
  readonly measureEcho8: EchoKernel;
  readonly measureEcho16: EchoKernel;
}

export const longestReach = 256;
const widest = 8192;

export function bindEcho(machine: KernelMachine): EchoKernels {
  const kernels = machine.exports as unknown as Exports;
  const steps = machine.reserve(widest + 16);
  const agreements = machine.reserve(4 * longestReach);

  return {
    measureEcho(plane, bitDepth, { firstRow, rowStep, rows, reach, strongStep, weakStep }) {
      const { width, stride } = plane;
      if (width > widest || reach > longestReach) throw new RangeError(`A plane ${width} wide is too wide for the kernels.`);
      const bytesPerSample = bitDepth > 8 ? 2 : 1;
      const shift = bitDepth - 8;
      const measure = bytesPerSample === 1 ? kernels.measureEcho8 : kernels.measureEcho16;
      const address = machine.addressOf(plane, bytesPerSample);
      const edges = measure(
        address,
        width,
        stride,
        shift,
        firstRow,
        rowStep,
        rows,
        reach,
        strongStep,
        weakStep,
        steps,
        agreements,
      );
      return { edges, agreements: new Int16Array(machine.buffer, agreements, 2 * reach) };
    },
  };
}
