import { defineSoundMeasurer } from "../measurer.js";
import { openInterruptions } from "./interruptions.js";

/**
 * Where sound breaks off and goes on: gaps of nothing, or of one held sample, inside running sound, and single samples
 * that jump. Each is told once, in the window in which it is sure: a gap some 35 ms after its end, a jump 120 ms
 * after it.
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
  },

  begin: ({ sampleRate, channels, sound }) => {
    const all = Array.from({ length: channels }, (_, channel) => openInterruptions(sampleRate, sound, channel));
    return (window, write) => {
      let gapSamples = 0;
      let gapAgoSamples = 0;
      let click = 0;
      let clickAgoSamples = 0;
      for (let channel = 0; channel < channels; channel++) {
        const interruptions = all[channel];
        if (interruptions === undefined) continue;
        if (window.discontinuityBefore) interruptions.forget();
        const found = interruptions.take();
        if (found.gapSamples > gapSamples) ({ gapSamples, gapAgoSamples } = found);
        if (found.click > click) ({ click, clickAgoSamples } = found);
      }
      if (gapSamples > 0) {
        write("dropout.gapSeconds", gapSamples / sampleRate);
        write("dropout.gapAgoSeconds", gapAgoSamples / sampleRate);
      }
      if (click > 0) {
        write("dropout.clickDb", 10 * Math.log10(click));
        write("dropout.clickAgoSeconds", clickAgoSamples / sampleRate);
      }
    };
  },
});
