/** What is known of each of the newest slots of 2 ms; they are counted from the first on. */
export interface Slots {
  /** Mean square without the mean. */
  energy(slot: number): number;
  /** Mean square of the second differences. */
  difference(slot: number): number;
  mean(slot: number): number;
  /** Share of samples that are the same as the one before. */
  sameRatio(slot: number): number;
}

/** So many of the newest slots are looked at. */
export const lookedSlots = 64;

/**
 * Nothing: a mean square of -90 dBFS, which the dither of 16 bits (-96 dBFS) does not reach, and the noise of microphones and
 * rooms surpasses. The second difference of such a noise is up to 8 dB stronger.
 */
const quietEnergy = 1e-9;
export const quietDifference = 6e-9;

/** Nothing, or one held sample, by a mean square without the mean and that of the second differences. */
export function isNothing(energy: number, difference: number): boolean {
  return energy <= quietEnergy && difference <= quietDifference;
}

/**
 * A sample that is held, and coded lossily: what the coder adds stays below -70 dBFS, hardly any of it in high frequencies, and
 * 40 dB below the sample that is held, which moves by no more than a tenth.
 */
const heldEnergy = 1e-7;
const heldDifference = 1e-8;
const heldShare = 1e-4;
const heldDrift = 0.1;

/** Running sound: -50 dBFS. */
const programmeEnergy = 1e-5;

/**
 * Slots at a gap's border in which sound goes to nothing and comes back, in whatever way: 16 ms. The granules of MP3 are 12 ms
 * long.
 */
const edgeSlots = 8;
/**
 * A coder whose window reaches over the border spreads its noise farther, up to 48 ms: the long windows of AAC have 2048 samples. Such a
 * noise is faint, 30 dB below the sound, which breaks off within 4 ms all the same.
 */
const spreadSlots = 24;
const faintShare = 1e-3;
const breakSlots = 2;
/** Slots beyond the border that the sound's level is taken of: 16 ms. */
const levelSlots = 8;
/** In its last slot before the border the sound must have been as loud as before, but for this share: -10 dB. A decay is not. */
const runningShare = 0.1;
/** The levels on both sides may differ by so much: 30 dB. A syllable ends so much softer than the next one begins. */
const likeShare = 1e-3;

/**
 * In running sound most samples differ from the one before. Of soft sound in few steps, as 8 bits have it, fewer do, and it stands still for
 * a while by itself; square waves do.
 */
const movingShare = 0.5;

const shortestGapSlots = 2;
const longestGapSeconds = 1;
/** Sound that began so shortly before is no programme that breaks off, but a beep or a word between two silences. */
const runningSeconds = 1;

/** No slot. */
const never = -1;

/** A gap: its first slot, and the first one after it. */
export interface Gap {
  readonly start: number;
  readonly end: number;
}

/** Opens the search for gaps in running sound. */
export function openGaps(slots: Slots, slotsPerSecond: number) {
  /** The slot after the last silence that was no gap. */
  let soundSince = 0;
  let quietSince = never;
  let heldAt = 0;
  /** A gap that lasts, or, with an `end`, waits to see what follows it. */
  let waiting: { readonly start: number; readonly level: number; end: number } | undefined;

  function meanEnergy(from: number, to: number): number {
    let total = 0;
    for (let slot = from; slot < to; slot++) total += slots.energy(slot);
    return total / (to - from);
  }

  /** Programme of so much energy; 0 where there is none. */
  function levelOf(from: number, to: number): number {
    let same = 0;
    for (let slot = from; slot < to; slot++) same += slots.sameRatio(slot);
    const level = meanEnergy(from, to);
    return level >= programmeEnergy && same <= (1 - movingShare) * (to - from) ? level : 0;
  }

  function isFaint(from: number, to: number, level: number): boolean {
    for (let slot = from; slot < to; slot++) if (slots.energy(slot) > faintShare * level) return false;
    return true;
  }

  function isQuiet(slot: number): boolean {
    const energy = slots.energy(slot);
    const difference = slots.difference(slot);
    if (isNothing(energy, difference)) return true;
    const mean = slots.mean(slot);
    if (quietSince !== never && Math.abs(mean - heldAt) > heldDrift * Math.abs(heldAt)) return false;
    return energy <= Math.min(heldEnergy, heldShare * mean ** 2) && difference <= heldDifference;
  }

  /** The sound ran on until shortly before this slot, the first that is quiet. */
  function begun(quiet: number): typeof waiting {
    for (let start = quiet; start >= quiet - spreadSlots && start >= levelSlots; start--) {
      const level = levelOf(start - levelSlots, start);
      if (level === 0 || slots.energy(start - 1) < runningShare * level) continue;
      if (start < quiet - edgeSlots && !isFaint(start + breakSlots, quiet, level)) continue;
      return start - soundSince >= runningSeconds * slotsPerSecond ? { start, level, end: never } : undefined;
    }
    return undefined;
  }

  /** The sound is back in this slot, at once, and as loud as it was. */
  function isBack(back: number, { level, end }: NonNullable<typeof waiting>): boolean {
    const levelAfter = levelOf(back, back + levelSlots);
    if (levelAfter === 0 || slots.energy(back) < runningShare * levelAfter) return false;
    if (levelAfter < likeShare * level || level < likeShare * levelAfter) return false;
    return back <= end + edgeSlots || isFaint(end, back - breakSlots, levelAfter);
  }

  function endQuiet(slot: number): void {
    const length = slot - quietSince;
    quietSince = never;
    if (waiting !== undefined && length >= shortestGapSlots && length <= longestGapSeconds * slotsPerSecond) {
      waiting.end = slot;
      return;
    }
    waiting = undefined;
    if (length >= shortestGapSlots) soundSince = slot;
  }

  function beginQuiet(slot: number): void {
    if (waiting !== undefined && isFaint(waiting.end, slot, waiting.level)) {
      // A coder's noise in between: it is the same gap that goes on.
      quietSince = waiting.start;
      waiting.end = never;
      return;
    }
    if (waiting !== undefined) soundSince = waiting.end;
    quietSince = slot;
    heldAt = slots.mean(slot);
    waiting = begun(slot);
  }

  return {
    /** Nothing goes on across a discontinuity; slots are counted from 0 again. */
    forget(): void {
      soundSince = 0;
      quietSince = never;
      waiting = undefined;
    },

    /** Takes the newest slot. @returns a gap that is sure now */
    take(slot: number): Gap | undefined {
      const quiet = isQuiet(slot);
      if (quiet && quietSince === never) beginQuiet(slot);
      if (!quiet && quietSince !== never) endQuiet(slot);
      if (waiting === undefined || waiting.end === never) return undefined;
      const back = slot + 1 - levelSlots;
      if (back < waiting.end) return undefined;
      if (isBack(back, waiting)) {
        const { start } = waiting;
        waiting = undefined;
        return { start, end: back };
      }
      if (back === waiting.end + spreadSlots) {
        soundSince = waiting.end;
        waiting = undefined;
      }
      return undefined;
    },
  };
}
