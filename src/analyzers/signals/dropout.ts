import { defineSoundMeasurer } from "../measurer.js";
import { openInterruptions } from "./interruptions.js";
import { openRepeats } from "./repeats.js";

/**
 * Where sound breaks off and goes on: gaps of nothing, or of one held sample, inside running sound, single samples
 * that jump, and blocks that come twice. Each is told once, in the window in which it is sure: a gap 20 to 70 ms after
 * its end, a jump 120 ms after it, a repeated block when it has ended.
 */
export const dropout = defineSoundMeasurer({
  name: "dropout",
  needs: "any",
  lookbackSeconds: 3,
  provides: {
    "dropout.gapSeconds": {
      unit: "seconds",
      range: [0, 1],
      meaning: "Length of a gap in running sound, at the window in which that is sure; not measured where there is none",
    },
    "dropout.gapAgoSeconds": {
      unit: "seconds",
      range: [0, 2],
      meaning: "How long before the beginning of this window that gap began",
    },
    "dropout.clickDb": {
      unit: "db",
      range: [0, 200],
      meaning:
        "How far a jump between two samples stands out from the sound around it (second difference against its mean), at the window in which it is sure; not measured where there is none",
    },
    "dropout.clickAgoSeconds": {
      unit: "seconds",
      range: [0, 1],
      meaning: "How long before the beginning of this window that jump was",
    },
    "dropout.repeatSeconds": {
      unit: "seconds",
      range: [0, 0.1],
      meaning:
        "Length of a block that came again at once, sample by sample, at the window in which that is sure; not measured where there is none",
    },
    "dropout.repeatAgoSeconds": {
      unit: "seconds",
      range: [0, 1],
      meaning: "How long before the beginning of this window that block began for the second time",
    },
  },

  begin: ({ sampleRate, channels, sound }) => {
    const all = Array.from({ length: channels }, (_, channel) => ({
      interruptions: openInterruptions(sampleRate, sound, channel),
      repeats: openRepeats(sampleRate),
    }));
    return (window, write) => {
      let gapSamples = 0;
      let gapAgoSamples = 0;
      let click = 0;
      let clickAgoSamples = 0;
      let repeatSamples = 0;
      let repeatAgoSamples = 0;
      for (let channel = 0; channel < channels; channel++) {
        const own = all[channel];
        const samples = window.samples[channel];
        if (own === undefined || samples === undefined) continue;
        const { interruptions, repeats } = own;
        if (window.discontinuityBefore) {
          interruptions.forget();
          repeats.forget();
        }
        const found = interruptions.take();
        if (found.gapSamples > gapSamples) ({ gapSamples, gapAgoSamples } = found);
        if (found.click > click) ({ click, clickAgoSamples } = found);
        const repeat = repeats.take(samples, found);
        if (repeat.samples <= repeatSamples) continue;
        repeatSamples = repeat.samples;
        repeatAgoSamples = repeat.agoSamples;
      }
      if (gapSamples > 0) {
        write("dropout.gapSeconds", gapSamples / sampleRate);
        write("dropout.gapAgoSeconds", gapAgoSamples / sampleRate);
      }
      if (click > 0) {
        write("dropout.clickDb", 10 * Math.log10(click));
        write("dropout.clickAgoSeconds", clickAgoSamples / sampleRate);
      }
      if (repeatSamples > 0) {
        write("dropout.repeatSeconds", repeatSamples / sampleRate);
        write("dropout.repeatAgoSeconds", repeatAgoSamples / sampleRate);
      }
    };
  },
});
