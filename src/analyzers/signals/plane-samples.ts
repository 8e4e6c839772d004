import type { Plane } from "../../decoder/index.js";
import type { FrameToMeasure } from "../measurer.js";

/**
 * Single samples of a frame, for measurers that look at a few thousand of them instead of all: what fills a picture (one
 * colour, bars, black borders) shows in a grid of points, at a hundredth of the cost of a pass.
 */
export interface SampledPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
  readonly bytesPerSample: number;
  /** Bytes from a sample to the one below it. */
  readonly stride: number;
  /** A sample times this is on the scale of 8 bits. */
  readonly scale: number;
}

/** The planes of a frame, luma first; those of chroma are missing in gray pictures. */
export function sampledPlanes({ planes, bitDepth }: FrameToMeasure["frame"]): SampledPlane[] {
  const bytesPerSample = bitDepth > 8 ? 2 : 1;
  return planes.map(({ data, width, height, stride }: Plane) => ({
    data,
    width,
    height,
    stride,
    bytesPerSample,
    scale: 2 ** (8 - bitDepth),
  }));
}

/** The sample whose first byte lies at `address`, on the scale of 8 bits. */
export function sampleAtAddress({ data, bytesPerSample, scale }: SampledPlane, address: number): number {
  const low = data[address] ?? 0;
  return bytesPerSample === 1 ? low : (low + 256 * (data[address + 1] ?? 0)) * scale;
}

/** The sample at a place given in shares of width and height (0 to below 1), on the scale of 8 bits. */
export function sampleAtShare(plane: SampledPlane, across: number, down: number): number {
  const x = Math.floor(across * plane.width);
  const y = Math.floor(down * plane.height);
  return sampleAtAddress(plane, y * plane.stride + x * plane.bytesPerSample);
}
