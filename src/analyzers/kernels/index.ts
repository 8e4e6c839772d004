import type { FrameMemory, Plane } from "../../decoder/index.js";
import { kernelModule } from "./module.js";

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
}

/** What `scalePlane` is asked for. */
export interface Scaling {
  readonly width: number;
  readonly height: number;
  /** Sample values that become 0 and 255. */
  readonly black: number;
  readonly white: number;
}

/**
 * The pixel loops, compiled to WASM SIMD, with the memory that frames lie in: one instance per stream or segment.
 * Planes must lie in `memory`. `bytesPerSample` is 1, or 2 (little endian) for 9 to 16 bit.
 */
export interface Kernels {
  /**
   * Two places for frames. Asked for more than before it grows, and all views given out earlier are void.
   * WASM memory never shrinks: it goes when the instance goes.
   */
  readonly memory: FrameMemory;
  readonly memoryBytes: number;
  /** @param previous the plane before it, of the same shape @param darkLimit largest value that counts as dark */
  measureLuma(plane: Plane, previous: Plane | undefined, bytesPerSample: 1 | 2, darkLimit: number): LumaSums;
  /** Sum of absolute differences of two planes of one shape. */
  sumDifferences(plane: Plane, previous: Plane, bytesPerSample: 1 | 2): number;
  /** Area-scales a plane to `width` × `height` bytes, exactly rounded. The result is a view, valid until the next call. */
  scalePlane(plane: Plane, bytesPerSample: 1 | 2, scaling: Scaling): Uint8Array;
}

type LumaKernel = (
  plane: number,
  previous: number,
  width: number,
  height: number,
  stride: number,
  dark: number,
  out: number,
) => void;
type DifferenceKernel = (plane: number, previous: number, width: number, height: number, stride: number) => number;
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

interface KernelExports {
  readonly memory: WebAssembly.Memory;
  freeMemoryStart(): number;
  readonly measureLuma8: LumaKernel;
  readonly measureLuma16: LumaKernel;
  readonly sumDifferences8: DifferenceKernel;
  readonly sumDifferences16: DifferenceKernel;
  readonly scalePlane8: ScaleKernel;
  readonly scalePlane16: ScaleKernel;
}

const pageBytes = 65536;
const alignment = 64;
/** Results and scratch of the kernels, reserved once: growing for them would void the views that the decoder holds. */
const resultBytes = 64;
const columnBytes = 65536 * 4;
const largestImageBytes = 1024 * 1024;

/** Instances that a finished stream or segment left to the next one of this thread, and what they may hold at most. */
const idle: Kernels[] = [];
const mostIdle = 1;
const largestIdleBytes = 32 * 1024 * 1024;

/**
 * Kernels for one stream or segment: those that the one before left behind, else new ones. Measured: a new instance for
 * each segment of a ten minute film costs 60 MB more than a short film does, since memory outside the heap is collected late.
 */
export function borrowKernels(): Kernels {
  return idle.pop() ?? openKernels();
}

/** Gives kernels back; whoever borrowed them holds no view of their memory any more. */
export function returnKernels(kernels: Kernels): void {
  if (idle.length < mostIdle && kernels.memoryBytes <= largestIdleBytes) idle.push(kernels);
}

/** Makes one instance of the kernels; the module is compiled once per thread. */
export function openKernels(): Kernels {
  // The names and types of the exports are those of assembly/index.ts, compiled into this very file.
  const kernels = new WebAssembly.Instance(kernelModule()).exports as unknown as KernelExports;

  const results = align(kernels.freeMemoryStart());
  const columns = results + resultBytes;
  const image = columns + columnBytes;
  const frames = align(image + largestImageBytes);
  let frameBytes = 0;
  reserve(frames);

  function reserve(bytes: number): void {
    const missing = bytes - kernels.memory.buffer.byteLength;
    if (missing > 0) kernels.memory.grow(Math.ceil(missing / pageBytes));
  }

  function addressOf(plane: Plane, bytesPerSample: 1 | 2): number {
    const bytes = (plane.height - 1) * plane.stride + plane.width * bytesPerSample;
    if (plane.data.buffer !== kernels.memory.buffer || plane.data.byteLength < bytes) {
      throw new RangeError("The plane does not lie in the kernels' memory.");
    }
    return plane.data.byteOffset;
  }

  return {
    memory: {
      frame(slot, bytes) {
        if (bytes > frameBytes) {
          frameBytes = align(bytes);
          reserve(frames + 2 * frameBytes);
        }
        return new Uint8Array(kernels.memory.buffer, frames + slot * frameBytes, bytes);
      },
    },

    get memoryBytes() {
      return kernels.memory.buffer.byteLength;
    },

    measureLuma(plane, previous, bytesPerSample, darkLimit) {
      const measure = bytesPerSample === 1 ? kernels.measureLuma8 : kernels.measureLuma16;
      const address = addressOf(plane, bytesPerSample);
      const addressBefore = previous ? addressOf(previous, bytesPerSample) : address;
      measure(address, addressBefore, plane.width, plane.height, plane.stride, darkLimit, results);
      const [sum = 0, darkSamples = 0, difference = 0, gradient = 0, minimum = 0, maximum = 0] = new Float64Array(
        kernels.memory.buffer,
        results,
        6,
      );
      return { sum, darkSamples, difference, gradient, minimum, maximum };
    },

    sumDifferences(plane, previous, bytesPerSample) {
      const sum = bytesPerSample === 1 ? kernels.sumDifferences8 : kernels.sumDifferences16;
      return sum(addressOf(plane, bytesPerSample), addressOf(previous, bytesPerSample), plane.width, plane.height, plane.stride);
    },

    scalePlane(plane, bytesPerSample, { width, height, black, white }) {
      if (width * height > largestImageBytes)
        throw new RangeError(`An image of ${width}x${height} is larger than the kernels make.`);
      const scale = bytesPerSample === 1 ? kernels.scalePlane8 : kernels.scalePlane16;
      scale(
        addressOf(plane, bytesPerSample),
        plane.width,
        plane.height,
        plane.stride,
        black,
        white,
        columns,
        image,
        width,
        height,
      );
      return new Uint8Array(kernels.memory.buffer, image, width * height);
    },
  };
}

function align(address: number): number {
  return Math.ceil(address / alignment) * alignment;
}
