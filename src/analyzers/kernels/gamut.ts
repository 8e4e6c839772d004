import type { Plane } from "../../decoder/index.js";
import type { KernelMachine } from "./machine.js";

/** What chroma adds to luma: R = Y + toRed · Cr, G = Y − fromGreenBlue · Cb − fromGreenRed · Cr, B = Y + toBlue · Cb, in code values. */
export interface ColorFactors {
  readonly toRed: number;
  readonly fromGreenBlue: number;
  readonly fromGreenRed: number;
  readonly toBlue: number;
}

/** Blocks of 2x2 luma samples, counted. */
export interface OutsideCounts {
  readonly blocks: number;
  /** Of those, with luma, R, G or B outside the range, below it, above it. */
  readonly outside: number;
  readonly below: number;
  readonly above: number;
}

export interface GamutKernels {
  /**
   * Counts in blocks of 2x2 luma samples, of each two rows of blocks the first, what lies outside a range of levels.
   *
   * @param planes luma first, then Cb and Cr; luma alone for gray
   * @param low, high smallest and largest level inside, on the scale of 10 bits
   */
  countOutside(planes: readonly Plane[], bitDepth: number, factors: ColorFactors, low: number, high: number): OutsideCounts;
}

type GamutKernel = (
  luma: number,
  lumaStride: number,
  blue: number,
  red: number,
  chromaStride: number,
  columns: number,
  rows: number,
  bitDepth: number,
  across: number,
  down: number,
  toRed: number,
  fromGreenBlue: number,
  fromGreenRed: number,
  toBlue: number,
  low: number,
  high: number,
  out: number,
) => void;

interface Exports {
  readonly countOutside8: GamutKernel;
  readonly countOutside16: GamutKernel;
}

export function bindGamut(machine: KernelMachine): GamutKernels {
  const kernels = machine.exports as unknown as Exports;
  const out = machine.reserve(3 * 4);
  const fixed = (factor: number): number => Math.round(factor * 8192);

  return {
    countOutside(planes, bitDepth, factors, low, high) {
      const [luma, blue, red] = planes;
      if (luma === undefined) throw new RangeError("The frame has no planes.");
      const bytesPerSample = bitDepth > 8 ? 2 : 1;
      const columns = luma.width >> 1;
      const rows = luma.height >> 1;
      const count = bytesPerSample === 1 ? kernels.countOutside8 : kernels.countOutside16;
      count(
        machine.addressOf(luma, bytesPerSample),
        luma.stride,
        blue === undefined ? 0 : machine.addressOf(blue, bytesPerSample),
        red === undefined ? 0 : machine.addressOf(red, bytesPerSample),
        blue?.stride ?? 0,
        columns,
        rows,
        bitDepth,
        shiftOf(luma.width, blue?.width),
        shiftOf(luma.height, blue?.height),
        fixed(factors.toRed),
        fixed(factors.fromGreenBlue),
        fixed(factors.fromGreenRed),
        fixed(factors.toBlue),
        low,
        high,
        out,
      );
      const [outside = 0, below = 0, above = 0] = new Uint32Array(machine.buffer, out, 3);
      return { blocks: columns * Math.ceil(rows / 2), outside, below, above };
    },
  };
}

/** The power of two by which chroma is smaller than luma; its size is rounded up. */
function shiftOf(luma: number, chroma = luma): number {
  if (chroma === luma) return 0;
  return chroma === Math.ceil(luma / 2) ? 1 : 2;
}
