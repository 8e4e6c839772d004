/**
 * The minimum-requirement signals of EBU Tech 3341 (2023, table 1) and Tech 3342 (2023, table 1), made from their
 * published definitions at 48 kHz. Tech 3341's cases 7 and 8 and Tech 3342's 5 and 6 are excerpts of real programmes,
 * which the EBU's terms let nobody pass on: they are not here.
 */
import type { TestSound } from "../support/loudness-of.js";

export const sampleRate = 48000;

/** Seconds of a 1000 Hz sine; the level is that of its peak in each channel, in dBFS, -Infinity for silence. */
export type Tone = readonly [seconds: number, peakDbfs: number];

const silence = Number.NEGATIVE_INFINITY;

/** Tones one after the other, the phase running on, the same in both channels. */
export function stereoTones(...tones: readonly Tone[]): TestSound {
  const channel = tonesOf(tones);
  return { sampleRate, layout: "stereo", channels: [channel, channel] };
}

function tonesOf(tones: readonly Tone[]): Float32Array {
  const lengths = tones.map(([seconds]) => Math.round(seconds * sampleRate));
  const samples = new Float32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [index, [, peakDbfs]] of tones.entries()) {
    const amplitude = 10 ** (peakDbfs / 20);
    const end = at + (lengths[index] ?? 0);
    for (; at < end; at++) samples[at] = amplitude * Math.sin((2 * Math.PI * 1000 * at) / sampleRate);
  }
  return samples;
}

const repeated = (times: number, ...tones: readonly Tone[]): Tone[] => Array.from({ length: times }, () => tones).flat();
const twenty = Array.from({ length: 20 }, (_, index) => index);

/** Cases 1 to 5: what is heard, and the integrated loudness in LUFS. */
export const integratedCases: readonly { readonly id: string; readonly sound: () => TestSound; readonly lufs: number }[] = [
  { id: "3341-1", sound: () => stereoTones([20, -23]), lufs: -23 },
  { id: "3341-2", sound: () => stereoTones([20, -33]), lufs: -33 },
  { id: "3341-3", sound: () => stereoTones([10, -36], [60, -23], [10, -36]), lufs: -23 },
  { id: "3341-4", sound: () => stereoTones([10, -72], [10, -36], [60, -23], [10, -36], [10, -72]), lufs: -23 },
  { id: "3341-5", sound: () => stereoTones([20, -26], [20.1, -20], [20, -26]), lufs: -23 },
  {
    id: "3341-6",
    // L, R, C, Ls, Rs, in the order of ffmpeg's layout 5.0.
    sound: () => ({ sampleRate, layout: "5.0", channels: [-28, -28, -24, -30, -30].map((level) => tonesOf([[20, level]])) }),
    lufs: -23,
  },
];

/** Case 9: short-term loudness is constant after 3 s. Case 12: momentary loudness after 1 s. */
export const steadyShortTerm = () => stereoTones(...repeated(5, [1.34, -20], [1.66, -30]));
export const steadyMomentary = () => stereoTones(...repeated(25, [0.18, -20], [0.22, -30]));

/** Cases 10 and 13, for meters of files: each is a file of its own. */
export const shortTermFiles = () => twenty.map((i) => stereoTones([i * 0.15, silence], [3, -23], [1, silence]));
export const momentaryFiles = () => twenty.map((i) => stereoTones([i * 0.02, silence], [0.4, -23], [1, silence]));

/** Cases 11 and 14, for live meters: twenty tones in one run; `seconds` is how long each takes with the silence around it. */
export const shortTermRun = {
  seconds: 6,
  sound: () =>
    stereoTones(
      ...twenty.flatMap((i): Tone[] => [
        [i * 0.15, silence],
        [3, i - 38],
        [3 - i * 0.15, silence],
      ]),
    ),
};
export const momentaryRun = {
  seconds: 0.8,
  sound: () =>
    stereoTones(
      ...twenty.flatMap((i): Tone[] => [
        [i * 0.02, silence],
        [0.4, i - 38],
        [0.4 - i * 0.02, silence],
      ]),
    ),
};

