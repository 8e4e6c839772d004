import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** How often a picture steps between flat places. The arrays are views, valid until the next profiles are measured. */
export interface StepProfiles {
  /** For each column, how many of the samples looked at step there; the first and last four are 0. */
  readonly columns: Uint32Array;
  readonly rows: Uint32Array;
  /** How many samples of a column, and of a row, are looked at. */
  readonly samplesOfColumn: number;
  readonly samplesOfRow: number;
}

export interface StepProfileKernels {
  /**
   * A step: two samples three apart differ by `smallestStep` to `largestStep`, and by more than twice as much as either of them
   * does from the sample two beyond it.
   *
   * @param lineStep looks at every so manieth row, or stretch of 16 samples of a row
   */
  measureStepProfiles(
    plane: Plane,
    bytesPerSample: 1 | 2,
    steps: { readonly smallest: number; readonly largest: number },
    lineStep: number,
  ): StepProfiles;
  /**
   * Adds up a profile in stretches as long as `period`, each beginning at a multiple of it, rounded to the even one of two as near.
   *
   * @param profile one of those that were measured last
   * @param period 4 to 60 samples
   * @param folded receives the sum of the first of each stretch, of the second and so on, as many as it holds, at most 64
   * @returns how many stretches lie within the profile
   */
  foldProfile(profile: Uint32Array, period: number, folded: Uint32Array): number;
}

type StepProfilesKernel = (
  plane: number,
  width: number,
  height: number,
  stride: number,
  smallest: number,
  largest: number,
  lineStep: number,
  columns: number,
  rows: number,
) => void;

interface Exports {
  readonly foldProfile: (profile: number, length: number, period: number, folded: number) => number;
  readonly measureStepProfiles8: StepProfilesKernel;
  readonly measureStepProfiles16: StepProfilesKernel;
}

/** What of a picture is looked at: this many samples of its sides. No codec has longer ones, but a still picture may. */
const longestSide = 65536;

const mostFolded = 64;

export function bindStepProfiles(machine: KernelMachine): StepProfileKernels {
  const kernels = machine.exports as unknown as Exports;
  const columns = machine.reserve(longestSide * 4);
  const rows = machine.reserve(longestSide * 4);
  const sums = machine.reserve(mostFolded * 4);

  return {
    measureStepProfiles(plane, bytesPerSample, { smallest, largest }, lineStep) {
      const width = Math.min(plane.width, longestSide);
      const height = Math.min(plane.height, longestSide);
      const measure = bytesPerSample === 1 ? kernels.measureStepProfiles8 : kernels.measureStepProfiles16;
      measure(machine.addressOf(plane, bytesPerSample), width, height, plane.stride, smallest, largest, lineStep, columns, rows);
      return {
        columns: new Uint32Array(machine.buffer, columns, width),
        rows: new Uint32Array(machine.buffer, rows, height),
        samplesOfColumn: Math.ceil(height / lineStep),
        samplesOfRow: 16 * Math.ceil(Math.floor(width / 16) / lineStep),
      };
    },

    foldProfile(profile, period, folded) {
      const lines = kernels.foldProfile(profile.byteOffset, profile.length, period, sums);
      folded.set(new Uint32Array(machine.buffer, sums, Math.min(folded.length, mostFolded)));
      return lines;
    },
  };
}
