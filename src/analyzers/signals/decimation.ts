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
export function openDecimation(sampleRate: number) {
  const factor = Math.max(1, Math.round(sampleRate / firstHertz));
  const rising = Float64Array.from({ length: factor }, (_, at) => (at + 0.5) / factor ** 2);
  const weights = lowPass();
  const recent = new Float64Array(taps);
  let [carried, weighed, sum] = [0, 0, 0];
  let phase = 0;
  let count = 0;

  return {
    secondHertz: sampleRate / (factor * secondFactor),

    /**
     * @param eachSecond is given each sample of the lower rate
     * @returns the sum of the squares of the samples of the higher one, scaled to how many samples went in
     */
    take(samples: Float32Array, eachSecond: (sample: number) => void): number {
      let energy = 0;
      // Locals, for they are touched for every sample.
      let ownWeighed = weighed;
      let ownSum = sum;
      let ownPhase = phase;
      for (let at = 0; at < samples.length; at++) {
        const sample = samples[at] ?? 0;
        ownSum += sample;
        ownWeighed += sample * (rising[ownPhase] ?? 0);
        if (++ownPhase < factor) continue;
        // The weight that a sample has in the next one is what it lacks in this one.
        const first = carried + ownSum / factor - ownWeighed;
        carried = ownWeighed;
        ownWeighed = ownSum = ownPhase = 0;
        energy += first * first;
        recent[count % taps] = first;
        count++;
        if (count % secondFactor === 0) eachSecond(filtered());
      }
      weighed = ownWeighed;
      sum = ownSum;
      phase = ownPhase;
      return energy * factor;
    },

    forget(): void {
      carried = weighed = sum = phase = count = 0;
      recent.fill(0);
    },
  };

  function filtered(): number {
    let total = 0;
    for (let tap = 0; tap < taps; tap++) total += (weights[tap] ?? 0) * (recent[(count + tap) % taps] ?? 0);
    return total;
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
