import { defineSoundMeasurer } from "../measurer.js";

/** Steps in which a rise is looked for. */
const stepSeconds = 0.001;

/** The first rise of this share of the largest one in a window is where the sound begins. */
const sameRiseRatio = 0.25;

/** What is written for no rise at all. */
const floorDbfs = -120;

/**
 * Where sound begins: how steeply its energy rises, and when. By the steepest rise and not by the first sound, because
 * lossy codecs spread a little of a sudden sound over the milliseconds before it (pre-echo).
 */
export const onsets = defineSoundMeasurer({
  name: "onsets",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "onset.riseDbfs": {
      unit: "dbfs",
      range: [floorDbfs, 0],
      meaning: "Largest rise of the mean square of all channels from one millisecond to the next; -120 where it does not rise",
    },
    "onset.atSeconds": {
      unit: "seconds",
      range: [0, 0.011],
      meaning:
        "When the sound rose so, counted from the start of the window: the first rise that has a quarter of the largest one",
    },
  },
  begin: ({ sampleRate, channels, sound }) => {
    const stepSamples = Math.max(1, Math.round(sampleRate * stepSeconds));
    const energies = sound.reserve(Math.ceil(sampleRate / 100 / stepSamples) + 1);
    const rises = new Float64Array(Math.ceil(sampleRate / 100 / stepSamples) + 1);
    let before: number | undefined;
    return (window, write) => {
      if (window.discontinuityBefore) before = undefined;
      const length = sound.count;
      // What is left over is part of the last step.
      const steps = Math.max(1, Math.floor(length / stepSamples));
      energies.fill(0);
      for (let channel = 0; channel < channels; channel++) {
        sound.exports.addSteps(sound.addressOf(channel), length, stepSamples, steps, energies.byteOffset);
      }
      let largest = 0;
      for (let step = 0; step < steps; step++) {
        const samples = step === steps - 1 ? length - step * stepSamples : stepSamples;
        const energy = (energies[step] ?? 0) / (samples * channels);
        const rise = energy - (before ?? energy);
        rises[step] = rise;
        if (rise > largest) largest = rise;
        before = energy;
      }
      // A tone that has begun rises again and again with its own oscillation.
      let at = 0;
      while (largest > 0 && (rises[at] ?? 0) < largest * sameRiseRatio) at++;
      write("onset.riseDbfs", Math.max(floorDbfs, 10 * Math.log10(largest)));
      write("onset.atSeconds", (at * stepSamples) / sampleRate);
    };
  },
});
