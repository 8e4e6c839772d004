import type { SignalBlock } from "../signal-block.js";

/** Media time that a window of sound lasts by its samples. */
const windowSeconds = 0.01;

/** A drift is told from three stretches of so many seconds, one after the other: a single gap or a jitter is none. */
const stretchSeconds = 20;
const stretches = 3;

/**
 * So much of the seconds at either end is left out, those in which most and least was added: where clips are joined, sound is
 * a part of a frame shorter than picture, and its time jumps; a clock that is wrong is wrong in every second.
 */
const trimmedShare = 0.2;

/** Holds the times of a sound track against the number of its samples. */
export interface SampleClock {
  /** Blocks of one sound track, in order. Calls `hear` once for each second of media, when 60 s lie behind. */
  push(block: SignalBlock, hear: (driftRatio: number, fromSeconds: number, atSeconds: number) => void): void;
}

/**
 * How much faster than its samples a track's time runs: with 0.001 a minute by its timestamps holds 59.94 s of sound. Where
 * two stretches drift differently the smaller drift is told, and 0 where they drift apart or where it is jumps that add up.
 */
export function openSampleClock(): SampleClock {
  let apart: number[] = [];
  let times: number[] = [];
  let startSeconds = Number.NaN;
  let windows = 0;
  let nextSeconds = 0;

  function drift(): number {
    const means = Array.from({ length: stretches }, (_, at) => mean(apart.slice(at * stretchSeconds, (at + 1) * stretchSeconds)));
    const [first = 0, second = 0, third = 0] = means;
    const ratios = [(second - first) / stretchSeconds, (third - second) / stretchSeconds, steadyRatio(apart)];
    if (ratios.every((ratio) => ratio > 0)) return Math.min(...ratios);
    return ratios.every((ratio) => ratio < 0) ? Math.max(...ratios) : 0;
  }

  return {
    push({ pts, discontinuityBefore }, hear) {
      for (let at = 0; at < pts.length; at++) {
        const seconds = pts[at] ?? 0;
        if (Number.isNaN(startSeconds) || (at === 0 && discontinuityBefore)) {
          startSeconds = nextSeconds = seconds;
          windows = 0;
          apart = [];
          times = [];
        }
        if (seconds >= nextSeconds) {
          nextSeconds += 1;
          apart.push(seconds - startSeconds - windows * windowSeconds);
          times.push(seconds);
          if (apart.length > stretches * stretchSeconds) {
            apart.shift();
            times.shift();
          }
          if (apart.length === stretches * stretchSeconds) hear(drift(), times[0] ?? seconds, seconds);
        }
        windows++;
      }
    },
  };
}

/** What most seconds add. */
function steadyRatio(apart: readonly number[]): number {
  const added = apart.slice(1).map((value, at) => value - (apart[at] ?? value));
  const trimmed = Math.floor(added.length * trimmedShare);
  return mean(added.toSorted((one, other) => one - other).slice(trimmed, added.length - trimmed));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
