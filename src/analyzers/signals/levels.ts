import { defineSoundMeasurer } from "../measurer.js";

/** Digital silence has no level in decibels; it is written as this one, which lies below what 16 or 20 bit can hold. */
const floorDbfs = -120;

/** How loud a track is, all channels together. */
export const levels = defineSoundMeasurer({
  name: "levels",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "audio.peakRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Largest sample of any channel, sign removed; 1 is full scale, float sources may go beyond",
    },
    "audio.rmsDbfs": {
      unit: "dbfs",
      range: [floorDbfs, 0],
      meaning:
        "Root mean square of all channels' samples; 0 is that of a full-scale square wave, -120 stands for that and all below",
    },
    "audio.zeroRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of all channels' samples that are exactly 0: 1 is digital silence, which no microphone gives",
    },
  },
  begin:
    ({ sound }) =>
    (window, write) => {
      let peak = 0;
      let energy = 0;
      let zeros = 0;
      for (const channel of sound.sums) {
        if (channel.peak > peak) peak = channel.peak;
        energy += channel.energy;
        zeros += channel.zeros;
      }
      const samples = window.channels * (window.samples[0]?.length ?? 0);
      write("audio.peakRatio", peak);
      write("audio.rmsDbfs", Math.max(floorDbfs, 10 * Math.log10(energy / samples)));
      write("audio.zeroRatio", zeros / samples);
    },
});
