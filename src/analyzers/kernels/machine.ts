import type { FrameMemory, Plane } from "../../decoder/index.js";
import { kernelModule } from "./module.js";

/** One instance of the compiled kernels and the memory that they and the frames share. */
export interface KernelMachine {
  /** The functions of `assembly/index.ts`, by name. */
  readonly exports: Readonly<Record<string, unknown>>;
  readonly buffer: ArrayBuffer;
  readonly memory: FrameMemory;
  readonly memoryBytes: number;
  /**
   * Sets memory aside for a kernel's results or scratch, aligned to 64 bytes; only before the first frame is placed, since
   * growing voids the views that the decoder holds. Pages that are never touched cost nothing.
   * @returns its address
   */
  reserve(bytes: number): number;
  /** Where a plane lies. @throws RangeError when it lies elsewhere or is shorter than its shape */
  addressOf(plane: Plane, bytesPerSample: 1 | 2): number;
}

const pageBytes = 65536;
const alignment = 64;

/** Makes one instance. */
export function openMachine(): KernelMachine {
  const { exports } = new WebAssembly.Instance(kernelModule());
  // The names and types of the exports are those of assembly/index.ts, compiled into this very file.
  const { memory, freeMemoryStart } = exports as unknown as { memory: WebAssembly.Memory; freeMemoryStart(): number };

  let frames = align(freeMemoryStart());
  let frameBytes = 0;

  function growTo(bytes: number): void {
    const missing = bytes - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
  }

  return {
    exports,
    get buffer() {
      return memory.buffer;
    },
    get memoryBytes() {
      return memory.buffer.byteLength;
    },
    memory: {
      frame(slot, bytes) {
        if (bytes > frameBytes) {
          frameBytes = align(bytes);
          growTo(frames + 2 * frameBytes);
        }
        return new Uint8Array(memory.buffer, frames + slot * frameBytes, bytes);
      },
    },
    reserve(bytes) {
      if (frameBytes > 0) throw new Error("Kernels reserve their memory before the first frame is placed.");
      const address = frames;
      frames = align(frames + bytes);
      growTo(frames);
      return address;
    },
    addressOf(plane, bytesPerSample) {
      const bytes = (plane.height - 1) * plane.stride + plane.width * bytesPerSample;
      if (plane.data.buffer !== memory.buffer || plane.data.byteLength < bytes) {
        throw new RangeError("The plane does not lie in the kernels' memory.");
      }
      return plane.data.byteOffset;
    },
  };
}

function align(address: number): number {
  return Math.ceil(address / alignment) * alignment;
}
