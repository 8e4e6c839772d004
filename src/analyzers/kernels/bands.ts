import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** A plane in tiles of 32x32 samples. `values` is a view, valid until the next call. */
export interface BandTiles {
  readonly columns: number;
  readonly rows: number;
  /**
   * Three for each tile, row by row from the top left: blocks of 4x4 samples that are flat (at most 64); contours up less
   * contours down between them, from left to right; the same from top to bottom.
   */
  readonly values: Int32Array;
}

export interface BandKernels {
  /**
   * Finds false contours: small steps between places that are perfectly flat. See `assembly/bands.ts`.
   *
   * @param black level of black at this depth
   */
  measureBands(plane: Plane, bitDepth: number, black: number): BandTiles;
}

type BandsKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  bitDepth: number,
  black: number,
  highest: number,
  grid: number,
  tiles: number,
) => void;

interface Exports {
  readonly measureBands8: BandsKernel;
  readonly measureBands16: BandsKernel;
}

/** Blocks of the largest picture that is decoded, 8192x4320, with their margin, and tiles of it; the other way round is no larger. */
const gridBytes = 2 * (2048 + 11) * (1080 + 11);
const mostTiles = 256 * 136;

/** Largest step that counts, in levels of 8 bits: that of CAMBI's widest range (libvmaf, max_log_contrast 5: 32 levels of 10 bits). */
const highestStep = 8;

export function bindBands(machine: KernelMachine): BandKernels {
  const kernels = machine.exports as unknown as Exports;
  const grid = machine.reserve(gridBytes);
  const tiles = machine.reserve(mostTiles * 3 * 4);

  return {
    measureBands(plane, bitDepth, black) {
      const { width, height, stride } = plane;
      const columns = Math.ceil((width >> 2) / 8);
      const rows = Math.ceil((height >> 2) / 8);
      const bytes = 2 * ((width >> 2) + 11) * ((height >> 2) + 3);
      if (bytes > gridBytes || columns * rows > mostTiles)
        throw new RangeError(`A plane of ${width}x${height} has more blocks than the kernels keep.`);
      const bytesPerSample = bitDepth > 8 ? 2 : 1;
      const loss = Math.max(0, bitDepth - 12);
      const measure = bytesPerSample === 1 ? kernels.measureBands8 : kernels.measureBands16;
      const address = machine.addressOf(plane, bytesPerSample);
      measure(address, width, height, stride, bitDepth, black >> loss, highestStep << (bitDepth - loss - 8), grid, tiles);
      return { columns, rows, values: new Int32Array(machine.buffer, tiles, columns * rows * 3) };
    },
  };
}
