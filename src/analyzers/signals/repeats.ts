import { type Interruption, samplesOfSlot } from "./interruptions.js";

/** What one window brought, in one channel. The next call writes over it. */
export interface Repeat {
  /** Length of a block that came twice; 0 where none did. */
  samples: number;
  /** Samples from the beginning of its second time to the first of this window. */
  agoSamples: number;
}

/** Buffers of sound cards, decoders and network packets hold so much. */
const shortestSeconds = 0.005;
const longestSeconds = 0.1;

/** What is compared first are the highest samples of so many slots of 2 ms. */
const ringSlots = 64;
/** Samples before the highest that must be alike as well, before all others are compared. */
const likeSamples = 16;

/** Running sound: -50 dBFS. */
const programmeEnergy = 1e-5;
/** What comes again and again is a loop: a block that comes again once ends before it has come so many times more. */
const loopTimes = 1.5;
/** The sound before the block is as loud as the block, within 10 dB: a note or a drum that is struck twice begins louder. */
const likeShare = 0.1;
/** Least share of samples that differ from the one before them: in waves of a few steps, as of old games, few do. */
const movingShare = 0.75;
/**
 * A block that is so much like itself, or the sound before it, some time later, is periodic, as machines make it: its
 * repetition is its nature. The cycles of a vowel differ more.
 */
const periodicCorrelation = 0.98;
const shortestPeriodSeconds = 0.0005;
const longestPeriodSeconds = 0.02;
/**
 * A whistle or a vowel may be as periodic as that. In what a machine repeats by its nature the wave goes on unbroken, or begins again as
 * it began: a block that was played twice by accident has a seam, this much rougher than all that is in it.
 */
const seamFactor = 2;
/** Every so many samples are enough to tell a period; a prime, that falls in with none. */
const correlationStride = 7;

/**
 * Opens the search for blocks that come twice in one channel, sample by sample: a buffer that was played again because the
 * next one was late. Natural sound never does so; what is made by a machine does, and is periodic, a loop, or struck anew.
 */
