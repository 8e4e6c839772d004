import { besideEachOther } from "./beside.js";
import type { Emit } from "./detector.js";
import { type Lane, type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";
import { pictureMarkSignals, soundMarkSignals } from "./sync/marks.js";
import type { Pairing } from "./sync/pair-marks.js";
import { openSyncMeter } from "./sync/sync-meter.js";

/** How far one sound track is from the picture. */
export interface TrackSync {
  readonly track: number;
  /** `not-measurable`: nothing in picture and sound goes by pairs. It does not say that they are in step. */
  readonly state: "measured" | "not-measurable";
  /** Median over the media; greater than 0 where the sound is late. */
  readonly offsetSeconds?: number;
  /** How much later the sound becomes with time; where at least a minute was measured. */
  readonly driftMillisecondsPerMinute?: number;
  /** Mean share of flashes and sounds that belong together. */
  readonly confidence?: number;
}

/** Collects how far each sound track is from the picture while the signals pass by. */
export interface SyncSummary {
  push(block: SignalBlock): void;
  end(lane: Lane, endSeconds: number): void;
  /** In order of tracks; none where the signals for it are not measured. */
  read(): TrackSync[];
}

/** More points than this are thinned to half: memory stays the same, however long it lasts. */
const mostPoints = 256;
/** A drift needs points that lie at least so far apart. */
const leastDriftSpanSeconds = 60;

const silent: Emit = { open: () => ({}), update: () => {}, close: () => {} };

/** Blocks of a lane come in order, lanes in any. */
export function openSyncSummary(lanes: readonly LaneSignals[]): SyncSummary {
  const picture = lanesWith(lanes, pictureMarkSignals)[0];
  const tracks = (picture === undefined ? [] : lanesWith(lanes, soundMarkSignals)).map((sound) => {
    const meter = openSyncMeter();
    const course = openCourse();
    const beside = besideEachOther(
      [
        { lane: picture as Lane, signals: pictureMarkSignals },
        { lane: sound, signals: soundMarkSignals },
      ],
      { push: (block) => meter.push(block, course.take), end: () => meter.end(course.take) },
    );
    return { lanes: new Set([laneKey(picture as Lane), laneKey(sound)]), track: sound.track, beside, course };
  });

  return {
    push(block) {
      for (const one of tracks) if (one.lanes.has(laneKey(block.lane))) one.beside.push(block, silent);
    },
    end(lane, endSeconds) {
      for (const one of tracks) if (one.lanes.has(laneKey(lane))) one.beside.end(lane, endSeconds, silent);
    },
    read: () => tracks.map(({ track, course }) => ({ track, ...course.read() })),
  };
}

function lanesWith(lanes: readonly LaneSignals[], names: readonly string[]): Lane[] {
  return lanes.filter(({ signals }) => names.every((name) => signals.includes(name))).map(({ lane }) => lane);
}

interface Point {
  readonly seconds: number;
  readonly offsetSeconds: number;
  readonly pairedRatio: number;
}

/** How an offset goes on over the media. */
function openCourse() {
  let points: Point[] = [];
  let everySeconds = 1;

  return {
    take(pairing: Pairing | undefined): void {
      if (pairing === undefined) return;
      const { pairs, pairedRatio } = pairing;
      const seconds = mean(pairs.map(({ pictureSeconds }) => pictureSeconds));
      const last = points.at(-1);
      if (last !== undefined && seconds < last.seconds + everySeconds) return;
      points.push({ seconds, offsetSeconds: mean(pairs.map((pair) => pair.offsetSeconds)), pairedRatio });
      if (points.length <= mostPoints) return;
      points = points.filter((_, index) => index % 2 === 0);
      everySeconds = ((points.at(-1)?.seconds ?? 0) - (points[0]?.seconds ?? 0)) / (points.length - 1);
    },

    read(): Omit<TrackSync, "track"> {
      if (points.length === 0) return { state: "not-measurable" };
      const offsets = points.map((point) => point.offsetSeconds).sort((one, other) => one - other);
      const drift = slopeOf(points);
      return {
        state: "measured",
        offsetSeconds: offsets[offsets.length >> 1] ?? 0,
        ...(drift === undefined ? {} : { driftMillisecondsPerMinute: drift * 60_000 }),
        confidence: Math.min(0.99, mean(points.map(({ pairedRatio }) => pairedRatio))),
      };
    },
  };
}

/** Slope of the line through the points by least squares, in seconds per second. */
function slopeOf(points: readonly Point[]): number | undefined {
  const span = (points.at(-1)?.seconds ?? 0) - (points[0]?.seconds ?? 0);
  if (span < leastDriftSpanSeconds) return undefined;
  const middle = mean(points.map(({ seconds }) => seconds));
  const sum = (value: (point: Point) => number): number => points.reduce((total, point) => total + value(point), 0);
  return sum((point) => (point.seconds - middle) * point.offsetSeconds) / sum((point) => (point.seconds - middle) ** 2);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
