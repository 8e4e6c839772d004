import type { SoundKernels } from "../kernels/sound.js";

/** Rates that sound is brought down to; they are hit within some percent, by whole factors. */
const firstHertz = 4000;
const secondFactor = 4;
const taps = 48;

/**
 * Brings sound down to about 4000 and about 1000 samples per second.
 *
 * First by weighing with a triangle as long as two of the new samples (a cascaded integrator-comb filter of order two,
 * Hogenauer 1981), whose zeros lie where other frequencies would fold onto the lowest: below 400 Hz what folds is 40 dB down.
 * Then by a windowed sinc (Hamming) that passes up to 370 Hz and stops from 630 Hz.
 */
export function openDecimation(sampleRate: number, sound: SoundKernels) {
  const factor = Math.max(1, Math.round(sampleRate / firstHertz));
  const rising = sound.reserve(factor);
  rising.set(Float64Array.from({ length: factor }, (_, at) => (at + 0.5) / factor ** 2));
  const state = sound.reserve(4);
  const fewer = sound.reserve(Math.ceil(sound.longest / factor) + 1);
  const weights = sound.reserveFloats(taps);
  weights.set(lowPass());
  /** Each sample twice, so that the last ones always lie together. */
  const recent = sound.reserveFloats(2 * taps);
  let count = 0;

  return {
    secondHertz: sampleRate / (factor * secondFactor),

    /**
     * @param samples address of the next ones, as many as the present window has
     * @param eachSecond is given each sample of the lower rate
     * @returns the sum of the squares of the samples of the higher one, scaled to how many samples went in
     */
    take(samples: number, eachSecond: (sample: number) => void): number {
      const made = sound.exports.decimate(samples, sound.count, factor, rising.byteOffset, state.byteOffset, fewer.byteOffset);
      let energy = 0;
      for (let n = 0; n < made; n++) {
        const first = fewer[n] ?? 0;
        energy += first * first;
        recent[count % taps] = recent[(count % taps) + taps] = first;
        count++;
        if (count % secondFactor === 0) eachSecond(filtered());
      }
      return energy * factor;
    },

    forget(): void {
      count = 0;
      state.fill(0);
      recent.fill(0);
    },
  };

  function filtered(): number {
    const oldest = recent.byteOffset + Float32Array.BYTES_PER_ELEMENT * (count % taps);
    return sound.exports.sumWeighted(oldest, weights.byteOffset, taps);
  }
}

function lowPass(): Float64Array {
  const cutoff = 1 / (2 * secondFactor);
  const weights = Float64Array.from({ length: taps }, (_, tap) => {
    const distance = tap - (taps - 1) / 2;
    const sinc = Math.sin(2 * Math.PI * cutoff * distance) / (Math.PI * distance);
    return sinc * (0.54 - 0.46 * Math.cos((2 * Math.PI * tap) / (taps - 1)));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
