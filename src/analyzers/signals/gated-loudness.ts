/** Blocks below this loudness are silence and never count: the absolute gate of BS.1770-5 and of Tech 3342, in LUFS. */
const absoluteGateLufs = -70;
const highestLufs = 30;
const binsPerLu = 100;
const bins = (highestLufs - absoluteGateLufs) * binsPerLu;

/** Loudness of a mean weighted energy (full scale is 1), in LUFS: BS.1770-5, Annex 1, equation 2. */
export function lufsOf(energy: number): number {
  return -0.691 + 10 * Math.log10(energy);
}

/**
 * The loudness of all blocks so far, gated, in the same memory however many there are: blocks are counted in bins of
 * 0.01 LU, and each bin keeps the sum of its blocks' energies. So sums are exact, and only blocks that lie within 0.01 LU
 * of the relative gate may fall on its wrong side.
 */
export interface GatedLoudness {
  /** @param energy mean weighted energy of one block */
  add(energy: number): void;
  /** Mean of the blocks above both gates, in LUFS; undefined where no block passes the absolute gate. @param gateLu below the mean of all that pass it */
  mean(gateLu: number): number | undefined;
  /** The spread between two quantiles (0..1) of the blocks above both gates, in LU; undefined where there are none. */
  spread(gateLu: number, low: number, high: number): number | undefined;
}

export function openGatedLoudness(): GatedLoudness {
  const counts = new Float64Array(bins);
  const energies = new Float64Array(bins);
  /** Of `counts`, each LU added up. */
  const countsOfLu = new Float64Array(bins / binsPerLu);
  let blocks = 0;
  let energySum = 0;
  let highest = 0;

  /** The lowest bin whose blocks lie above the relative gate. */
  function firstAboveGate(gateLu: number): number {
    const gate = (energySum / blocks) * 10 ** (-gateLu / 10);
    let bin = Math.max(0, Math.min(bins - 1, binOf(lufsOf(gate))));
    // Blocks of one bin differ by less than 0.01 LU: their mean decides for all of them.
    if ((energies[bin] ?? 0) < gate * (counts[bin] ?? 0)) bin++;
    return bin;
  }

  /** Loudness of the block that has `rank` blocks below it, counted from a bin. */
  function ranked(from: number, rank: number): number {
    let below = 0;
    for (let bin = from; bin <= highest; bin++) {
      const ofLu = bin % binsPerLu === 0 ? (countsOfLu[bin / binsPerLu] ?? 0) : Number.POSITIVE_INFINITY;
      if (below + ofLu <= rank) {
        below += ofLu;
        bin += binsPerLu - 1;
        continue;
      }
      const count = counts[bin] ?? 0;
      below += count;
      if (below > rank) return lufsOf((energies[bin] ?? 0) / count);
    }
    return Number.NaN;
  }

  function countFrom(from: number): number {
    let below = 0;
    for (let lu = 0; lu < Math.floor(from / binsPerLu); lu++) below += countsOfLu[lu] ?? 0;
    for (let bin = from - (from % binsPerLu); bin < from; bin++) below += counts[bin] ?? 0;
    return blocks - below;
  }

  return {
    add(energy) {
      const lufs = lufsOf(energy);
      if (!(lufs >= absoluteGateLufs)) return;
      const bin = Math.min(bins - 1, binOf(lufs));
      const lu = Math.floor(bin / binsPerLu);
      counts[bin] = (counts[bin] ?? 0) + 1;
      countsOfLu[lu] = (countsOfLu[lu] ?? 0) + 1;
      energies[bin] = (energies[bin] ?? 0) + energy;
      highest = Math.max(highest, bin);
      blocks++;
      energySum += energy;
    },

    mean(gateLu) {
      if (blocks === 0) return undefined;
      let count = 0;
      let energy = 0;
      for (let bin = firstAboveGate(gateLu); bin <= highest; bin++) {
        count += counts[bin] ?? 0;
        energy += energies[bin] ?? 0;
      }
      return lufsOf(energy / count);
    },

    spread(gateLu, low, high) {
      if (blocks === 0) return undefined;
      const from = firstAboveGate(gateLu);
      const count = countFrom(from);
      // As the reference code of EBU Tech 3342 rounds ranks.
      const [lowRank, highRank] = [Math.round((count - 1) * low), Math.round((count - 1) * high)];
      return ranked(from, highRank) - ranked(from, lowRank);
    },
  };
}

function binOf(lufs: number): number {
  return Math.floor((lufs - absoluteGateLufs) * binsPerLu);
}
