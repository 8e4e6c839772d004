import type { Plane, VideoFrame } from "../../decoder/index.js";
import { mostDots } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";

/** In a narrower picture dots of three pixels are what letters and eyes are made of. */
const narrowestPixels = 320;
/** How far a dot stands out from what lies around it, in levels of 8 bits. */
const contrastLevels = 32;
/** How often a still is looked at. */
const looksPerSecond = 6.25;
/** How long a dot must have stood at its place; the run-in of a segment is longer, so that all of it is seen. */
const windowSeconds = 0.8;
/** Where around a dot the picture is read: near enough to be what it hides, too far to be touched by it. */
const around: readonly (readonly [number, number])[] = [
  ...[-5, 5].flatMap((distance) => [[distance, 0] as const, [0, distance] as const]),
  ...[-9, 9].flatMap((distance) => [[distance, distance] as const, [distance, -distance] as const]),
];
/**
 * What lies around must have changed in the window, in levels of 8 bits: by this much at half of its eight places, since the picture
 * moved, and by a little at each of them, since the dot is no part of a logo.
 */
const movedLevels = 10;
const leastMovedLevels = 4;
/** The dot itself may change by no more than this part of that: leaves and waves flutter with what lies around them. */
const steadyShare = 0.5;
/** Stills of the window in which a coder may have lost the dot, as a share. */
const lostShare = 0.2;

/**
 * The dots of one still: place (row · 65536 + column), and the samples there and around, in levels of 8 bits; those are read from
 * the second still on in which a dot is seen, as most are seen once.
 */
interface DotsOfStill {
  pts: number;
  isFull: boolean;
  readonly dots: Map<number, Float32Array | undefined>;
}

/** Dots that stay where they are while the picture around them moves. */
export const dots = defineStillMeasurer({
  name: "dots",
  needs: "native",
  lookbackSeconds: 1,
  provides: {
    "dots.stuck": {
      unit: "count",
      range: [0, mostDots],
      meaning:
        "Dots of up to 3x3 pixels that stood at one place for the last 0.8 s, much brighter or darker than what is around them, while that moved; not measured in the first 0.8 s and where the whole picture is full of dots",
    },
    "dots.left": { unit: "pixels", range: [0, 8192], meaning: "Column of the first of them, counted row by row" },
    "dots.top": { unit: "pixels", range: [0, 8192], meaning: "Row of the first of them, counted row by row" },
  },
  begin: ({ kernels }) => {
    let stills: DotsOfStill[] = [];

    return ({ frame }, write) => {
      const [luma] = frame.planes;
      if (luma === undefined || luma.width < narrowestPixels) return;
      if (frame.discontinuityBefore) stills = [];
      // Every second multiple of the stills' 0.08 s is often enough, by media time alone: a segment sees the same ones.
      if (Math.floor(frame.pts * looksPerSecond * 2 + 1e-6) % 2 !== 0) return;
      const scale = 2 ** (frame.bitDepth - 8);
      const found = kernels.findDots(luma, bytesPerSample(frame.bitDepth), contrastLevels * scale);
      const before = stills.at(-1);
      const now: DotsOfStill = { pts: frame.pts, isFull: found.count > mostDots, dots: new Map() };
      if (!now.isFull) {
        for (let at = 0; at < found.places.length; at += 2) {
          const x = found.places[at] ?? 0;
          const y = found.places[at + 1] ?? 0;
          const place = y * 65536 + x;
          now.dots.set(place, before?.dots.has(place) === true ? samplesAround(frame, luma, x, y) : undefined);
        }
      }
      stills = stills.filter(({ pts }) => pts > frame.pts - windowSeconds - 1e-6);
      stills.push(now);
      const [oldest = now] = stills;
      // Frames that lie further apart than the window leave nothing to compare.
      if (stills.length < 3 || frame.pts - oldest.pts < windowSeconds * 0.75 || stills.some(({ isFull }) => isFull)) return;
      let stuck = 0;
      let first: number | undefined;
      for (const place of now.dots.keys()) {
        if (!isStuck(stills, place)) continue;
        // A dot of several pixels is one.
        if (first !== undefined && Math.abs(place - first) % 65536 <= 3 && Math.abs(place - first) >> 16 <= 3) continue;
        stuck++;
        first ??= place;
      }
      write("dots.stuck", stuck);
      if (first === undefined) return;
      write("dots.left", first % 65536);
      write("dots.top", Math.floor(first / 65536));
    };
  },
});

function samplesAround({ bitDepth }: VideoFrame, plane: Plane, x: number, y: number): Float32Array {
  const scale = 2 ** (bitDepth - 8);
  const sample = (column: number, row: number): number => {
    const inside = Math.min(plane.width - 1, Math.max(0, column));
    const line = Math.min(plane.height - 1, Math.max(0, row));
    const at = line * plane.stride + inside * bytesPerSample(bitDepth);
    return ((plane.data[at] ?? 0) + (bitDepth > 8 ? 256 * (plane.data[at + 1] ?? 0) : 0)) / scale;
  };
  return Float32Array.of(sample(x, y), ...around.map(([right, down]) => sample(x + right, y + down)));
}

/** Seen in nearly all stills, steady itself, and what lies around it moved on all sides. */
function isStuck(stills: readonly DotsOfStill[], place: number): boolean {
  let seen = 0;
  const minima = Array.from({ length: 1 + around.length }, () => 255);
  const maxima = minima.map(() => 0);
  for (const { dots: places } of stills) {
    if (!places.has(place)) continue;
    seen++;
    const samples = places.get(place);
    if (samples === undefined) continue;
    for (let index = 0; index < samples.length; index++) {
      const value = samples[index] ?? 0;
      minima[index] = Math.min(minima[index] ?? 0, value);
      maxima[index] = Math.max(maxima[index] ?? 0, value);
    }
  }
  if (seen < (1 - lostShare) * stills.length) return false;
  const [own = 0, ...sides] = maxima.map((maximum, index) => maximum - (minima[index] ?? 0));
  sides.sort((one, other) => one - other);
  const [least = 0] = sides;
  const middle = sides[sides.length >> 1] ?? 0;
  return least >= leastMovedLevels && middle >= movedLevels && own <= steadyShare * middle;
}
