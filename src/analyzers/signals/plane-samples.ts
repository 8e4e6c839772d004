import type { Plane } from "../../decoder/index.js";
import type { FrameToMeasure } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";

/**
 * Single samples of a frame, for measurers that look at a few thousand of them instead of all: what fills a picture (one
 * colour, bars, black borders) shows in a grid of points, at a hundredth of the cost of a pass.
 */
export interface SampledPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly bytesPerSample: 1 | 2;
  /** Bytes from a sample to the one below it. */
  readonly stride: number;
  /** A sample times this is on the scale of 8 bits. */
  readonly scale: number;
}

/** The planes of a frame, luma first; those of chroma are missing in gray pictures. */
export function sampledPlanes({ planes, bitDepth }: FrameToMeasure["frame"]): SampledPlane[] {
  return planes.map(({ data, width, height, stride }: Plane) => ({
    data,
    width,
    height,
    stride,
    bytesPerSample: bytesPerSample(bitDepth),
    scale: 2 ** (8 - bitDepth),
  }));
}

/** The sample whose first byte lies at `address`, on the scale of 8 bits. */
export function sampleAtAddress({ data, bytesPerSample, scale }: SampledPlane, address: number): number {
  const low = data[address] ?? 0;
  return bytesPerSample === 1 ? low : (low + 256 * (data[address + 1] ?? 0)) * scale;
}

/**
 * Reads a row of samples, spread evenly over the width of a plane, at a place given as a share of its height (0 to below 1), on the
 * scale of 8 bits: they are written to `samples` from `first` on.
 */
export type RowSampler = (plane: SampledPlane, down: number, samples: Float32Array, first?: number) => void;

/** A sampler of rows of `count` points. Where these lie is worked out once for each width. */
export function openRowSampler(count: number): RowSampler {
  const columnsOf = new Map<number, Uint32Array>();
  return (plane, down, samples, first = 0) => {
    let columns = columnsOf.get(plane.width);
    if (columns === undefined) {
      columns = Uint32Array.from({ length: count }, (_, point) => Math.floor(((point + 0.5) / count) * plane.width));
      columnsOf.set(plane.width, columns);
    }
    readSamples(plane, Math.floor(down * plane.height) * plane.stride, columns, samples, first);
  };
}

function readSamples(plane: SampledPlane, row: number, columns: Uint32Array, samples: Float32Array, first: number): void {
  for (let point = 0; point < columns.length; point++) {
    samples[first + point] = sampleAtAddress(plane, row + (columns[point] ?? 0) * plane.bytesPerSample);
  }
}
