import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** What `scalePlane` is asked for. */
export interface Scaling {
  readonly width: number;
  readonly height: number;
  /** Sample values that become 0 and 255. */
  readonly black: number;
  readonly white: number;
}

export interface ScaleKernels {
  /** Area-scales a plane to `width` × `height` bytes, exactly rounded. The result is a view, valid until the next call. */
  scalePlane(plane: Plane, bytesPerSample: 1 | 2, scaling: Scaling): Uint8Array;
}

type ScaleKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  black: number,
  white: number,
  columns: number,
  target: number,
  targetWidth: number,
  targetHeight: number,
) => void;

interface Exports {
  readonly scalePlane8: ScaleKernel;
  readonly scalePlane16: ScaleKernel;
}

const columnBytes = 65536 * 4;
const largestImageBytes = 1024 * 1024;

export function bindScale(machine: KernelMachine): ScaleKernels {
  const kernels = machine.exports as unknown as Exports;
  const columns = machine.reserve(columnBytes);
  const image = machine.reserve(largestImageBytes);

  return {
    scalePlane(plane, bytesPerSample, { width, height, black, white }) {
      if (width * height > largestImageBytes)
        throw new RangeError(`An image of ${width}x${height} is larger than the kernels make.`);
      const scale = bytesPerSample === 1 ? kernels.scalePlane8 : kernels.scalePlane16;
      const { width: sourceWidth, height: sourceHeight, stride } = plane;
      const address = machine.addressOf(plane, bytesPerSample);
      scale(address, sourceWidth, sourceHeight, stride, black, white, columns, image, width, height);
      return new Uint8Array(machine.buffer, image, width * height);
    },
  };
}
