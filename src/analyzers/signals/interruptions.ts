import type { SoundKernels } from "../kernels/sound.js";

/** What one window brought, in one channel. The next call writes over it. */
export interface Interruption {
  /** Length of a gap that is sure now; 0 where none is. */
  gapSamples: number;
  /** Samples from its beginning to the first of this window. */
  gapAgoSamples: number;
  /** Square of a jump's second difference against the mean square of those around it; 0 where there is none. */
  click: number;
  clickAgoSamples: number;
}

/** Sound is looked at in slots of 2 ms: shorter than any room's echo, longer than a period of what is heard best. */
const slotSeconds = 0.002;

/**
 * Nothing: a mean square of -90 dBFS, which the dither of 16 bits (-96 dBFS) does not reach, and the noise of microphones and
 * rooms surpasses. The second difference of such a noise is up to 8 dB stronger.
 */
const quietEnergy = 1e-9;
const quietDifference = 6e-9;

/** Running sound: -50 dBFS. */
const programmeEnergy = 1e-5;

/**
 * Slots at a gap's border in which sound goes to nothing and comes back: 16 ms. A coder smears it so far: the granules of MP3
 * are 12 ms long, the windows of AAC overlap by 21 ms.
 */
const edgeSlots = 8;
/** Slots beyond the border that the sound's level is taken of: 16 ms. */
const levelSlots = 8;
/** In its last slot before the border the sound must have been as loud as before, but for this share: -10 dB. A decay is not. */
const runningShare = 0.1;
/** The levels on both sides may differ by so much: 15 dB. What begins anew differs more. */
const likeShare = 0.03;

const shortestGapSlots = 2;
const longestGapSeconds = 1;
/** Sound that began so shortly before is no programme that breaks off, but a beep or a word between two silences. */
const runningSeconds = 1;

/** Smallest jump: second differences of 0.1 are a single sample at -26 dBFS, or a step of -20 dBFS. */
const smallestJump = 0.1;
/** A jump stands out from second differences on both sides by this factor (36 dB), in energy. */
const standsOut = 60 ** 2;
/** Of the squares of 6 ms around it the jump has this share: a single sample has 0.67, a step 0.5, a struck thing rings on. */
const jumpShare = 0.4;
/** No other jump may be so near: steps that follow each other this fast, 100 ms, are the edges of a synthetic wave. */
const aloneSlots = 50;

const ringSlots = 32;

