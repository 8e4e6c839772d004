import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** Whole numbers that tell how the fields of two frames lie in time, as ffmpeg's idet compares them. */
export interface FieldSums {
  /** Differences between the fields that lie furthest apart if the top field comes first; over samples that moved. */
  readonly topFirst: number;
  /** The same if the bottom field comes first. */
  readonly bottomFirst: number;
  /** How much the rows of each of both frames differ from those around them, both added up; over samples that moved. */
  readonly comb: number;
  /** The same with the rows two above and below, which are of the own field. */
  readonly withinField: number;
  /** Differences between both frames' top fields, and bottom fields. */
  readonly topChange: number;
  readonly bottomChange: number;
  /** Samples that moved, and samples that were looked at. */
  readonly movedSamples: number;
  readonly samples: number;
}

export interface FieldKernels {
  /**
   * Compares the fields of two planes of one shape, on some of their rows.
   * @param moved smallest difference, on the scale of 8 bits, of a sample that moved
   */
  measureFields(plane: Plane, previous: Plane, bitDepth: number, moved: number): FieldSums;
}

type FieldsKernel = (
  plane: number,
  previous: number,
  width: number,
  height: number,
  stride: number,
  step: number,
  shift: number,
  moved: number,
  out: number,
) => void;

interface Exports {
  readonly measureFields8: FieldsKernel;
  readonly measureFields16: FieldsKernel;
}

/** Enough rows to tell fields apart: more cost time and say the same. */
const measuredRows = 180;

/** Of so many rows one pair is measured. */
export function fieldsStep(height: number): number {
  return 2 * Math.max(1, Math.floor(height / measuredRows));
}

export function bindFields(machine: KernelMachine): FieldKernels {
  const kernels = machine.exports as unknown as Exports;
  const results = machine.reserve(8 * 8);

  return {
    measureFields(plane, previous, bitDepth, moved) {
      const measure = bitDepth > 8 ? kernels.measureFields16 : kernels.measureFields8;
      const bytesPerSample = bitDepth > 8 ? 2 : 1;
      const shift = Math.max(0, bitDepth - 12);
      measure(
        machine.addressOf(plane, bytesPerSample),
        machine.addressOf(previous, bytesPerSample),
        plane.width,
        plane.height,
        plane.stride,
        fieldsStep(plane.height),
        shift,
        moved * 2 ** (bitDepth - 8 - shift),
        results,
      );
      const sums = new Float64Array(machine.buffer, results, 8);
      const [topFirst = 0, bottomFirst = 0, comb = 0, topChange = 0, bottomChange = 0, movedSamples = 0, samples = 0] = sums;
      const scale = 2 ** shift;
      return {
        topFirst: topFirst * scale,
        bottomFirst: bottomFirst * scale,
        comb: comb * scale,
        withinField: (sums[7] ?? 0) * scale,
        topChange: topChange * scale,
        bottomChange: bottomChange * scale,
        movedSamples,
        samples,
      };
    },
  };
}
