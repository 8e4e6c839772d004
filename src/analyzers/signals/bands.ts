import { defineSoundMeasurer } from "../measurer.js";
import { openDecimation } from "./decimation.js";
import { openMainsLines } from "./mains-lines.js";

const floorDbfs = -120;

/** Each channel counts this much less than the one before: channels of opposite sign must not cancel each other. */
const nextChannelWeight = 0.7;

/** What a mix of all channels has in low and high frequencies, and what lines of the mains stand in it. */
export const bands = defineSoundMeasurer({
  name: "bands and mains lines",
  needs: "any",
  lookbackSeconds: 5,
  provides: {
    "bands.lowDbfs": {
      unit: "dbfs",
      range: [floorDbfs, 3],
      meaning: "Root mean square of the mix of all channels below about 1.5 kHz; -120 stands for that and all below",
    },
    "bands.highDbfs": {
      unit: "dbfs",
      range: [floorDbfs, 9],
      meaning: "Root mean square of the differences from sample to sample of that mix, which rise with frequency",
    },
    "hum.lines": {
      unit: "count",
      range: [0, 7],
      meaning: "Harmonics of 50 or 60 Hz, up to 365 Hz, that stood in the last 4.75 s as lines of one frequency and phase",
    },
    "hum.hertz": { unit: "hertz", range: [49.7, 60.3], meaning: "The mains frequency of those lines" },
    "hum.levelDbfs": {
      unit: "dbfs",
      range: [floorDbfs, 3],
      meaning: "Level of those lines together, a full-scale sine is 0; -120 stands for that and all below",
    },
  },

  begin: ({ sampleRate, channels, sound }) => {
    /** The mix of the window, with the last sample of the one before it before the first. */
    const { buffer, byteOffset } = sound.reserve(1 + Math.ceil(sound.longest / 2));
    const mix = new Float32Array(buffer, byteOffset + 4, 1 + sound.longest);
    const mixAddress = mix.byteOffset + 4;
    const weights = Array.from({ length: channels }, (_, channel) => nextChannelWeight ** channel);
    const scale = 1 / weights.reduce((sum, weight) => sum + weight, 0);
    const decimation = openDecimation(sampleRate, sound);
    const mains = openMainsLines(decimation.secondHertz, sound);
    let last = 0;
    let isKnown = false;
    let [lines, hertz, levelDbfs] = [0, Number.NaN, floorDbfs];

    function hear(sample: number): void {
      const found = mains.take(sample);
      if (found === undefined) return;
      isKnown = true;
      lines = found.count;
      hertz = found.hertz;
      levelDbfs = decibels(found.amplitude ** 2);
    }

    return (window, write) => {
      if (window.discontinuityBefore) {
        decimation.forget();
        mains.forget();
        isKnown = false;
      }
      const { count } = sound;
      mix[0] = mix[last] ?? 0;
      last = count;
      mix.fill(0, 1, 1 + count);
      for (let channel = 0; channel < channels; channel++) {
        sound.exports.addToMix(mixAddress, sound.addressOf(channel), count, (weights[channel] ?? 0) * scale);
      }
      write("bands.lowDbfs", decibels(decimation.take(mixAddress, hear) / count));
      write("bands.highDbfs", decibels(sound.exports.sumSquaredSteps(mixAddress, count) / count));
      if (!isKnown) return;
      write("hum.lines", lines);
      write("hum.levelDbfs", levelDbfs);
      if (lines > 0) write("hum.hertz", hertz);
    };
  },
});

function decibels(energy: number): number {
  return Math.max(floorDbfs, 10 * Math.log10(energy));
}
