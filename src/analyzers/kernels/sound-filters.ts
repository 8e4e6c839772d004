import { interpolatorTaps, type SoundKernels } from "./sound.js";

/** Two second-order sections, one after the other, normalised to a0 = 1; the second one's numerator is 1, -2, 1. */
export interface Sections {
  readonly first: { readonly b: readonly [number, number, number]; readonly a: readonly [number, number] };
  readonly second: { readonly a: readonly [number, number] };
}

const pairs = interpolatorTaps / 2;

/** Weights of one pair of samples; see the kernel `largestBetween`. */
export interface PairWeights {
  readonly half: number;
  readonly even: number;
  readonly odd: number;
}

/**
 * Opens a filter of two sections for some channels. Each call gives the sums of the squares of the filtered samples of the
 * present window, one for each of them, in an array that the next call writes over.
 */
export function openWeighing(
  sound: SoundKernels,
  channels: readonly number[],
  { first, second }: Sections,
): () => Readonly<Float64Array> {
  const constants = sound.reserve(7);
  constants.set([...first.b, ...first.a, ...second.a]);
  const energies = sound.reserve(channels.length + 1);
  // Two channels go through at a time; the last one of an odd number beside itself.
  const couples = Array.from({ length: Math.ceil(channels.length / 2) }, (_, couple) => {
    const left = channels[2 * couple] ?? 0;
    return {
      left: sound.addressOf(left),
      right: sound.addressOf(channels[2 * couple + 1] ?? left),
      state: sound.reserve(8).byteOffset,
      energies: energies.byteOffset + 16 * couple,
    };
  });
  return () => {
    for (const { left, right, state, energies: at } of couples) {
      sound.exports.weighSamples(left, right, sound.count, constants.byteOffset, state, at);
    }
    return energies;
  };
}

/**
 * Opens an interpolator. Each call gives the largest absolute value of a channel's samples and of three points between each
 * two of them, which come 12 samples late.
 * @param weights of the pairs of samples, from the outermost one
 */
export function openInterpolation(sound: SoundKernels, weights: readonly PairWeights[]): (channel: number) => number {
  if (weights.length !== pairs) throw new RangeError(`The interpolator takes the weights of ${pairs} pairs.`);
  const { buffer, byteOffset } = sound.reserve((3 * pairs) / 2);
  new Float32Array(buffer, byteOffset, 3 * pairs).set(weights.flatMap(({ half, even, odd }) => [half, even, odd]));
  return (channel) => sound.exports.largestBetween(sound.addressOf(channel), sound.count, byteOffset);
}
