import { defineSoundMeasurer } from "../measurer.js";
import type { ChannelSums, SoundKernels } from "../kernels/sound.js";
import { openFlatTops } from "./flat-tops.js";
import { openMovingSum } from "./moving-sum.js";
import { openPlateauTops } from "./plateaus.js";

/** Windows of 10 ms that a window is compared with, itself among them. */
const memoryWindows = 50;

/** -30 dBFS: whoever clips, clips loud sound, and a gain after it is seldom larger. */
const lowestCeiling = 0.03;

/** Windows whose largest sample is within this share of the largest of all tell how high tops reach: a coder's overshoot varies. */
const loudShare = 0.85;

/** Of all samples: a wave that is flat throughout is a square wave, and made so. */
const largestFlatShare = 0.8;

/** Fewer tops in the last 0.5 s have no typical width. */
const fewestTops = 20;

/**
 * Tops that were cut off, at whatever level: a gain may have come after.
 *
 * As they were cut they are flat. A coder bends them; then they still are wider than tops that nobody cut, and where they
 * go beyond full scale they are cut off by whatever plays them.
 */
export const clipping = defineSoundMeasurer({
  name: "clipping",
  needs: "any",
  lookbackSeconds: memoryWindows / 100,
  provides: {
    "clipping.tops": {
      unit: "count",
      range: [0, 200],
      meaning:
        "Tops of at least 3 equal samples, as high as the sound of the last 0.5 s goes, or of 3 that lie 1 dB beyond full scale; of the channel that has most",
    },
    "clipping.plateauRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "How long tops of the last 0.5 s are above 0.88 of their ceiling, of the time above 0.7 of it: 0.62 is a sine, 1 a square wave; of the channel that has most. Not measured where few or quiet tops are",
    },
  },

  begin: ({ channels, sound }) => {
    const measuring = Array.from({ length: channels }, (_, channel) => openChannel(sound, channel));
    const lengths = openMovingSum(memoryWindows);
    let windows = 0;

    return (window, write) => {
      const at = windows++ % memoryWindows;
      const samplesInMemory = lengths.add(sound.count);
      let tops = 0;
      let widest = Number.NaN;
      for (let channel = 0; channel < channels; channel++) {
        const own = measuring[channel];
        const sums = sound.sums[channel];
        if (!own || !sums || !Number.isFinite(sums.energy)) continue;
        own.remember(at, sums);
        if (window.discontinuityBefore) own.reset();
        tops = Math.max(tops, own.flatTops(at, samplesInMemory));
        const ratio = own.plateauRatio(at, samplesInMemory);
        if (!(widest >= ratio) && !Number.isNaN(ratio)) widest = ratio;
      }
      write("clipping.tops", tops);
      if (!Number.isNaN(widest)) write("clipping.plateauRatio", widest);
    };
  },
});

/** One channel and its last moments. */
function openChannel(sound: SoundKernels, channel: number) {
  const maxima = new Float64Array(memoryWindows);
  const minima = new Float64Array(memoryWindows);
  const sampleSums = new Float64Array(memoryWindows);
  const [tops, ledges, flatSamples] = [openCount(), openCount(), openCount()];
  const [topCounts, nearSamples, topSamples] = [openCount(), openCount(), openCount()];
  let highest = 0;
  let lowest = 0;
  const flatness = openFlatTops(sound, channel, lowestCeiling);
  const widths = openPlateauTops(sound, channel);

  return {
    remember(at: number, { maximum, minimum, sum }: ChannelSums): void {
      maxima[at] = maximum;
      minima[at] = minimum;
      sampleSums[at] = sum;
      let high = 0;
      let low = 0;
      for (let n = 0; n < memoryWindows; n++) {
        high = Math.max(high, maxima[n] ?? 0);
        low = Math.min(low, minima[n] ?? 0);
      }
      highest = high;
      lowest = low;
    },

    reset(): void {
      flatness.reset();
      widths.reset();
    },

    flatTops(at: number, samplesInMemory: number): number {
      const flats = flatness.measure(highest, lowest);
      tops.put(at, flats.tops);
      ledges.put(at, flats.ledges);
      flatSamples.put(at, flats.samples);
      if (tops.total() <= 2 * ledges.total()) return 0;
      return flatSamples.total() > largestFlatShare * samplesInMemory ? 0 : flats.tops;
    },

    plateauRatio(at: number, samplesInMemory: number): number {
      const mean = total(sampleSums) / samplesInMemory;
      const ceiling = typicalReach(mean);
      const plateaus = widths.measure(ceiling, mean);
      const counts = ceiling >= lowestCeiling ? 1 : 0;
      topCounts.put(at, counts * plateaus.tops);
      nearSamples.put(at, counts * plateaus.near);
      topSamples.put(at, counts * plateaus.samples);
      if (counts * plateaus.tops === 0 || topCounts.total() < fewestTops) return Number.NaN;
      return nearSamples.total() / topSamples.total();
    },
  };

  /** Mean of the largest distances from `mean`, over the windows where these are large. */
  function typicalReach(mean: number): number {
    const loud = loudShare * Math.max(highest - mean, mean - lowest);
    let sum = 0;
    let count = 0;
    for (let n = 0; n < memoryWindows; n++) {
      const reach = Math.max((maxima[n] ?? 0) - mean, mean - (minima[n] ?? 0));
      if (reach < loud) continue;
      sum += reach;
      count++;
    }
    return count === 0 ? 0 : sum / count;
  }
}

/** A whole number for each window, and their total. */
function openCount() {
  const counts = new Uint16Array(memoryWindows);
  let sum = 0;
  return {
    put(at: number, count: number): void {
      sum += count - (counts[at] ?? 0);
      counts[at] = count;
    },
    total: () => sum,
  };
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let n = 0; n < values.length; n++) sum += values[n] ?? 0;
  return sum;
}
