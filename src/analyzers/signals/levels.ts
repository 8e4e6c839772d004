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
  },
  begin: () => (window, write) => {
    let peak = 0;
    let energy = 0;
    let samples = 0;
    for (const channel of window.samples) {
      samples += channel.length;
      for (let at = 0; at < channel.length; at++) {
        const sample = channel[at] ?? 0;
        const size = sample < 0 ? -sample : sample;
        if (size > peak) peak = size;
        energy += sample * sample;
      }
    }
    write("audio.peakRatio", peak);
    write("audio.rmsDbfs", Math.max(floorDbfs, 10 * Math.log10(energy / samples)));
  },
});
