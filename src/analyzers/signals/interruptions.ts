import type { SoundKernels } from "../kernels/sound.js";
import { isNothing, lookedSlots, openGaps, quietDifference } from "./gaps.js";

/** What one window brought, in one channel. The next call writes over it. */
export interface Interruption {
  /** Length of a gap that is sure now; 0 where none is. */
  gapSamples: number;
  /** Samples from its beginning to the first of this window. */
  gapAgoSamples: number;
  /** Square of a jump's second difference against the mean square of those around it; 0 where there is none. */
  click: number;
  clickAgoSamples: number;
  /** How many slots of 2 ms are full now, and the highest sample of each, 0 where none is above that. */
  slots: number;
  readonly peaks: Float64Array;
}

/** Sound is looked at in slots of 2 ms: shorter than any room's echo, longer than a period of what is heard best. */
const slotSeconds = 0.002;
/** Samples of such a slot. */
export function samplesOfSlot(sampleRate: number): number {
  return Math.max(8, Math.round(sampleRate * slotSeconds));
}

/** Slots on each side that a jump is held against: 16 ms. */
const besideSlots = 8;

/** Smallest jump: second differences of 0.1 are a single sample at -26 dBFS, or a step of -20 dBFS. */
const smallestJump = 0.1;
/** A jump stands out from second differences on both sides by this factor (36 dB), in energy. */
const standsOut = 60 ** 2;
/** Of the squares of 6 ms around it the jump has this share: a single sample has 0.67, a step 0.5, a struck thing rings on. */
const jumpShare = 0.4;
/** No other jump may be so near: steps that follow each other this fast, 100 ms, are the edges of a synthetic wave. */
const aloneSlots = 50;

/** The newest slots that are kept. */
const ringSlots = lookedSlots;

/** Opens the search for gaps and jumps in one channel. */
export function openInterruptions(sampleRate: number, sound: SoundKernels, channel: number) {
  const slotSamples = samplesOfSlot(sampleRate);
  const energies = new Float64Array(ringSlots);
  const differences = new Float64Array(ringSlots);
  const jumps = new Float64Array(ringSlots);
  const means = new Float64Array(ringSlots);
  const sames = new Float64Array(ringSlots);
  const mostSlots = Math.ceil(sound.longest / slotSamples) + 1;
  const peaks = new Float64Array(mostSlots);
  const found: Interruption = { gapSamples: 0, gapAgoSamples: 0, click: 0, clickAgoSamples: 0, slots: 0, peaks };
  const state = sound.reserve(7);
  const fresh = sound.reserve(6 * mostSlots);
  const samples = sound.addressOf(channel);
  /** Slots so far, and samples in the window that is being taken. */
  let slots = 0;
  let jumpSlot = -aloneSlots;
  /** Of the jump that waits to be alone; 0 when none does. */
  let jumpRatio = 0;

  const at = (values: Float64Array, slot: number): number => values[slot & (ringSlots - 1)] ?? 0;
  const gaps = openGaps(
    {
      energy: (slot) => at(energies, slot),
      difference: (slot) => at(differences, slot),
      mean: (slot) => at(means, slot),
      sameRatio: (slot) => at(sames, slot),
    },
    sampleRate / slotSamples,
  );

  function mean(values: Float64Array, from: number, to: number): number {
    let total = 0;
    for (let slot = from; slot < to; slot++) total += at(values, slot);
    return total / (to - from);
  }

  function lookForGap(slot: number, takenSamples: number): void {
    const gap = gaps.take(slot);
    if (gap === undefined) return;
    found.gapSamples = (gap.end - gap.start) * slotSamples;
    found.gapAgoSamples = (slot + 1 - gap.start) * slotSamples - takenSamples;
  }

  function lookForClick(slot: number, takenSamples: number): void {
    const own = slot - besideSlots;
    const ratio = jumpAt(own);
    if (ratio > 0) {
      jumpRatio = own - jumpSlot > aloneSlots ? ratio : 0;
      jumpSlot = own;
    }
    if (jumpRatio === 0 || own < jumpSlot + aloneSlots) return;
    found.click = jumpRatio;
    found.clickAgoSamples = (slot + 1 - jumpSlot) * slotSamples - takenSamples;
    jumpRatio = 0;
  }

  function isQuiet(from: number, to: number): boolean {
    return isNothing(mean(energies, from, to), mean(differences, from, to));
  }

  /** How far the slot's largest second difference stands out, in energy; 0 where it is none that stands alone, or sound that is switched on or off there. */
  function jumpAt(slot: number): number {
    const square = at(jumps, slot);
    if (slot < besideSlots || !(square >= smallestJump ** 2)) return 0;
    if (square < at(jumps, slot - 1) || square <= at(jumps, slot + 1)) return 0;
    const around = Math.max(mean(differences, slot - besideSlots, slot - 1), mean(differences, slot + 2, slot + besideSlots + 1));
    if (isQuiet(slot - besideSlots, slot - 1) !== isQuiet(slot + 2, slot + besideSlots + 1)) return 0;
    const squares = 3 * slotSamples * mean(differences, slot - 1, slot + 2);
    return square >= standsOut * around && square >= jumpShare * squares ? square / Math.max(around, quietDifference) : 0;
  }

  return {
    /** Nothing goes on across a discontinuity. */
    forget(): void {
      state.fill(0);
      slots = 0;
      gaps.forget();
      jumpSlot = -aloneSlots;
      jumpRatio = 0;
      energies.fill(0);
      differences.fill(0);
      jumps.fill(0);
      means.fill(0);
      sames.fill(0);
    },

    /** Takes the present window. */
    take(): Interruption {
      found.gapSamples = found.click = 0;
      // The slots of a window with samples that are no numbers are nothing that could be compared.
      const share = Number.isFinite(sound.sums[channel]?.energy) ? 1 : Number.NaN;
      const started = state[0] ?? 0;
      const full = sound.exports.sumSlots(samples, sound.count, slotSamples, state.byteOffset, fresh.byteOffset);
      found.slots = full;
      for (let n = 0; n < full; n++) {
        const slot = slots++;
        const own = slot & (ringSlots - 1);
        energies[own] = share * (fresh[6 * n] ?? 0);
        differences[own] = share * (fresh[6 * n + 1] ?? 0);
        jumps[own] = fresh[6 * n + 2] ?? 0;
        means[own] = share * (fresh[6 * n + 3] ?? 0);
        sames[own] = fresh[6 * n + 4] ?? 0;
        peaks[n] = fresh[6 * n + 5] ?? 0;
        const taken = (n + 1) * slotSamples - started;
        lookForGap(slot, taken);
        lookForClick(slot, taken);
      }
      return found;
    },
  };
}
