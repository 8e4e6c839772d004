import { defineSoundMeasurer } from "../measurer.js";
import { channelNames } from "./channel-weights.js";
import { openMovingSum } from "./moving-sum.js";

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
        "Energy of left minus right against that of left plus right: -120 is the same in both, or nearly; not measured where both are below -60 dBFS",
    },
    "pair.correlation": {
      unit: "ratio",
      range: [-1, 1],
      meaning:
        "Correlation of left and right over the last 0.4 s: 1 is mono, -1 the same with opposite signs; not measured where one is below -60 dBFS",
    },
  },

  begin: ({ media, track, sound }) => {
    const names = channelNames(media.audio[track]?.layout ?? "");
    const [left, right] = ["L", "R"].map((side) => names.findIndex((name) => name === `F${side}` || name === `D${side}`));
    const leftEnergies = openMovingSum(correlationWindows);
    const rightEnergies = openMovingSum(correlationWindows);
    const products = openMovingSum(correlationWindows);
    const lengths = openMovingSum(correlationWindows);

    return (window, write) => {
      if (left === undefined || right === undefined || window.channels !== names.length) return;
      const leftSums = sound.sums[left];
      const rightSums = sound.sums[right];
      if (!leftSums || !rightSums) return;
      write("pair.leftPeakRatio", leftSums.peak);
      write("pair.rightPeakRatio", rightSums.peak);

      const sum = leftSums.energy + rightSums.energy;
      if (!Number.isFinite(sum)) return;
      const product = sound.exports.sumProducts(sound.addressOf(left), sound.addressOf(right), sound.count);
      if (sum >= quietEnergy * sound.count) {
        const [side, mid] = [Math.max(0, sum - 2 * product), Math.max(0, sum + 2 * product)];
        write("pair.sideDb", Math.min(-silentDb, Math.max(silentDb, 10 * Math.log10(side / mid))));
      }

      const floor = quietEnergy * lengths.add(sound.count);
      const leftEnergy = leftEnergies.add(leftSums.energy);
      const rightEnergy = rightEnergies.add(rightSums.energy);
      const sumOfProducts = products.add(product);
      if (leftEnergy < floor || rightEnergy < floor) return;
      write("pair.correlation", sumOfProducts / Math.sqrt(leftEnergy * rightEnergy));
    };
  },
});
