import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Which rows are looked at, and what counts as an edge; steps are from the sample left of a place to the one right of it. */
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
   * For each distance from -reach to reach - 1: in how many of them the luma steps the same way there as in the edge, less in
   * how many the other way. A view, valid until the next call.
   */
  readonly agreements: Int16Array;
}

export interface EchoKernels {
  measureEcho(plane: Plane, bytesPerSample: 1 | 2, search: EchoSearch): Echo;
}

type EchoKernel = (
  plane: number,
  width: number,
  stride: number,
  firstRow: number,
  rowStep: number,
  rows: number,
  reach: number,
  strong: number,
  weak: number,
  signs: number,
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
  const signs = machine.reserve(widest + 16);
  const agreements = machine.reserve(4 * longestReach);

  return {
    measureEcho(plane, bytesPerSample, { firstRow, rowStep, rows, reach, strongStep, weakStep }) {
      const { width, stride } = plane;
      if (width > widest || reach > longestReach) throw new RangeError(`A plane ${width} wide is too wide for the kernels.`);
      const measure = bytesPerSample === 1 ? kernels.measureEcho8 : kernels.measureEcho16;
      const address = machine.addressOf(plane, bytesPerSample);
      const edges = measure(address, width, stride, firstRow, rowStep, rows, reach, strongStep, weakStep, signs, agreements);
      return { edges, agreements: new Int16Array(machine.buffer, agreements, 2 * reach) };
    },
  };
}
