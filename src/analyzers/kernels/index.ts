import type { FrameMemory } from "../../decoder/index.js";
import { bindCells, type CellKernels } from "./cells.js";
import { bindLuma, type LumaKernels } from "./luma.js";
import { openMachine } from "./machine.js";
import { bindScale, type ScaleKernels } from "./scale.js";

export type { Cells, CellsPlane, CellWidth } from "./cells.js";
export type { LumaSums } from "./luma.js";
export type { Scaling } from "./scale.js";

/**
 * The pixel loops, compiled to WASM SIMD, with the memory that frames lie in: one instance per stream or segment.
 * Planes must lie in `memory`. `bytesPerSample` is 1, or 2 (little endian) for 9 to 16 bit. A new kernel is one file
 * in `assembly/`, one here that binds it, and its lines in this file.
 */
export interface Kernels extends CellKernels, LumaKernels, ScaleKernels {
  /**
   * Two places for frames. Asked for more than before it grows, and all views given out earlier are void.
   * WASM memory never shrinks: it goes when the instance goes.
   */
  readonly memory: FrameMemory;
  readonly memoryBytes: number;
}

/** Instances that a finished stream or segment left to the next one of this thread, and what they may hold at most. */
const idle: Kernels[] = [];
const mostIdle = 1;
const largestIdleBytes = 64 * 1024 * 1024;

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

/** Makes one instance of the kernels. */
export function openKernels(): Kernels {
  const machine = openMachine();
  return {
    memory: machine.memory,
    get memoryBytes() {
      return machine.memoryBytes;
    },
    ...bindCells(machine),
    ...bindLuma(machine),
    ...bindScale(machine),
  };
}
