import { defineSoundMeasurer } from "../measurer.js";
import { openMovingSum } from "./moving-sum.js";

/** Windows of 10 ms that the mean is taken over: the lowest notes go through it many times. */
const meanWindows = 50;

/** The mean of each channel's samples, which sound has none of: it swings about 0. */
export const dcOffset = defineSoundMeasurer({
  name: "DC offset",
  needs: "any",
  lookbackSeconds: meanWindows / 100,
  provides: {
    "dc.offsetRatio": {
      unit: "ratio",
      range: [-1, 1],
      meaning: "Mean of the samples of the last 0.5 s, full scale 1, of the channel where it lies furthest from 0",
    },
    "dc.channel": { unit: "index", range: [0, 63], meaning: "Which channel that is, counted from 0" },
  },

  begin: ({ channels, sound }) => {
    const sums = Array.from({ length: channels }, () => openMovingSum(meanWindows));
    const lengths = openMovingSum(meanWindows);
    let windows = 0;

    return (window, write) => {
      if (window.discontinuityBefore) {
        windows = 0;
        for (const memory of [...sums, lengths]) memory.clear();
      }
      windows++;
      const samples = lengths.add(window.samples[0]?.length ?? 0);
      let offset = 0;
      let worst = 0;
      for (let channel = 0; channel < channels; channel++) {
        const newest = sound.sums[channel]?.sum ?? 0;
        const sum = sums[channel]?.add(Number.isFinite(newest) ? newest : 0) ?? 0;
        if (Math.abs(sum / samples) > Math.abs(offset)) {
          offset = sum / samples;
          worst = channel;
        }
      }
      if (windows < meanWindows) return;
      write("dc.offsetRatio", offset);
      write("dc.channel", worst);
    };
  },
});
