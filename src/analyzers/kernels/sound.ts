import { kernelModule } from "./module.js";

/** The kernels of sound as they are exported; what they take is told where they are written, in `assembly/`. */
interface SoundExports {
  readonly memory: WebAssembly.Memory;
  freeMemoryStart(): number;
  dropNonFinite(samples: number, count: number): void;
  sumWindow(samples: number, count: number, result: number): void;
  sumProducts(left: number, right: number, count: number): number;
  addSteps(samples: number, count: number, step: number, steps: number, sums: number): void;
  weighSamples(left: number, right: number, count: number, sections: number, state: number, energies: number): void;
  largestBetween(samples: number, count: number, taps: number): number;
  findFlatTops(
    samples: number,
    count: number,
    ceiling: number,
    floor: number,
    lowestCeiling: number,
    kept: number,
    flats: number,
  ): void;
  measurePlateaus(samples: number, count: number, ceiling: number, mean: number, cut: number, plateaus: number): void;
  sumSlots(samples: number, count: number, slotSamples: number, state: number, slots: number): number;
  addToMix(mix: number, samples: number, count: number, weight: number): void;
  sumSquaredSteps(samples: number, count: number): number;
  sumWeighted(samples: number, weights: number, count: number): number;
  decimate(samples: number, count: number, factor: number, rising: number, state: number, fewer: number): number;
}

/** What one channel holds in one window. A sample that is not finite makes `energy` and `sum` so. */
export interface ChannelSums {
  /** Largest sample, sign removed; 1 is full scale. */
  peak: number;
  /** Largest and smallest sample. */
  maximum: number;
  minimum: number;
  /** Sum of the samples' squares. */
  energy: number;
  sum: number;
  /** Samples that are exactly 0. */
  zeros: number;
}

/** The memory of the kernels for one track: its present window, and what measurers keep there. */
export interface SoundKernels {
  readonly exports: SoundExports;
  /** Most samples of a window. */
  readonly longest: number;
  /** Samples of the present window. */
  readonly count: number;
  /** The sums of the present window, one for each channel. */
  readonly sums: readonly ChannelSums[];
  /**
   * Puts the next window behind the one before; samples that are not finite are summed, and then count as 0.
   * @throws RangeError for a window that is too long, or has too many channels
   */
  place(samples: readonly Float32Array[]): void;
  /** Address of a channel's first sample; the 24 samples before it lie before it. */
  addressOf(channel: number): number;
  /** Room for so many numbers of 8 bytes, zeros; the memory never grows, so that views stay what they are. */
  reserve(numbers: number): Float64Array;
  /** The same for so many numbers of 4 bytes. */
  reserveFloats(numbers: number): Float32Array;
}

/** How many samples an interpolator looks at, and how many pairs they make. */
export const interpolatorTaps = 24;

const pageBytes = 65536;
const alignment = 16;
const sampleBytes = Float32Array.BYTES_PER_ELEMENT;
const historySamples = interpolatorTaps;
/** For what measurers reserve: tables (most of it for the lines of the mains), and states and results of each channel. */
const sharedBytes = 196608;
const channelBytes = 2048;

/**
 * Opens an instance of the kernels of its own for a track: beside that of the picture its memory would void the views that
 * the decoder holds, should it grow.
 * @param longest most samples in one window
 */
export function openSoundKernels(channels: number, longest: number): SoundKernels {
  // The names and types of the exports are those of assembly/index.ts, compiled into this very file.
  const exports = new WebAssembly.Instance(kernelModule()).exports as unknown as SoundExports;
  const windows = align(exports.freeMemoryStart());
  const roomBytes = align((historySamples + longest) * sampleBytes);
  let reserved = windows + channels * roomBytes;
  const end = reserved + sharedBytes + channels * (channelBytes + 3 * roomBytes);
  const missing = end - exports.memory.buffer.byteLength;
  if (missing > 0) exports.memory.grow(Math.ceil(missing / pageBytes));
  const { buffer } = exports.memory;
  const rooms = Array.from(
    { length: channels },
    (_, channel) => new Float32Array(buffer, windows + channel * roomBytes, historySamples + longest),
  );
  const sums = rooms.map((): ChannelSums => ({ peak: 0, maximum: 0, minimum: 0, energy: 0, sum: 0, zeros: 0 }));
  const result = reserve(5);
  let count = 0;

  function reserve(numbers: number): Float64Array {
    const bytes = align(8 * numbers);
    if (reserved + bytes > end) throw new RangeError("The kernels' memory for sound is full.");
    reserved += bytes;
    return new Float64Array(buffer, reserved - bytes, numbers);
  }

  const addressOf = (channel: number): number => windows + channel * roomBytes + historySamples * sampleBytes;

  function placeChannel(channel: number, samples: Float32Array): void {
    const room = rooms[channel];
    const own = sums[channel];
    if (room === undefined || own === undefined || samples.length > longest)
      throw new RangeError("The sound does not fit the kernels' memory.");
    room.copyWithin(0, count, count + historySamples);
    room.set(samples, historySamples);
    exports.sumWindow(addressOf(channel), samples.length, result.byteOffset);
    const [maximum = 0, minimum = 0] = result;
    own.maximum = maximum;
    own.minimum = minimum;
    own.peak = Math.max(0, maximum, -minimum);
    own.energy = result[2] ?? 0;
    own.sum = result[3] ?? 0;
    own.zeros = result[4] ?? 0;
    if (!Number.isFinite(own.energy)) exports.dropNonFinite(addressOf(channel), samples.length);
  }

  return {
    exports,
    longest,
    sums,
    get count() {
      return count;
    },
    addressOf,
    reserve,
    reserveFloats: (numbers) => new Float32Array(buffer, reserve(Math.ceil(numbers / 2)).byteOffset, numbers),
    place(samples) {
      for (let channel = 0; channel < samples.length; channel++) placeChannel(channel, samples[channel] ?? new Float32Array());
      count = samples[0]?.length ?? 0;
    },
  };
}

function align(address: number): number {
  return Math.ceil(address / alignment) * alignment;
}
