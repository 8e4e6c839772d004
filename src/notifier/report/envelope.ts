import type { Lane, SignalBlock } from "../../analyzers/index.js";

/** Buckets per lane, at most: more than a screen has columns. */
const maximumBuckets = 2000;

/** One signal's least and largest value per bucket; NaN where nothing was measured. */
export interface EnvelopeSignal {
  readonly name: string;
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
}

/** The signals of one lane, small enough to be drawn. All of them share the same times. */
export interface Envelope {
  readonly lane: Lane;
  /** When each bucket's first sample is presented, in seconds; in order. */
  readonly seconds: Float64Array;
  readonly signals: readonly EnvelopeSignal[];
}

/** Collects envelopes while signals pass by; memory stays the same however long the media is. */
export interface Envelopes {
  push(block: SignalBlock): void;
  /** The envelopes so far, in order of lanes and signals. */
  read(): Envelope[];
}

interface Band {
  readonly minimum: Float32Array;
  readonly maximum: Float32Array;
}

interface LaneBuckets {
  readonly lane: Lane;
  readonly seconds: Float64Array;
  readonly bands: Map<string, Band>;
  /** Buckets in use, the last of which holds `filled` of `samplesPerBucket` samples. */
  used: number;
  filled: number;
  samplesPerBucket: number;
}

function less(one: number, other: number): number {
  return Number.isNaN(one) || other < one ? other : one;
}

function greater(one: number, other: number): number {
  return Number.isNaN(one) || other > one ? other : one;
}

/** Joins buckets two by two, which makes room for as many again. */
function halve(buckets: LaneBuckets): void {
  const half = maximumBuckets / 2;
  for (let index = 0; index < half; index += 1) buckets.seconds[index] = buckets.seconds[2 * index] ?? Number.NaN;
  for (const { minimum, maximum } of buckets.bands.values()) {
    for (let index = 0; index < half; index += 1) {
      minimum[index] = less(minimum[2 * index] ?? Number.NaN, minimum[2 * index + 1] ?? Number.NaN);
      maximum[index] = greater(maximum[2 * index] ?? Number.NaN, maximum[2 * index + 1] ?? Number.NaN);
    }
    minimum.fill(Number.NaN, half);
    maximum.fill(Number.NaN, half);
  }
  buckets.used = half;
  buckets.samplesPerBucket *= 2;
}

/** Whether the next sample needs a bucket that there is no room for. */
function isFull({ used, filled, samplesPerBucket }: LaneBuckets): boolean {
  return used === maximumBuckets && filled === samplesPerBucket;
}

/** The bucket of the next sample. Buckets hold samples, not time: any frame rate fills them without holes. */
function advance(buckets: LaneBuckets, seconds: number): number {
  if (buckets.used === 0 || buckets.filled === buckets.samplesPerBucket) {
    if (isFull(buckets)) halve(buckets);
    buckets.seconds[buckets.used] = seconds;
    buckets.used += 1;
    buckets.filled = 0;
  }
  buckets.filled += 1;
  return buckets.used - 1;
}

/** A bucket without samples, where a line breaks. */
function breakLine(buckets: LaneBuckets, seconds: number): void {
  if (buckets.used === 0) return;
  buckets.filled = buckets.samplesPerBucket;
  advance(buckets, seconds);
  buckets.filled = buckets.samplesPerBucket;
}

/** Takes some of a signal's samples into their buckets. */
function widen({ minimum, maximum }: Band, values: Float32Array, places: Uint32Array, start: number, end: number): void {
  for (let index = start; index < end; index++) {
    const value = values[index] ?? Number.NaN;
    if (Number.isNaN(value)) continue;
    const bucket = places[index] ?? 0;
    minimum[bucket] = less(minimum[bucket] ?? Number.NaN, value);
    maximum[bucket] = greater(maximum[bucket] ?? Number.NaN, value);
  }
}

function bandOf(buckets: LaneBuckets, name: string): Band {
  const known = buckets.bands.get(name);
  if (known !== undefined) return known;
  const band = {
    minimum: new Float32Array(maximumBuckets).fill(Number.NaN),
    maximum: new Float32Array(maximumBuckets).fill(Number.NaN),
  };
  buckets.bands.set(name, band);
  return band;
}

/** Opens the envelopes of a job; blocks of a lane come in order, lanes in any. */
export function openEnvelopes(): Envelopes {
  const lanes = new Map<string, LaneBuckets>();
  /** The bucket of each sample of a block. */
  let places = new Uint32Array(0);

  function bucketsOf(lane: Lane): LaneBuckets {
    const key = `${lane.name}:${lane.track}`;
    const known = lanes.get(key);
    if (known !== undefined) return known;
    const buckets = {
      lane,
      seconds: new Float64Array(maximumBuckets),
      bands: new Map(),
      used: 0,
      filled: 0,
      samplesPerBucket: 1,
    };
    lanes.set(key, buckets);
    return buckets;
  }

  return {
    push({ lane, pts, signals, discontinuityBefore, previousEndSeconds }) {
      const buckets = bucketsOf(lane);
      if (discontinuityBefore) breakLine(buckets, previousEndSeconds ?? pts[0] ?? 0);
      const columns = Object.entries(signals).map(([name, values]) => ({ values, band: bandOf(buckets, name) }));
      if (places.length < pts.length) places = new Uint32Array(pts.length);
      let taken = 0;
      const takeUntil = (end: number): void => {
        for (const { values, band } of columns) widen(band, values, places, taken, end);
        taken = end;
      };
      for (let index = 0; index < pts.length; index++) {
        // Room is made by joining buckets: what was placed before goes with them.
        if (isFull(buckets)) takeUntil(index);
        places[index] = advance(buckets, pts[index] ?? Number.NaN);
      }
      takeUntil(pts.length);
    },
    read() {
      const order = ["picture", "stills", "models", "sound", "transport", "manifest", "captions"];
      return [...lanes.values()]
        .sort((one, other) => order.indexOf(one.lane.name) - order.indexOf(other.lane.name) || one.lane.track - other.lane.track)
        .map(({ lane, seconds, bands, used }) => ({
          lane,
          seconds: seconds.slice(0, used),
          signals: [...bands]
            .sort(([one], [other]) => (one < other ? -1 : 1))
            .map(([name, { minimum, maximum }]) => ({ name, minimum: minimum.slice(0, used), maximum: maximum.slice(0, used) })),
        }));
    },
  };
}
