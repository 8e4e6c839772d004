import { defineSoundMeasurer } from "../measurer.js";

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

  begin: ({ channels, sums }) => {
    const means = Array.from({ length: channels }, () => new Float64Array(meanWindows));
    const lengths = new Float64Array(meanWindows);
    let windows = 0;

    return (window, write) => {
      const at = windows++ % meanWindows;
      lengths[at] = window.samples[0]?.length ?? 0;
      let samples = 0;
      for (let n = 0; n < meanWindows; n++) samples += lengths[n] ?? 0;
      let offset = 0;
      let worst = 0;
      const measured = sums.of(window);
      for (let channel = 0; channel < channels; channel++) {
        const own = means[channel];
        if (own === undefined) continue;
        const newest = measured[channel]?.sum ?? 0;
        own[at] = Number.isFinite(newest) ? newest : 0;
        let sum = 0;
        for (let n = 0; n < meanWindows; n++) sum += own[n] ?? 0;
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
