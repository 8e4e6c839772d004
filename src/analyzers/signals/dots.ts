import type { Plane, VideoFrame } from "../../decoder/index.js";
import { mostDots } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";
import { type FrameCells, measureCells } from "./cell-means.js";
import { bytesPerSample } from "./frame-passes.js";
import { type GlobalMotion, openGlobalMotion } from "./global-motion.js";

/** In a narrower picture dots of three pixels are what letters and eyes are made of. */
const narrowestPixels = 320;
/** How far a dot stands out from what lies around it, in levels of 8 bits. */
const contrastLevels = 32;
/** How often a still is looked at. */
const looksPerSecond = 6.25;
/** How long a dot must have stood at its place, and how far back it is followed: a slow pan takes long to move what lies around. */
const leastSeconds = 0.8;
const mostSeconds = 3;
/** Where the whole picture moves by so many pixels in `leastSeconds`, what belongs to it goes along. */
const leastPanPixels = 3;
/** Such a motion must explain this share of what changes. */
const leastExplained = 0.4;
/** Where around a dot the picture is read: near enough to be what it hides, too far to be touched by it. */
const around: readonly (readonly [number, number])[] = [
  ...[-5, 5].flatMap((distance) => [[distance, 0] as const, [0, distance] as const]),
  ...[-9, 9].flatMap((distance) => [[distance, distance] as const, [distance, -distance] as const]),
];
/**
 * What lies around must have changed, in levels of 8 bits: by this much at half of its eight places, since the picture moved, and
 * by a little at each of them, since the dot is no part of a logo. It has `leastSeconds` for that, or, where the whole picture
 * moves, all the time that the dot has stood there.
 */
const movedLevels = 10;
const leastMovedLevels = 4;
/**
 * The dot itself may change by no more than this part of that, or of how far it stands out: leaves and waves flutter with what lies
 * around them, while a coder at a low rate lets a dot of 170 levels waver by 50.
 */
const steadyShare = 0.5;
/** What does not change around a dot may differ by this much, in levels of 8 bits, and still be smooth. */
const smoothLevels = 8;
/** Stills of that time in which a coder may have lost the dot, as a share; not two in a row. */
const lostShare = 0.2;

/**
 * The dots of one still: place (row · 65536 + column), and the samples there and around, in levels of 8 bits; those are read from
 * the second still on in which a dot is seen, as most are seen once.
 */
interface DotsOfStill {
  pts: number;
  isFull: boolean;
  readonly dots: Map<number, Float32Array | undefined>;
  readonly cells: FrameCells;
}

/** Dots that stay where they are while the picture around them moves. */
export const dots = defineStillMeasurer({
  name: "dots",
  needs: "native",
  lookbackSeconds: mostSeconds + 0.2,
  provides: {
    "dots.stuck": {
      unit: "count",
      range: [0, mostDots],
      meaning:
        "Dots of up to 3x3 pixels that stood at one place for at least 0.8 s, much brighter or darker than what is around them, while that moved; not measured in the first 0.8 s and where the whole picture is full of dots",
    },
    "dots.stoodSeconds": {
      unit: "seconds",
      range: [0, mostSeconds],
      meaning: "For how long the one of them that is surest has stood there, at most 3 s",
    },
    "dots.movedSeconds": {
      unit: "seconds",
      range: [0, mostSeconds],
      meaning: "For how long of that the picture around it is known to have moved",
    },
    "dots.left": { unit: "pixels", range: [0, 8192], meaning: "Its column" },
    "dots.top": { unit: "pixels", range: [0, 8192], meaning: "Its row" },
  },
  begin: ({ kernels }) => {
    let stills: DotsOfStill[] = [];
    const motionBetween = openGlobalMotion();
    /** Of stills that are no longer needed. */
    const spareCells: Float32Array[] = [];

    function forgetUntil(pts: number): void {
      for (const still of stills) if (still.pts <= pts) spareCells.push(still.cells.now);
      stills = stills.filter((still) => still.pts > pts);
    }

    return (measured, write) => {
      const { frame } = measured;
      const [luma] = frame.planes;
      if (luma === undefined || luma.width < narrowestPixels) return;
      if (frame.discontinuityBefore) forgetUntil(Number.POSITIVE_INFINITY);
      // Every second multiple of the stills' 0.08 s is often enough, by media time alone: a segment sees the same ones.
      if (Math.floor(frame.pts * looksPerSecond * 2 + 1e-6) % 2 !== 0) return;
      const scale = 2 ** (frame.bitDepth - 8);
      const found = kernels.findDots(luma, bytesPerSample(frame.bitDepth), contrastLevels * scale);
      const before = stills.at(-1);
      const cells = measureCells(measured, spareCells.pop() ?? new Float32Array(0));
      const now: DotsOfStill = { pts: frame.pts, isFull: found.count > mostDots, dots: new Map(), cells };
      if (!now.isFull) {
        for (let at = 0; at < found.places.length; at += 2) {
          const x = found.places[at] ?? 0;
          const y = found.places[at + 1] ?? 0;
          const place = y * 65536 + x;
          now.dots.set(place, before?.dots.has(place) === true ? samplesAround(frame, luma, x, y) : undefined);
        }
      }
      forgetUntil(frame.pts - mostSeconds - 1e-6);
      stills.push(now);
      const then = stills.findIndex(({ pts }) => pts > frame.pts - leastSeconds - 1e-6);
      const earlier = stills[then] ?? now;
      if (now.isFull || frame.pts - earlier.pts < leastSeconds * 0.75) return;
      let stuck = 0;
      let longest: { readonly place: number; readonly stoodSeconds: number; readonly movedSeconds: number } | undefined;
      let last = Number.NaN;
      const motions = new Map<number, GlobalMotion | undefined>();
      const motionSince = (still: number): GlobalMotion | undefined => {
        const known = stills[still];
        if (known === undefined || motions.has(still)) return motions.get(still);
        const motion = motionBetween({ ...cells, before: known.cells.now });
        motions.set(still, motion);
        return motion;
      };
      for (const place of now.dots.keys()) {
        const since = standsSince(stills, place);
        if (since === undefined || since > then) continue;
        const stoodSeconds = frame.pts - (stills[since]?.pts ?? frame.pts);
        const isCarriedOn = isCarried(motionSince(since), cells, place, stoodSeconds) && isPassed(stills, since, place, true);
        if (!isCarriedOn && !isPassed(stills, then, place, false)) continue;
        // A dot of several pixels is one.
        if (!isOneDot(place, last)) stuck++;
        last = place;
        const movedSeconds = isCarriedOn ? stoodSeconds : frame.pts - earlier.pts;
        if (longest === undefined || movedSeconds > longest.movedSeconds) longest = { place, stoodSeconds, movedSeconds };
      }
      write("dots.stuck", stuck);
      if (longest === undefined) return;
      write("dots.stoodSeconds", longest.stoodSeconds);
      write("dots.movedSeconds", longest.movedSeconds);
      write("dots.left", longest.place % 65536);
      write("dots.top", Math.floor(longest.place / 65536));
    };
  },
});

