import type { SignalBlock } from "./signal-block.js";

/** How the pictures of a stream are coded and timed, as far as its frames tell. */
export interface CodedPictures {
  readonly frames: number;
  /** From the median distance of frames, in frames per second; absent where fewer than two follow each other. */
  readonly frameRate?: number;
  /** Share of distances (0..1) that differ from the median one by more than a millisecond and 2 %. */
  readonly irregularRatio?: number;
  readonly keyframes: number;
  /** Pictures coded by themselves that are no keyframes: decoding cannot be sure to begin there. */
  readonly otherIntraFrames: number;
  /** Distances of keyframes: how long a group of pictures (GOP) is. Absent where there are fewer than two keyframes. */
  readonly gop?: {
    readonly shortestSeconds: number;
    readonly meanSeconds: number;
    readonly longestSeconds: number;
    readonly longestFrames: number;
  };
}

/** Collects it while the picture's signals pass by. */
export interface StreamSummary {
  push(block: SignalBlock): void;
  /** Undefined where no picture was measured. */
  read(): CodedPictures | undefined;
}

/** Distances are counted in tenths of a millisecond: fine enough to tell 59.94 from 60 frames per second. */
const ticksPerSecond = 10_000;

export function openStreamSummary(): StreamSummary {
  const distances = new Map<number, { count: number; sum: number }>();
  let frames = 0;
  let keyframes = 0;
  let otherIntraFrames = 0;
  let previousSeconds: number | undefined;
  let keyframeAt: { readonly seconds: number; readonly frame: number } | undefined;
  let gops = 0;
  let gopSeconds = 0;
  let shortestSeconds = Number.POSITIVE_INFINITY;
  let longestSeconds = 0;
  let longestFrames = 0;

  function noteKeyframe(seconds: number): void {
    keyframes++;
    if (keyframeAt !== undefined && seconds > keyframeAt.seconds) {
      const lasted = seconds - keyframeAt.seconds;
      gops++;
      gopSeconds += lasted;
      shortestSeconds = Math.min(shortestSeconds, lasted);
      longestSeconds = Math.max(longestSeconds, lasted);
      longestFrames = Math.max(longestFrames, frames - keyframeAt.frame);
    }
    keyframeAt = { seconds, frame: frames };
  }

  function noteDistance(seconds: number): void {
    const tick = Math.round(seconds * ticksPerSecond);
    const known = distances.get(tick);
    if (known === undefined) distances.set(tick, { count: 1, sum: seconds });
    else {
      known.count++;
      known.sum += seconds;
    }
  }

  return {
    push({ lane, pts, signals, discontinuityBefore }) {
      const keys = signals["coding.isKeyframe"];
      const intra = signals["coding.isIntra"];
      if (lane.name !== "picture" || keys === undefined) return;
      if (discontinuityBefore) previousSeconds = keyframeAt = undefined;
      for (const [index, seconds] of pts.entries()) {
        if (previousSeconds !== undefined && seconds > previousSeconds) noteDistance(seconds - previousSeconds);
        previousSeconds = seconds;
        if (keys[index] === 1) noteKeyframe(seconds);
        else if (intra?.[index] === 1) otherIntraFrames++;
        frames++;
      }
    },

    read() {
      if (frames === 0) return undefined;
      const gop = { shortestSeconds, meanSeconds: gopSeconds / gops, longestSeconds, longestFrames };
      return { frames, ...rateOf(distances), keyframes, otherIntraFrames, ...(gops === 0 ? {} : { gop }) };
    },
  };
}

function rateOf(distances: ReadonlyMap<number, { readonly count: number; readonly sum: number }>) {
  const sorted = [...distances].sort(([one], [other]) => one - other);
  const total = sorted.reduce((sum, [, { count }]) => sum + count, 0);
  let seen = 0;
  const middle = sorted.find(([, { count }]) => (seen += count) >= total / 2)?.[0];
  if (middle === undefined) return {};
  // Containers round times, to milliseconds at worst: the mean of what is nearly the median one is finer than the median.
  const tolerance = 0.001 * ticksPerSecond + 0.02 * middle;
  const alike = sorted.filter(([tick]) => Math.abs(tick - middle) <= tolerance);
  const count = alike.reduce((sum, [, one]) => sum + one.count, 0);
  const sum = alike.reduce((all, [, one]) => all + one.sum, 0);
  return { frameRate: count / sum, irregularRatio: 1 - count / total };
}
