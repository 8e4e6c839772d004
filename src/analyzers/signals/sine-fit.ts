/** The sine that a fit found; the next fit writes over it. */
export interface SineFit {
  /** Sum of the squares of the sine's samples. */
  energy: number;
  /** Where it stands in the middle of the samples, in radians, as a cosine. */
  phase: number;
}

const fit: SineFit = { energy: 0, phase: 0 };

/**
 * Fits a sine of a known frequency to samples, by least squares (IEEE 1057, three-parameter fit, without the constant).
 * Counted from the middle of the samples sine and cosine are orthogonal, so that two sums are enough.
 * @param frequency in radians per sample, between 0 and pi
 */
export function fitSine(samples: Float32Array, frequency: number): SineFit {
  const count = samples.length;
  const middle = (count - 1) / 2;
  const [turnCosine, turnSine] = [Math.cos(frequency), Math.sin(frequency)];
  let cosine = Math.cos(frequency * middle);
  let sine = -Math.sin(frequency * middle);
  let alongCosine = 0;
  let alongSine = 0;
  for (let at = 0; at < count; at++) {
    const sample = samples[at] ?? 0;
    alongCosine += sample * cosine;
    alongSine += sample * sine;
    const turned = cosine * turnCosine - sine * turnSine;
    sine = sine * turnCosine + cosine * turnSine;
    cosine = turned;
  }
  const half = turnSine === 0 ? 0 : Math.sin(count * frequency) / (2 * turnSine);
  const cosineEnergy = count / 2 + half;
  const sineEnergy = count / 2 - half;
  fit.energy = alongCosine ** 2 / cosineEnergy + alongSine ** 2 / sineEnergy;
  fit.phase = Math.atan2(-alongSine / sineEnergy, alongCosine / cosineEnergy);
  return fit;
}

/**
 * Frequency in radians per sample, from the first and the last passage through zero. Where there are fewer than two it is
 * taken for one period in all of the samples: nearer than that nobody can know it.
 */
export function zeroCrossingFrequency(samples: Float32Array): number {
  let first = 0;
  let last = 0;
  let crossings = 0;
  for (let at = 1; at < samples.length; at++) {
    const before = samples[at - 1] ?? 0;
    const sample = samples[at] ?? 0;
    if (before < 0 === sample < 0) continue;
    last = at - sample / (sample - before);
    if (crossings++ === 0) first = last;
  }
  return crossings < 2 ? (2 * Math.PI) / samples.length : (Math.PI * (crossings - 1)) / (last - first);
}
