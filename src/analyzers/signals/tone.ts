import { defineSoundMeasurer } from "../measurer.js";
import { fitSine, zeroCrossingFrequency } from "./sine-fit.js";

const floorDb = -120;

/** Mean energy of a window below which nobody hears a tone: -60 dBFS. */
const quietEnergy = 1e-6;

/**
 * The square of a sine's peak is twice its mean energy. A window of 10 ms need not hold whole periods, nor a sample at the
 * very top: so much may it lie off before the costly fit is tried.
 */
const crestTolerance = 0.35;

/** A fit that leaves more than this share of the energy has lost its sine: -10 dB. */
const lostShare = 0.1;

/** Enough that the tone's own channel is known: -20 dB. */
const foundShare = 0.01;

/**
 * How close each window is to one pure sine: total harmonic distortion plus noise, as AES17 has it, but in windows of
 * 10 ms and without a weighting. The sine is fitted by least squares; its frequency comes from how its phase moves from
 * window to window, so that it is right within some hundredths of a hertz.
 *
 * Of several channels the first that has a tone speaks.
 */
export const tone = defineSoundMeasurer({
  name: "tone",
  needs: "any",
  lookbackSeconds: 0.02,
  provides: {
    "tone.residualDb": {
      unit: "db",
      range: [floorDb, 0],
      meaning: "What is left of a channel without its strongest sine, against all of it; 0 where nothing is like a sine",
    },
    "tone.hertz": { unit: "hertz", range: [0, 24000], meaning: "Frequency of that sine; not measured where there is none" },
    "tone.levelDbfs": {
      unit: "dbfs",
      range: [floorDb, 3],
      meaning: "Root mean square of that channel, a full-scale sine is 0 (AES17); not measured where there is no sine",
    },
  },

  begin: ({ sampleRate, channels, sound }) => {
    const locks = Array.from({ length: channels }, () => ({ frequency: 0, phase: 0, length: 0 }));

    return (window, write) => {
      let residual = 1;
      let hertz = Number.NaN;
      let level = Number.NaN;
      for (let channel = 0; channel < channels; channel++) {
        const samples = window.samples[channel];
        const lock = locks[channel];
        const ownSums = sound.sums[channel];
        if (samples === undefined || lock === undefined || ownSums === undefined) continue;
        const { length } = samples;
        const { energy, peak } = ownSums;
        const crest = (peak ** 2 * length) / (2 * energy);
        if (!(energy >= quietEnergy * length) || !(Math.abs(crest - 1) <= crestTolerance)) {
          lock.frequency = 0;
          continue;
        }
        const isLocked = lock.frequency > 0;
        const frequency = isLocked ? lock.frequency : zeroCrossingFrequency(samples);
        const fit = fitSine(samples, frequency);
        const share = Math.max(0, 1 - fit.energy / energy);
        const moved = fit.phase - lock.phase - (frequency * (lock.length + length)) / 2;
        const correction = (moved - 2 * Math.PI * Math.round(moved / (2 * Math.PI))) / ((lock.length + length) / 2);
        lock.frequency = share <= lostShare ? (isLocked ? frequency + correction : frequency) : 0;
        lock.phase = fit.phase;
        lock.length = length;
        if (share < residual && residual > foundShare) {
          residual = share;
          hertz = (lock.frequency * sampleRate) / (2 * Math.PI);
          level = 10 * Math.log10((2 * energy) / length);
        }
      }
      write("tone.residualDb", Math.max(floorDb, 10 * Math.log10(residual)));
      if (hertz > 0) {
        write("tone.hertz", hertz);
        write("tone.levelDbfs", level);
      }
    };
  },
});