/** Tech 3342: two or five tones of 20 s each, and the loudness range in LU. */
export const rangeCases: readonly { readonly id: string; readonly levels: readonly number[]; readonly rangeLu: number }[] = [
  { id: "3342-1", levels: [-20, -30], rangeLu: 10 },
  { id: "3342-2", levels: [-20, -15], rangeLu: 5 },
  { id: "3342-3", levels: [-40, -20], rangeLu: 20 },
  { id: "3342-4", levels: [-50, -35, -20, -35, -50], rangeLu: 15 },
];

export const rangeSound = (levels: readonly number[]) => stereoTones(...levels.map((level): Tone => [20, level]));

/** Half a second of a tone whose frequency is a part of the sample rate, with fades of 10 ms at both ends. */
function peakTone(divisor: number, amplitude: number, phaseDegrees: number): TestSound {
  const phase = (phaseDegrees / 180) * Math.PI;
  const channel = faded(
    Float32Array.from({ length: sampleRate / 2 }, (_, at) => amplitude * Math.sin((2 * Math.PI * at) / divisor + phase)),
  );
  return { sampleRate, layout: "stereo", channels: [channel, channel] };
}

function faded(samples: Float32Array): Float32Array {
  const fade = sampleRate / 100;
  return samples.map((sample, at) => sample * Math.min(1, at / fade, (samples.length - 1 - at) / fade));
}

/**
 * Cases 20 to 23: a sine at fs/6 of amplitude 0.5, within it one period at fs/4 of amplitude 1, the phase running on; made
 * at four times the rate, low-pass filtered, and each fourth sample taken, from the one at `offset` on.
 */
function burst(offset: number): TestSound {
  const rate = 4 * sampleRate;
  // The burst begins where a period of the tone ends, so that both meet at a zero that rises.
  const start = 24 * 1000;
  const length = 16;
  const wide = Float64Array.from({ length: rate / 4 }, (_, at) => {
    const inBurst = at - start;
    if (inBurst >= 0 && inBurst < length) return Math.sin((2 * Math.PI * inBurst) / length);
    return 0.5 * Math.sin((2 * Math.PI * (inBurst < 0 ? at : inBurst - length)) / 24);
  });
  const filter = lowPass(0.125, 255);
  const radius = (filter.length - 1) / 2;
  const channel = new Float32Array(wide.length / 4);
  for (const at of channel.keys()) {
    let sum = 0;
    for (const [tap, weight] of filter.entries()) sum += weight * (wide[4 * at + offset + tap - radius] ?? 0);
    channel[at] = sum;
  }
  return { sampleRate, layout: "stereo", channels: [faded(channel), faded(channel)] };
}

/** A windowed sinc (Blackman); its cut-off is a share of the sample rate. */
function lowPass(cutOff: number, taps: number): Float64Array {
  const radius = (taps - 1) / 2;
  const weights = Float64Array.from({ length: taps }, (_, tap) => {
    const x = 2 * Math.PI * cutOff * (tap - radius);
    const window =
      0.42 + 0.5 * Math.cos((Math.PI * (tap - radius)) / radius) + 0.08 * Math.cos((2 * Math.PI * (tap - radius)) / radius);
    return (x === 0 ? 1 : Math.sin(x) / x) * window;
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Cases 15 to 23: the sound, and its true peak in dBTP (+0.2, -0.4). */
export const peakCases: readonly { readonly id: string; readonly sound: () => TestSound; readonly dbtp: number }[] = [
  { id: "3341-15", sound: () => peakTone(4, 0.5, 0), dbtp: -6 },
  { id: "3341-16", sound: () => peakTone(4, 0.5, 45), dbtp: -6 },
  { id: "3341-17", sound: () => peakTone(6, 0.5, 60), dbtp: -6 },
  { id: "3341-18", sound: () => peakTone(8, 0.5, 67.5), dbtp: -6 },
  { id: "3341-19", sound: () => peakTone(4, 1.41, 45), dbtp: 3 },
  { id: "3341-20", sound: () => burst(0), dbtp: 0 },
  { id: "3341-21", sound: () => burst(1), dbtp: 0 },
  { id: "3341-22", sound: () => burst(2), dbtp: 0 },
  { id: "3341-23", sound: () => burst(3), dbtp: 0 },
];