export function openRepeats(sampleRate: number) {
  const shortest = Math.ceil(shortestSeconds * sampleRate);
  const longest = Math.floor(longestSeconds * sampleRate);
  const slotSamples = samplesOfSlot(sampleRate);
  // A block, the one before it, its repetition until that is known for a loop, and a window of 10 ms or two.
  const history = new Float32Array(2 ** Math.ceil(Math.log2((2 + loopTimes) * longest + sampleRate / 40)));
  const mask = history.length - 1;
  const peaks = new Float32Array(ringSlots);
  const slotEnds = new Float64Array(ringSlots);
  const found: Repeat = { samples: 0, agoSamples: 0 };

  /** Samples so far, and the first that may be looked at. */
  let total = 0;
  let first = 0;
  let nextSlot = 0;
  let slotEnd = slotSamples;
  /** The samples from `start` to `end` are those `lag` before them; 0 when no repetition is followed. */
  let [lag, start, end] = [0, 0, 0];
  /** No repetition is looked for before this sample. */
  let restUntil = 0;

  const at = (time: number): number => history[time & mask] ?? 0;

  function isLike(time: number, earlier: number): boolean {
    if (earlier - likeSamples < first) return false;
    for (let n = 1; n <= likeSamples; n++) if (at(time - n) !== at(earlier - n)) return false;
    return true;
  }

  function mean(from: number, to: number): number {
    let sum = 0;
    for (let time = from; time < to; time++) sum += at(time);
    return sum / (to - from);
  }

  /** Of the samples from `from` on and those `distance` before them, all without `offset`: one that is constant is no likeness. */
  function correlation(from: number, to: number, distance: number, offset: number): number {
    let [products, own, others] = [0, 0, 0];
    for (let time = from; time < to; time += correlationStride) {
      const [a, b] = [at(time) - offset, at(time - distance) - offset];
      products += a * b;
      own += a * a;
      others += b * b;
    }
    return products / Math.sqrt(own * others);
  }

  function energy(from: number, to: number): number {
    const offset = mean(from, to);
    let squares = 0;
    for (let time = from; time < to; time++) squares += (at(time) - offset) ** 2;
    return squares / (to - from);
  }

  function isMoving(from: number, to: number): boolean {
    let moves = 0;
    for (let time = from; time < to; time++) if (at(time) !== at(time - 1)) moves++;
    return moves >= movingShare * (to - from);
  }

  /** What a machine makes is so much like itself some time before. */
  function isPeriodic(from: number, to: number): boolean {
    const offset = mean(from, to);
    const longestPeriod = Math.min((to - from) / 2, longestPeriodSeconds * sampleRate);
    if (correlation(from, to, to - from, offset) >= periodicCorrelation) return true;
    for (let period = Math.ceil(shortestPeriodSeconds * sampleRate); period <= longestPeriod; period++)
      if (correlation(from + period, to, period, offset) >= periodicCorrelation) return true;
    return false;
  }

  /** Largest second difference, sign removed. */
  function roughness(from: number, to: number): number {
    let largest = 0;
    for (let time = from; time < to; time++) largest = Math.max(largest, Math.abs(at(time) - 2 * at(time - 1) + at(time - 2)));
    return largest;
  }

  /** Where the block begins for the second time the wave is broken, as nowhere in it, and not where it began at first. */
  function hasSeam(block: number): boolean {
    return roughness(start, start + 2) >= seamFactor * roughness(block, start);
  }

  /** The block before `start` was played twice. */
  function isRepeat(): boolean {
    const block = start - lag;
    if (end - start < lag || block - lag <= first) return false;
    const [own, before] = [energy(block, start), energy(block - lag, block)];
    if (!(own >= programmeEnergy) || before < likeShare * own || own < likeShare * before) return false;
    return isMoving(block, start) && (hasSeam(block) || !isPeriodic(block, start));
  }

  /** When the slot that ends there had this sample, first. */
  function timeOf(sample: number, end: number): number {
    for (let time = end - slotSamples; time < end; time++) if (at(time) === sample) return time;
    return Number.NaN;
  }

  /** The one time, from 5 to 100 ms before the highest sample of a slot, when the samples before it were the same; more are a period. */
  function lagOfPeak(peak: number, peakTime: number): number {
    let only = 0;
    // The ring holds a little more than 100 ms: most values differ, and cost one comparison.
    for (let index = 0; index < ringSlots; index++) {
      if (peaks[index] !== peak) continue;
      const distance = peakTime - timeOf(peak, slotEnds[index] ?? 0);
      if (!(distance >= shortest && distance <= longest) || !isLike(peakTime, peakTime - distance)) continue;
      if (only > 0) return 0;
      only = distance;
    }
    return only;
  }

  function endSlot(peak: number): void {
    if (lag === 0 && slotEnd >= restUntil && peak ** 2 >= programmeEnergy && peaks.includes(peak)) {
      const peakTime = timeOf(peak, slotEnd);
      lag = lagOfPeak(peak, peakTime);
      start = end = peakTime;
      const earliest = Math.max(first + lag, peakTime - loopTimes * lag);
      while (lag > 0 && start > earliest && at(start - 1) === at(start - 1 - lag)) start--;
    }
    peaks[nextSlot] = peak;
    slotEnds[nextSlot] = slotEnd;
    nextSlot = (nextSlot + 1) % ringSlots;
    slotEnd += slotSamples;
  }

  function follow(windowStart: number): void {
    while (end < total && end - start < loopTimes * lag && at(end) === at(end - lag)) end++;
    const isLoop = end - start >= loopTimes * lag;
    if (end === total && !isLoop) return;
    if (!isLoop && isRepeat()) {
      found.samples = lag;
      found.agoSamples = windowStart - start;
    }
    // What is periodic would be found again at once, and compared again.
    if (isLoop || end - start >= lag) restUntil = total + longest;
    lag = 0;
  }

  return {
    /** Nothing goes on across a discontinuity. */
    forget(): void {
      first = restUntil = total;
      lag = 0;
      slotEnd = total + slotSamples;
    },

    /** Takes the present window, and the slots that are full with it. */
    take(samples: Float32Array, { slots, peaks: slotPeaks }: Pick<Interruption, "slots" | "peaks">): Repeat {
      found.samples = 0;
      const windowStart = total;
      const place = total & mask;
      const untilEnd = history.length - place;
      if (samples.length <= untilEnd) history.set(samples, place);
      else {
        history.set(samples.subarray(0, untilEnd), place);
        history.set(samples.subarray(untilEnd), 0);
      }
      total += samples.length;
      for (let slot = 0; slot < slots; slot++) endSlot(slotPeaks[slot] ?? 0);
      if (lag > 0) follow(windowStart);
      return found;
    },
  };
}
