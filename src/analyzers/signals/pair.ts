import { defineSoundMeasurer } from "../measurer.js";
import { channelNames } from "./channel-weights.js";
import { openMovingSum } from "./moving-sum.js";

/** Windows of 10 ms that correlation is taken over, about as long as a meter's needle takes. */
const correlationWindows = 40;

/** Mean energy of a channel below which there is nothing to compare: -60 dBFS. */
const quietEnergy = 1e-6;

const silentDb = -120;

/** Measured windows that the median of the side's level is taken over: 2 s of sound. */
const medianWindows = 200;

/** What is more than 20 dB softer than the loudest of them is a pause. */
const loudShare = 0.01;

const toldWindows = 5;

/** Fewer say nothing. */
const fewestWindows = 20;

/**
 * Left and right of a track, against each other. Only where its layout has the two: in discrete channels nobody knows
 * what belongs together.
 */
export const pair = defineSoundMeasurer({
  name: "left and right",
  needs: "any",
  lookbackSeconds: medianWindows / 100,
  provides: {
    "pair.leftPeakRatio": { unit: "ratio", range: [0, 1], meaning: "Largest sample of the front left channel, sign removed" },
    "pair.rightPeakRatio": { unit: "ratio", range: [0, 1], meaning: "Largest sample of the front right channel, sign removed" },
    "pair.sideDb": {
      unit: "db",
      range: [silentDb, -silentDb],
      meaning:
        "Energy of left minus right against that of left plus right, median of the windows of the last 2 s that are louder than -60 dBFS or the same in both, and no more than 20 dB softer than the loudest of them: -120 is the same. Not measured in pauses",
    },
    "pair.pauseSideDb": {
      unit: "db",
      range: [silentDb, -silentDb],
      meaning:
        "The same energies against each other in the softer ones of those windows too: nine in ten of all stay below this. -120 is the same. Not measured in pauses",
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
    let sides = openSides();

    return (window, write) => {
      if (window.discontinuityBefore) {
        sides = openSides();
        for (const memory of [leftEnergies, rightEnergies, products, lengths]) memory.clear();
      }
      if (left === undefined || right === undefined || window.channels !== names.length) return;
      const leftSums = sound.sums[left];
      const rightSums = sound.sums[right];
      if (!leftSums || !rightSums) return;
      write("pair.leftPeakRatio", leftSums.peak);
      write("pair.rightPeakRatio", rightSums.peak);

      const sum = leftSums.energy + rightSums.energy;
      if (!Number.isFinite(sum)) return;
      const product = sound.exports.sumProducts(sound.addressOf(left), sound.addressOf(right), sound.count);
      const side = Math.max(0, sum - 2 * product);
      // However quiet: two noises are never the same, sample by sample.
      const isSame = side === 0 && sum > 0;
      if (isSame || sum >= quietEnergy * sound.count) {
        const mid = Math.max(0, sum + 2 * product);
        sides.put(Math.min(-silentDb, Math.max(silentDb, 10 * Math.log10(side / mid))), sum);
        if (sides.count() >= fewestWindows) {
          write("pair.sideDb", sides.median());
          write("pair.pauseSideDb", sides.ninthTenth());
        }
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

/**
 * The newest levels of the side, to one decibel. Their median is that of loud windows: in soft ones a coder's noise may be nearly as
 * loud as they are, and most windows of what a coder changed are the same in both.
 */
function openSides() {
  const bins = new Uint8Array(medianWindows);
  const energies = new Float64Array(medianWindows);
  const loud = new Uint16Array(-2 * silentDb + 1);
  const all = new Uint16Array(-2 * silentDb + 1);
  let put = 0;
  let medianDb = silentDb;

  /** The lowest level that so many lie at or below. */
  function levelOf(histogram: Uint16Array, many: number): number {
    let left = many;
    let bin = 0;
    while ((left -= histogram[bin] ?? 0) > 0) bin++;
    return bin + silentDb;
  }

  return {
    put(decibels: number, energy: number): void {
      const at = put++ % medianWindows;
      if (put > medianWindows) {
        const oldest = bins[at] ?? 0;
        all[oldest] = (all[oldest] ?? 0) - 1;
      }
      const bin = Math.round(decibels) - silentDb;
      bins[at] = bin;
      energies[at] = energy;
      all[bin] = (all[bin] ?? 0) + 1;
    },
    count: () => Math.min(put, medianWindows),
    /** Told anew every 50 ms. */
    median(): number {
      if (put % toldWindows !== 0) return medianDb;
      const count = Math.min(put, medianWindows);
      let loudest = 0;
      for (let at = 0; at < count; at++) loudest = Math.max(loudest, energies[at] ?? 0);
      loud.fill(0);
      let counted = 0;
      for (let at = 0; at < count; at++) {
        if ((energies[at] ?? 0) < loudShare * loudest) continue;
        const bin = bins[at] ?? 0;
        loud[bin] = (loud[bin] ?? 0) + 1;
        counted++;
      }
      medianDb = levelOf(loud, counted / 2);
      return medianDb;
    },
    ninthTenth: () => levelOf(all, 0.9 * Math.min(put, medianWindows)),
  };
}