function isOneDot(place: number, other: number): boolean {
  return Math.abs((place % 65536) - (other % 65536)) <= 3 && Math.abs((place >> 16) - (other >> 16)) <= 3;
}

function samplesAround({ bitDepth }: VideoFrame, plane: Plane, x: number, y: number): Float32Array {
  const bytes = bytesPerSample(bitDepth);
  const scale = 2 ** (bitDepth - 8);
  const sample = (column: number, row: number): number => {
    const inside = Math.min(plane.width - 1, Math.max(0, column));
    const line = Math.min(plane.height - 1, Math.max(0, row));
    const at = line * plane.stride + inside * bytes;
    return ((plane.data[at] ?? 0) + (bytes > 1 ? 256 * (plane.data[at + 1] ?? 0) : 0)) / scale;
  };
  return Float32Array.of(sample(x, y), ...around.map(([right, down]) => sample(x + right, y + down)));
}

/** The still from which on a dot is there, seen in nearly all of them. */
function standsSince(stills: readonly DotsOfStill[], place: number): number | undefined {
  let seen = 0;
  let since = stills.length;
  for (let index = stills.length - 1; index >= 0 && since - index <= 2; index--) {
    if (stills[index]?.dots.has(place) !== true) continue;
    seen++;
    since = index;
  }
  return seen >= 3 && seen >= (1 - lostShare) * (stills.length - since) ? since : undefined;
}

/** What belongs to the picture moved with it at this place, in so many seconds. */
function isCarried(
  motion: GlobalMotion | undefined,
  { columns, rows, cellSide }: FrameCells,
  place: number,
  seconds: number,
): boolean {
  if (motion === undefined || motion.explainedRatio < leastExplained) return false;
  const right = motion.x + motion.zoom * ((place % 65536) / cellSide - columns / 2);
  const down = motion.y + motion.zoom * ((place >> 16) / cellSide - rows / 2);
  return Math.hypot(right, down) * cellSide >= leastPanPixels * (seconds / leastSeconds);
}

/**
 * The dot is steady, while what lies around it moved on all sides. Where the picture carries on whatever belongs to it, what lies
 * around may also be smooth: then it looks the same wherever it moves, and holds nothing that could stand there with the dot.
 */
function isPassed(stills: readonly DotsOfStill[], since: number, place: number, isCarriedOn: boolean): boolean {
  const minima = Array.from({ length: 1 + around.length }, () => 255);
  const maxima = minima.map(() => 0);
  for (let still = since; still < stills.length; still++) {
    const samples = stills[still]?.dots.get(place);
    if (samples === undefined) continue;
    for (let index = 0; index < samples.length; index++) {
      const value = samples[index] ?? 0;
      minima[index] = Math.min(minima[index] ?? 0, value);
      maxima[index] = Math.max(maxima[index] ?? 0, value);
    }
  }
  const changes = maxima.map((maximum, index) => maximum - (minima[index] ?? 0));
  const [own = 0, ...sides] = changes;
  const middle = middleOf(sides);
  if (Math.min(...sides) >= leastMovedLevels && middle >= movedLevels && own <= steadyShare * middle) return true;
  if (!isCarriedOn) return false;
  const levels = maxima.map((maximum, index) => (maximum + (minima[index] ?? 0)) / 2).slice(1);
  const ground = middleOf(levels);
  const leastContrast = Math.max((minima[0] ?? 0) - ground, ground - (maxima[0] ?? 0), contrastLevels);
  if (own > steadyShare * leastContrast) return false;
  return sides.every((change, index) => change >= leastMovedLevels || Math.abs((levels[index] ?? 0) - ground) <= smoothLevels);
}

/** The upper one of the two in the middle. */
function middleOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
