import { kernelModule } from "./module.js";

interface SoundExports {
  readonly memory: WebAssembly.Memory;
  freeMemoryStart(): number;
  dropNonFinite(samples: number, count: number): void;
  weighSamples(samples: number, count: number, sections: number, state: number): number;
  largestBetween(samples: number, count: number, taps: number): number;
}

/** Takes the next samples of one channel of a track. Samples that are not finite count as 0. */
export type ChannelKernel = (channel: number, samples: Float32Array) => number;

/** Two second-order sections, one after the other, normalised to a0 = 1; the second one's numerator is 1, -2, 1. */
export interface Sections {
  readonly first: { readonly b: readonly [number, number, number]; readonly a: readonly [number, number] };
  readonly second: { readonly a: readonly [number, number] };
}

/** How many samples an interpolator looks at, and how many pairs they make. */
export const interpolatorTaps = 24;
const pairs = interpolatorTaps / 2;

/** Weights of one pair of samples; see the kernel `largestBetween`. */
export interface PairWeights {
  readonly half: number;
  readonly even: number;
  readonly odd: number;
}

const pageBytes = 65536;
const alignment = 16;
const sampleBytes = Float32Array.BYTES_PER_ELEMENT;
const historySamples = interpolatorTaps;
const constantBytes = 256;
const stateBytes = 4 * Float64Array.BYTES_PER_ELEMENT;

/**
 * Opens a filter of two sections for each channel. Each call gives the sum of the squares of the filtered samples.
 * @param longest most samples in one call
 */
export function openWeighing(channels: number, longest: number, { first, second }: Sections): ChannelKernel {
  const sound = openChannels(channels, longest);
  const constants = new Float64Array(sound.kernels.memory.buffer, sound.constants, 7);
  constants.set([...first.b, ...first.a, ...second.a]);
  return (channel, samples) => {
    const at = sound.place(channel, samples);
    return sound.kernels.weighSamples(at, samples.length, sound.constants, sound.stateOf(channel));
  };
}

/**
 * Opens an interpolator for each channel. Each call gives the largest absolute value of the samples and of three points
 * between each two of them, which come 12 samples late.
 * @param longest most samples in one call
 * @param weights of the pairs of samples, from the outermost one
 */
export function openInterpolation(channels: number, longest: number, weights: readonly PairWeights[]): ChannelKernel {
  if (weights.length !== pairs) throw new RangeError(`The interpolator takes the weights of ${pairs} pairs.`);
  const sound = openChannels(channels, longest);
  const constants = new Float32Array(sound.kernels.memory.buffer, sound.constants, 3 * pairs);
  constants.set(weights.flatMap(({ half, even, odd }) => [half, even, odd]));
  return (channel, samples) => sound.kernels.largestBetween(sound.place(channel, samples), samples.length, sound.constants);
}

/**
 * An instance of the kernels of its own, whose memory never grows: beside that of the picture it would void the views
 * that the decoder holds. For each channel there is room for a window with the samples before it, and for a filter's state.
 */
function openChannels(channels: number, longest: number) {
  // The names and types of the exports are those of assembly/index.ts, compiled into this very file.
  const kernels = new WebAssembly.Instance(kernelModule()).exports as unknown as SoundExports;
  const constants = align(kernels.freeMemoryStart());
  const states = constants + constantBytes;
  const windows = states + channels * stateBytes;
  const channelBytes = align((historySamples + longest) * sampleBytes);
  const missing = windows + channels * channelBytes - kernels.memory.buffer.byteLength;
  if (missing > 0) kernels.memory.grow(Math.ceil(missing / pageBytes));
  const rooms = Array.from(
    { length: channels },
    (_, channel) => new Float32Array(kernels.memory.buffer, windows + channel * channelBytes, historySamples + longest),
  );
  const filled = new Uint32Array(channels);

  return {
    kernels,
    constants,
    stateOf: (channel: number): number => states + channel * stateBytes,
    /** Puts samples behind those of the call before. @returns the address of the first */
    place(channel: number, samples: Float32Array): number {
      const room = rooms[channel];
      if (room === undefined || samples.length > longest) throw new RangeError("The sound does not fit the kernels' memory.");
      const before = filled[channel] ?? 0;
      room.copyWithin(0, before, before + historySamples);
      room.set(samples, historySamples);
      filled[channel] = samples.length;
      const at = room.byteOffset + historySamples * sampleBytes;
      kernels.dropNonFinite(at, samples.length);
      return at;
    },
  };
}

function align(address: number): number {
  return Math.ceil(address / alignment) * alignment;
}
