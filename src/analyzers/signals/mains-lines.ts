import type { SoundKernels } from "../kernels/sound.js";

/** What stands at the harmonics of a mains frequency. The next look writes over it. */
export interface MainsLines {
  /** Harmonics that are there, one steady line each. */
  count: number;
  /** The mains frequency that fits them best. */
  hertz: number;
  /** Their root mean square together, against a full-scale sine; 0 where there are none. */
  amplitude: number;
}

const mainsHertz = [50, 60] as const;
/** Seven harmonics of 50 Hz, six of 60 Hz: what mains brings in lies below. */
const highestHertz = 365;

/** Each look transforms one second, four times a second, and compares the last 16 transforms. */
const looksPerSecond = 4;
const looks = 16;

/** How far mains wanders, in Hz (EN 50160: ±1 % in islands; grids keep to 0.2 Hz), and in what steps that is searched. */
const driftHertz = 0.3;
const stepHertz = 0.025;

/**
 * A line is steady when its transforms of 4 s, turned back by one frequency, add up to this share of what they would all in
 * step. Noise comes to 0.2, a melody's notes and a voice to less.
 */
const steadyShare = 0.8;

/** A transform that is so much stronger than their median is not the line alone, and counts no more than that. */
const strongest = 1.5;

/** Quieter lines are nothing: -75 dBFS. */
const quietAmplitude = 10 ** (-75 / 20);

/**
 * Opens the search for mains hum in sound of about 1000 samples per second: lines at the harmonics of 50 or 60 Hz that keep
 * frequency, phase and level for 4 s, as only a machine does.
 *
 * The transforms are those of a discrete Fourier transform at the harmonics alone (Goertzel 1958), under a four-term
 * Blackman-Harris window (Harris 1978), which keeps a bass note 4 Hz away 90 dB down.
 */
export function openMainsLines(sampleRate: number, sound: SoundKernels) {
  const length = Math.round(sampleRate);
  const hop = Math.round(length / looksPerSecond);
  const lines = mainsHertz.flatMap((mains, base) =>
    Array.from({ length: Math.floor(highestHertz / mains) }, (_, index) => openLine(base, index + 1, mains)),
  );
  const recent = sound.reserveFloats(length);
  const magnitudes = new Float64Array(looks);
  const found: MainsLines = { count: 0, hertz: Number.NaN, amplitude: 0 };
  let filled = 0;
  let look = 0;

  function openLine(base: number, harmonic: number, mains: number) {
    const cosines = sound.reserveFloats(length);
    const sines = sound.reserveFloats(length);
    const turn = (2 * Math.PI * harmonic * mains) / sampleRate;
    // So that a full-scale sine comes to 1.
    const scale = 2 / (blackmanHarrisTerms[0] * length);
    for (let at = 0; at < length; at++) {
      const weight = scale * blackmanHarris(at / length);
      cosines[at] = weight * Math.cos(turn * at);
      sines[at] = weight * Math.sin(turn * at);
    }
    // A transform counts its phase from its own first sample: from one to the next the line turns so far.
    return {
      base,
      harmonic,
      turn: turn * hop,
      cosines,
      sines,
      real: new Float64Array(looks),
      imaginary: new Float64Array(looks),
      /** The same, limited; the sum of their squares, and the limit. */
      limitedReal: new Float64Array(looks),
      limitedImaginary: new Float64Array(looks),
      energy: 0,
      limit: 0,
    };
  }
  type Line = (typeof lines)[number];

  function transform(line: Line): void {
    const { sumWeighted } = sound.exports;
    line.real[look % looks] = sumWeighted(recent.byteOffset, line.cosines.byteOffset, length);
    line.imaginary[look % looks] = -sumWeighted(recent.byteOffset, line.sines.byteOffset, length);
  }

  function limit(line: Line): void {
    const { real, imaginary, limitedReal, limitedImaginary } = line;
    const magnitude = (at: number) => Math.sqrt((real[at] ?? 0) ** 2 + (imaginary[at] ?? 0) ** 2);
    for (let at = 0; at < looks; at++) magnitudes[at] = magnitude(at);
    magnitudes.sort();
    line.limit = strongest * (magnitudes[looks / 2] ?? 0);
    line.energy = 0;
    for (let at = 0; at < looks; at++) {
      const own = magnitude(at);
      const share = own > line.limit ? line.limit / own : 1;
      limitedReal[at] = share * (real[at] ?? 0);
      limitedImaginary[at] = share * (imaginary[at] ?? 0);
      line.energy += (share * own) ** 2;
    }
  }

  /** The amplitude of the line at an offset of its base, or 0 where it is not steady. */
  function steadyAmplitude(line: Line, offsetHertz: number): number {
    if (line.limit < quietAmplitude) return 0;
    const turn = line.turn + (2 * Math.PI * line.harmonic * offsetHertz * hop) / sampleRate;
    const [turnCosine, turnSine] = [Math.cos(turn), Math.sin(turn)];
    let [cosine, sine] = [1, 0];
    let sumReal = 0;
    let sumImaginary = 0;
    for (let past = 0; past < looks; past++) {
      const at = (look - past) % looks;
      const real = line.limitedReal[at] ?? 0;
      const imaginary = line.limitedImaginary[at] ?? 0;
      sumReal += real * cosine - imaginary * sine;
      sumImaginary += real * sine + imaginary * cosine;
      const turned = cosine * turnCosine - sine * turnSine;
      sine = sine * turnCosine + cosine * turnSine;
      cosine = turned;
    }
    const energy = sumReal ** 2 + sumImaginary ** 2;
    return energy >= steadyShare * looks * line.energy ? Math.sqrt(energy) / looks : 0;
  }

  function compare(): void {
    found.count = found.amplitude = 0;
    found.hertz = Number.NaN;
    for (const line of lines) limit(line);
    for (const [base, mains] of mainsHertz.entries()) {
      for (let offset = -driftHertz; offset <= driftHertz + 1e-9; offset += stepHertz) {
        let count = 0;
        let energy = 0;
        for (const line of lines) {
          if (line.base !== base) continue;
          const amplitude = steadyAmplitude(line, offset);
          if (amplitude < quietAmplitude) continue;
          count++;
          energy += amplitude ** 2;
        }
        if (count < found.count || (count === found.count && energy <= found.amplitude ** 2)) continue;
        found.count = count;
        found.hertz = mains + offset;
        found.amplitude = Math.sqrt(energy);
      }
    }
  }

  return {
    /** Takes the next sample. @returns what is known anew, or undefined where nothing is */
    take(sample: number): MainsLines | undefined {
      recent[filled++] = sample;
      if (filled < length) return undefined;
      for (const line of lines) transform(line);
      const isDue = look >= looks - 1 && look % 2 === 1;
      if (isDue) compare();
      look++;
      recent.copyWithin(0, hop);
      filled = length - hop;
      return isDue ? found : undefined;
    },
    forget(): void {
      filled = look = 0;
    },
  };
}

const blackmanHarrisTerms = [0.35875, 0.48829, 0.14128, 0.01168] as const;

function blackmanHarris(share: number): number {
  const [constant, ...cosines] = blackmanHarrisTerms;
  return cosines.reduce<number>(
    (sum, term, index) => sum - term * (-1) ** index * Math.cos(2 * Math.PI * (index + 1) * share),
    constant,
  );
}
