import type { AudioBlock } from "../../decoder/index.js";

/** What one channel holds in one window. */
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

/** The sums of a track's windows, taken in one pass when first asked for, whoever asks. */
export interface WindowSums {
  /** One for each channel; overwritten by the next window. */
  of(window: AudioBlock): readonly ChannelSums[];
}

/** Opens the pass over a track of so many channels. A window with a sample that is not finite has energy and sum to match. */
export function openWindowSums(channels: number): WindowSums {
  const sums = Array.from({ length: channels }, () => ({ peak: 0, maximum: 0, minimum: 0, energy: 0, sum: 0, zeros: 0 }));
  let measured: AudioBlock | undefined;
  return {
    of(window) {
      if (window === measured) return sums;
      measured = window;
      for (const [channel, samples] of window.samples.entries()) {
        const own = sums[channel];
        if (own) measure(samples, own);
      }
      return sums;
    },
  };
}

function measure(samples: Float32Array, sums: ChannelSums): void {
  let maximum = Number.NEGATIVE_INFINITY;
  let minimum = Number.POSITIVE_INFINITY;
  let energy = 0;
  let sum = 0;
  let zeros = 0;
  for (let at = 0; at < samples.length; at++) {
    const sample = samples[at] ?? 0;
    if (sample > maximum) maximum = sample;
    if (sample < minimum) minimum = sample;
    if (sample === 0) zeros++;
    energy += sample * sample;
    sum += sample;
  }
  sums.maximum = maximum;
  sums.minimum = minimum;
  sums.peak = Math.max(0, maximum, -minimum);
  sums.energy = energy;
  sums.sum = sum;
  sums.zeros = zeros;
}
