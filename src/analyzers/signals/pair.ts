import { defineSoundMeasurer } from "../measurer.js";
import { channelNames } from "./channel-weights.js";

/** Windows of 10 ms that correlation is taken over, about as long as a meter's needle takes. */
const correlationWindows = 40;

/** Mean energy of a channel below which there is nothing to compare: -60 dBFS. */
const quietEnergy = 1e-6;

const silentDb = -120;

/**
 * Left and right of a track, against each other. Only where its layout has the two: in discrete channels nobody knows
 * what belongs together.
 */
export const pair = defineSoundMeasurer({
  name: "left and right",
  needs: "any",
  lookbackSeconds: correlationWindows / 100,
  provides: {
    "pair.leftPeakRatio": { unit: "ratio", range: [0, 1], meaning: "Largest sample of the front left channel, sign removed" },
    "pair.rightPeakRatio": { unit: "ratio", range: [0, 1], meaning: "Largest sample of the front right channel, sign removed" },
    "pair.sideDb": {
      unit: "db",
      range: [silentDb, -silentDb],
      meaning:
        "Energy of left minus right against that of left plus right: -120 is the same in both, or nearly; not measured where both are below -60 dBFS and differ",
    },
    "pair.correlation": {
      unit: "ratio",
      range: [-1, 1],
      meaning:
        "Correlation of left and right over the last 0.4 s: 1 is mono, -1 the same with opposite signs; not measured where one is below -60 dBFS",
    },
  },

  begin: ({ media, track, sums }) => {
    const names = channelNames(media.audio[track]?.layout ?? "");
    const [left, right] = ["L", "R"].map((side) => names.findIndex((name) => name === `F${side}` || name === `D${side}`));
    const energies = { left: new Float64Array(correlationWindows), right: new Float64Array(correlationWindows) };
    const products = new Float64Array(correlationWindows);
    const lengths = new Float64Array(correlationWindows);
    let windows = 0;

    return (window, write) => {
      if (left === undefined || right === undefined || window.channels !== names.length) return;
      const [leftSamples, rightSamples] = [window.samples[left], window.samples[right]];
      const leftSums = sums.of(window)[left];
      const rightSums = sums.of(window)[right];
      if (!leftSamples || !rightSamples || !leftSums || !rightSums) return;
      write("pair.leftPeakRatio", leftSums.peak);
      write("pair.rightPeakRatio", rightSums.peak);

      const product = productOf(leftSamples, rightSamples);
      const sum = leftSums.energy + rightSums.energy;
      if (!Number.isFinite(sum) || !Number.isFinite(product)) return;
      const side = Math.max(0, sum - 2 * product);
      // However quiet: two noises are never the same, sample by sample.
      const isSame = side === 0 && sum > 0;
      if (isSame || sum >= quietEnergy * leftSamples.length) {
        const mid = Math.max(0, sum + 2 * product);
        write("pair.sideDb", Math.min(-silentDb, Math.max(silentDb, 10 * Math.log10(side / mid))));
      }

      const at = windows++ % correlationWindows;
      energies.left[at] = leftSums.energy;
      energies.right[at] = rightSums.energy;
      products[at] = product;
      lengths[at] = leftSamples.length;
      const floor = quietEnergy * total(lengths);
      const [leftEnergy, rightEnergy] = [total(energies.left), total(energies.right)];
      if (leftEnergy < floor || rightEnergy < floor) return;
      write("pair.correlation", total(products) / Math.sqrt(leftEnergy * rightEnergy));
    };
  },
});

function productOf(left: Float32Array, right: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += (left[at] ?? 0) * (right[at] ?? 0);
  return sum;
}

function total(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at] ?? 0;
  return sum;
}
