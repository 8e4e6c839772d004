import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Where each number of a cell lies among its ten. */
export const detailField = {
  sum: 0,
  difference: 1,
  /** Sum of |a - b - c + d| over 2x2 samples that lie one apart, and two apart. */
  diagonal1: 2,
  diagonal2: 3,
  /** Largest difference of two samples that lie `nearSamples` or `farSamples` apart, across and down. */
  nearAcross: 4,
  farAcross: 5,
  nearDown: 6,
  farDown: 7,
  smallest: 8,
  largest: 9,
} as const;
export const detailFields = 10;

/** How far the two samples of a step lie apart. */
export const nearSamples = 2;
export const farSamples = 12;

/** Samples that a cell's sums are of: 16 in each of 4 sampled rows. */
export const detailSamples = 64;

/** What the picture's finest detail is like, in cells of 16 samples by 4 sampled rows. */
export interface Detail {
  /** None where the plane is smaller than 28x16. */
  readonly cells: number;
  /** Ten whole numbers for each cell; see `detailField`. A view, valid until the next call. */
  readonly numbers: Uint32Array;
}

export interface DetailKernels {
  /** @param previous the plane before it, of the same shape */
  measureDetail(plane: Plane, previous: Plane | undefined, bytesPerSample: 1 | 2): Detail;
}

type DetailKernel = (
  plane: number,
  previous: number,
  stride: number,
  columns: number,
  bands: number,
  rowStep: number,
  near: number,
  far: number,
  out: number,
) => void;

interface Exports {
  readonly measureDetail8: DetailKernel;
  readonly measureDetail16: DetailKernel;
}

/** Rows that are sampled of a picture, whatever its height: enough for statistics over cells. */
const sampledRows = 136;
/** Cells of the widest picture that is decoded, 8192, with the rows that rounding may add. */
const mostCells = 512 * 64;

export function bindDetail(machine: KernelMachine): DetailKernels {
  const kernels = machine.exports as unknown as Exports;
  const numbers = machine.reserve(mostCells * detailFields * 4);

  return {
    measureDetail(plane, previous, bytesPerSample) {
      const { width, height, stride } = plane;
      const rowStep = Math.max(1, Math.round(height / sampledRows));
      const rows = Math.max(0, Math.ceil((height - farSamples) / rowStep));
      const columns = Math.max(0, Math.floor((width - farSamples) / 16));
      const bands = Math.floor(rows / 4);
      const cells = columns * bands;
      if (cells > mostCells) throw new RangeError(`A plane of ${width}x${height} has more cells than the kernels keep.`);
      const address = machine.addressOf(plane, bytesPerSample);
      const addressBefore = previous ? machine.addressOf(previous, bytesPerSample) : address;
      const measure = bytesPerSample === 1 ? kernels.measureDetail8 : kernels.measureDetail16;
      measure(address, addressBefore, stride, columns, bands, rowStep, nearSamples, farSamples, numbers);
      return { cells, numbers: new Uint32Array(machine.buffer, numbers, cells * detailFields) };
    },
  };
}