/** Opens the search for gaps and jumps in one channel. */
export function openInterruptions(sampleRate: number, sound: SoundKernels, channel: number) {
  const slotSamples = Math.max(8, Math.round(sampleRate * slotSeconds));
  const energies = new Float64Array(ringSlots);
  const differences = new Float64Array(ringSlots);
  const jumps = new Float64Array(ringSlots);
  const found: Interruption = { gapSamples: 0, gapAgoSamples: 0, click: 0, clickAgoSamples: 0 };
  const slotsPerSecond = sampleRate / slotSamples;

  const state = sound.reserve(5);
  const fresh = sound.reserve(3 * (Math.ceil(sound.longest / slotSamples) + 1));
  const samples = sound.addressOf(channel);
  /** Slots so far, and samples in the window that is being taken. */
  let slots = 0;
  /** The slot after the last silence that was no gap. */
  let soundSince = 0;
  let quietSince = -1;
  let quietFollowsSound = false;
  /** A gap that has ended, and waits to see what follows it. */
  let waiting = { start: 0, end: -1, level: 0 };

  let jumpSlot = -aloneSlots;
  /** Of the jump that waits to be alone; 0 when none does. */
  let jumpRatio = 0;

  const at = (values: Float64Array, slot: number): number => values[slot & (ringSlots - 1)] ?? 0;

  function mean(values: Float64Array, from: number, to: number): number {
    let total = 0;
    for (let slot = from; slot < to; slot++) total += at(values, slot);
    return total / (to - from);
  }

  /** The sound ran on until shortly before this slot: gives its level and the first slot of the gap, or nothing. */
  function openGap(slot: number): boolean {
    const level = mean(energies, slot - edgeSlots - levelSlots, slot - edgeSlots);
    if (!(level >= programmeEnergy) || slot - soundSince < runningSeconds * slotsPerSecond) return false;
    for (let start = slot; start > slot - edgeSlots; start--) {
      if (at(energies, start - 1) < runningShare * level) continue;
      waiting = { start, end: -1, level };
      return true;
    }
    return false;
  }

  /** The sound is back at once, and as loud as it was. */
  function closesGap({ end, level }: typeof waiting): boolean {
    const levelAfter = mean(energies, end + edgeSlots, end + edgeSlots + levelSlots);
    if (!(levelAfter >= programmeEnergy) || levelAfter < likeShare * level || level < likeShare * levelAfter) return false;
    for (let slot = end; slot < end + edgeSlots; slot++) if (at(energies, slot) >= runningShare * levelAfter) return true;
    return false;
  }

  function endQuiet(slot: number): void {
    const length = slot - quietSince;
    const isGap = quietFollowsSound && length >= shortestGapSlots && length <= longestGapSeconds * slotsPerSecond;
    if (isGap) waiting.end = slot;
    else if (length >= shortestGapSlots) soundSince = slot;
    quietSince = -1;
  }

  function lookForGap(slot: number, takenSamples: number): void {
    const quiet = isQuiet(slot, slot + 1);
    if (quiet && quietSince < 0) {
      if (waiting.end >= 0) soundSince = waiting.end;
      waiting.end = -1;
      quietSince = slot;
      quietFollowsSound = openGap(slot);
    }
    if (!quiet && quietSince >= 0) endQuiet(slot);
    if (waiting.end < 0 || slot < waiting.end + edgeSlots + levelSlots) return;
    if (closesGap(waiting)) {
      found.gapSamples = (waiting.end - waiting.start) * slotSamples;
      found.gapAgoSamples = (slot + 1 - waiting.start) * slotSamples - takenSamples;
    } else {
      soundSince = waiting.end;
    }
    waiting.end = -1;
  }

  function lookForClick(slot: number, takenSamples: number): void {
    const own = slot - levelSlots;
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

  /** Nothing, or one held sample. */
  function isQuiet(from: number, to: number): boolean {
    return mean(energies, from, to) <= quietEnergy && mean(differences, from, to) <= quietDifference;
  }

  /** How far the slot's largest second difference stands out, in energy; 0 where it is none that stands alone, or sound that is switched on or off there. */
  function jumpAt(slot: number): number {
    const square = at(jumps, slot);
    if (slot < levelSlots || !(square >= smallestJump ** 2)) return 0;
    if (square < at(jumps, slot - 1) || square <= at(jumps, slot + 1)) return 0;
    const around = Math.max(mean(differences, slot - levelSlots, slot - 1), mean(differences, slot + 2, slot + levelSlots + 1));
    if (isQuiet(slot - levelSlots, slot - 1) !== isQuiet(slot + 2, slot + levelSlots + 1)) return 0;
    const squares = 3 * slotSamples * mean(differences, slot - 1, slot + 2);
    return square >= standsOut * around && square >= jumpShare * squares ? square / Math.max(around, quietDifference) : 0;
  }

  return {
    /** Nothing goes on across a discontinuity. */
    forget(): void {
      state.fill(0);
      slots = soundSince = 0;
      quietSince = waiting.end = -1;
      jumpSlot = -aloneSlots;
      jumpRatio = 0;
      energies.fill(0);
      differences.fill(0);
      jumps.fill(0);
    },

    /** Takes the present window. */
    take(): Interruption {
      found.gapSamples = found.click = 0;
      // The slots of a window with samples that are no numbers are nothing that could be compared.
      const share = Number.isFinite(sound.sums[channel]?.energy) ? 1 : Number.NaN;
      const started = state[0] ?? 0;
      const full = sound.exports.sumSlots(samples, sound.count, slotSamples, state.byteOffset, fresh.byteOffset);
      for (let n = 0; n < full; n++) {
        const slot = slots++;
        const own = slot & (ringSlots - 1);
        energies[own] = share * (fresh[3 * n] ?? 0);
        differences[own] = share * (fresh[3 * n + 1] ?? 0);
        jumps[own] = fresh[3 * n + 2] ?? 0;
        const taken = (n + 1) * slotSamples - started;
        lookForGap(slot, taken);
        lookForClick(slot, taken);
      }
      return found;
    },
  };
}
