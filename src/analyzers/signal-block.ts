/**
 * Where signals come from: `picture` has one sample per frame, `stills` one for each 0.08 s or less often, `sound` one
 * per 10 ms window of one audio track, `models` one per frame that was shown to the models, `transport` one per picture, of
 * the packets that carry it, `manifest` one wherever faults of playlists begin or end, `captions` one
 * for each 0.1 s of one track of captions.
 */
export type LaneName = "picture" | "stills" | "sound" | "models" | "transport" | "manifest" | "captions";

/** One ordered sequence of samples. `track` counts per medium from 0. */
export interface Lane {
  readonly name: LaneName;
  readonly track: number;
}

/** `picture:0`, `sound:1` …: a lane as a map key, file name part and log word. */
export function laneKey(lane: Lane): string {
  return `${lane.name}:${lane.track}`;
}

/** A lane and the signals that each of its blocks holds. */
export interface LaneSignals {
  readonly lane: Lane;
  readonly signals: readonly string[];
}

/**
 * A run of consecutive samples of one lane, in columns.
 *
 * A sample lasts until the next one; the last of all until the end of the media; none across a discontinuity.
 * Blocks of a lane arrive in order. How a lane is cut into blocks carries no meaning, except that a
 * discontinuity always lies between two blocks.
 */
export interface SignalBlock {
  readonly lane: Lane;
  /** Index of the first sample, counted from the start of the lane. */
  readonly startIndex: number;
  /** Presentation time of each sample: seconds, 0 at the media's first presented frame or sample. */
  readonly pts: Float64Array;
  /** One value per sample and signal; NaN where it was not measured. */
  readonly signals: Readonly<Record<string, Float32Array>>;
  /** Media time jumps or is missing between the sample before this block and its first one. */
  readonly discontinuityBefore: boolean;
  /** With `discontinuityBefore`: when the sample before it ended. Absent otherwise. */
  readonly previousEndSeconds?: number;
  /**
   * With `discontinuityBefore`, of a live stream: by how much the source's own time jumped there, in seconds, where that is
   * something else than what lies between the samples.
   */
  readonly tornSeconds?: number;
}

/**
 * The arrays of a block, in one buffer: a hundred small ones cost more to move between threads, to collect and to keep than
 * what they hold.
 */
export function emptyBlock(
  names: readonly string[],
  samples: number,
): { readonly pts: Float64Array<ArrayBuffer>; readonly signals: Readonly<Record<string, Float32Array<ArrayBuffer>>> } {
  const ptsBytes = samples * Float64Array.BYTES_PER_ELEMENT;
  const columnBytes = samples * Float32Array.BYTES_PER_ELEMENT;
  const buffer = new ArrayBuffer(ptsBytes + names.length * columnBytes);
  const signals: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [index, name] of names.entries()) signals[name] = new Float32Array(buffer, ptsBytes + index * columnBytes, samples);
  return { pts: new Float64Array(buffer, 0, samples), signals };
}
