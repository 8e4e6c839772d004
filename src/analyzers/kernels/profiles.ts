import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Where along the picture its edges lie. Views, valid until the next call. */
export interface Profiles {
  /** For each column but the last: sum of absolute differences to the column right of it, over the sampled rows. */
  readonly columns: Uint32Array;
  /** For each row but the last: sum of absolute differences to the row below it, over the sampled columns. */
  readonly rows: Uint32Array;
  /** How many rows and columns were sampled. */
  readonly sampledRows: number;
  readonly sampledColumns: number;
}

export interface ProfileKernels {
  measureProfiles(plane: Plane, bytesPerSample: 1 | 2): Profiles;
}

type ProfilesKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  rowStep: number,
  blockStep: number,
  columns: number,
  rows: number,
) => void;

interface Exports {
  readonly measureProfiles8: ProfilesKernel;
  readonly measureProfiles16: ProfilesKernel;
}

/** About so many rows, and blocks of 16 columns, are sampled of any picture. */
const sampledRows = 96;
const sampledBlocks = 15;
const longestSide = 8192;

export function bindProfiles(machine: KernelMachine): ProfileKernels {
  const kernels = machine.exports as unknown as Exports;
  const columns = machine.reserve(longestSide * 4);
  const rows = machine.reserve(longestSide * 4);

  return {
    measureProfiles(plane, bytesPerSample) {
      const { width, height, stride } = plane;
      if (Math.max(width, height) > longestSide) throw new RangeError(`A plane of ${width}x${height} has too long a side.`);
      const rowStep = Math.max(1, Math.round(height / sampledRows));
      const blocks = Math.floor(width / 16);
      const blockStep = Math.max(1, Math.floor(blocks / sampledBlocks));
      const measure = bytesPerSample === 1 ? kernels.measureProfiles8 : kernels.measureProfiles16;
      measure(machine.addressOf(plane, bytesPerSample), width, height, stride, rowStep, blockStep, columns, rows);
      return {
        columns: new Uint32Array(machine.buffer, columns, width - 1),
        rows: new Uint32Array(machine.buffer, rows, height - 1),
        sampledRows: Math.ceil(height / rowStep),
        sampledColumns: 16 * Math.ceil(blocks / blockStep),
      };
    },
  };
}
