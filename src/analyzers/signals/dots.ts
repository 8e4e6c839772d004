import { mostDots } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";
import { type FrameCells, measureCells } from "./cell-means.js";
import { type GlobalMotion, openGlobalMotion } from "./global-motion.js";
import { type SampledPlane, sampleAtAddress, sampledPlanes } from "./plane-samples.js";
import { leftByLight } from "./relit.js";

/** In a narrower picture dots of three pixels are what letters and eyes are made of. */
const narrowestPixels = 320;
/** How far a dot stands out from what lies around it, in levels of 8 bits. */
const contrastLevels = 32;
/** How often a still is looked at. */
const looksPerSecond = 6.25;
/** How long a dot must have stood at its place, and how far back it is followed: a slow pan takes long to move what lies around. */
const leastSeconds = 0.8;
const mostSeconds = 3;
/** For how long it is looked for where it does not stand out. */
const hiddenSeconds = 1.5;
/** A coder at a low rate may drop it where it would stand out by no more than this share of what it did. */
const hidingShare = 0.5;
/** What stills between two multiples of their period leave of the first. */
const shortestSeconds = 0.75 * leastSeconds;
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
 * What lies around must have changed, in levels of 8 bits: at half of its eight places by this much and by as much as they differ
 * from each other, since the picture moved (a coder's noise before a texture that stands still is less), and by a little at each of
 * them, since the dot is no part of a logo. It has `leastSeconds` for that, or, where the whole picture
 * moves, all the time that the dot has stood there.
 */
const movedLevels = 10;
const leastMovedLevels = 4;
/**
 * The dot itself may change by no more than this part of that, or of how far it stands out: leaves and waves flutter with what lies
 * around them, while a coder at a low rate lets a dot of 170 levels waver by 50.
 */
const steadyShare = 0.5;
/**
 * A change of light explains the picture to within so many levels of 8 bits in the mean. So many cells to each side of a dot are
 * what is near it, and enough to tell a pattern.
 */
const litLevels = 3;
const nearCells = 3;
const wholePicture = 1024;
/** What does not change around a dot may differ by this much, in levels of 8 bits, and still be smooth. */
const smoothLevels = 8;
/** Stills of those in which it could be seen in which a coder may have lost the dot, as a share; not two in a row. */
const lostShare = 0.2;

/**
 * What is known of a dot in one still. It is hidden where it does not stand out, but the sample there is as bright or dark as the
 * dot was, and what lies around comes near to it: a white dot cannot be seen before a white wall, which says nothing of whether it is there.
 * Otherwise it is lost.
 */
interface Look {
  readonly state: "seen" | "hidden" | "lost";
  /** There and around, in levels of 8 bits. */
  readonly samples: Float32Array;
  /** Of the dot, when it was last seen. */
  readonly level: number;
  /** How far it stood out then; told from when it is not seen. */
  readonly contrast: number;
  /** When it was last seen in two stills in a row: so long ago at most, where a segment begins makes no difference. */
  readonly seenTwiceSeconds: number;
}

/** The dots of one still by place (row · 65536 + column). They are read from the second still on, as most are seen once. */
interface DotsOfStill {
  pts: number;
  readonly dots: Map<number, Look | undefined>;
  readonly cells: FrameCells;
}

/** Dots that stay where they are while the picture around them moves. */
export const dots = defineStillMeasurer({
  name: "dots",
  needs: "native",
  lookbackSeconds: mostSeconds + hiddenSeconds + 0.4,
  provides: {
    "dots.stuck": {
      unit: "count",
      range: [0, mostDots],
      meaning:
        "Dots of up to 3x3 pixels that stood at one place for at least 0.8 s, much brighter or darker than what is around them, while that moved and did not only change its light; not measured in the first 0.8 s and where the whole picture is full of dots",
    },
    "dots.stoodSeconds": {
      unit: "seconds",
      range: [0, mostSeconds],
      meaning:
        "For how long the one of them that is surest has stood there, at most 3 s; stills in which something as bright or dark hid it do not end that",
    },
    "dots.movedSeconds": {
      unit: "seconds",
      range: [0, mostSeconds],
      meaning: "For how long of that it was seen while the picture around it is known to have moved",
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
      const [luma] = sampledPlanes(frame);
      if (luma === undefined || luma.width < narrowestPixels) return;
      if (frame.discontinuityBefore) forgetUntil(Number.POSITIVE_INFINITY);
      // Every second multiple of the stills' 0.08 s is often enough, by media time alone: a segment sees the same ones.
      if (Math.floor(frame.pts * looksPerSecond * 2 + 1e-6) % 2 !== 0) return;
      const found = kernels.findDots(luma, luma.bytesPerSample, contrastLevels / luma.scale);
      const isFull = found.count > mostDots;
      const before = stills.at(-1);
      const cells = measureCells(measured, spareCells.pop() ?? new Float32Array(0));
      const now: DotsOfStill = { pts: frame.pts, dots: new Map(), cells };
      for (let at = 0; at < found.places.length && !isFull; at += 2) {
        const place = (found.places[at + 1] ?? 0) * 65536 + (found.places[at] ?? 0);
        const isKnown = before?.dots.has(place) === true;
        now.dots.set(place, isKnown ? lookAtDot(samplesAround(luma, place), before.dots.get(place), frame.pts) : undefined);
      }
      for (const [place, last] of before?.dots ?? []) {
        if (last === undefined || now.dots.has(place) || frame.pts - last.seenTwiceSeconds > hiddenSeconds) continue;
        const look = lookAtUnseen(samplesAround(luma, place), last);
        // What is lost twice in a row is gone.
        if (look.state === "hidden" || last.state !== "lost") now.dots.set(place, look);
      }
      forgetUntil(frame.pts - mostSeconds - 1e-6);
      stills.push(now);
      if (isFull || frame.pts - (stills[0]?.pts ?? frame.pts) < shortestSeconds) return;
      let stuck = 0;
      let surest: { readonly place: number; readonly stoodSeconds: number; readonly movedSeconds: number } | undefined;
      let last = Number.NaN;
      const motions = new Map<number, GlobalMotion | undefined>();
      const motionSince = (still: number): GlobalMotion | undefined => {
        const known = stills[still];
        if (known === undefined || motions.has(still)) return motions.get(still);
        const motion = motionBetween({ ...cells, before: known.cells.now });
        motions.set(still, motion);
        return motion;
      };
      for (const [place, look] of now.dots) {
        if (look?.state !== "seen") continue;
        const since = standsSince(stills, place);
        if (since === undefined) continue;
        const lately = seenFor(stills, since, place, leastSeconds);
        if (lately.seconds < shortestSeconds) continue;
        const stoodSeconds = frame.pts - (stills[since]?.pts ?? frame.pts);
        const isCarriedOn =
          isCarried(motionSince(since), cells, place, stoodSeconds) &&
          isPassed(stills, since, place, true) &&
          !isOnlyLit(stills, since, place, wholePicture);
        const isPassedBy = (): boolean =>
          isPassed(stills, lately.from, place, false) && !isOnlyLit(stills, lately.from, place, nearCells);
        if (!isCarriedOn && !isPassedBy()) continue;
        // A dot of several pixels is one.
        if (!isOneDot(place, last)) stuck++;
        last = place;
        const movedSeconds = isCarriedOn ? seenFor(stills, since, place, mostSeconds).seconds : lately.seconds;
        const isSurer =
          surest === undefined ||
          movedSeconds > surest.movedSeconds + 1e-6 ||
          (movedSeconds > surest.movedSeconds - 1e-6 && stoodSeconds > surest.stoodSeconds);
        if (isSurer) surest = { place, stoodSeconds, movedSeconds };
      }
      write("dots.stuck", stuck);
      if (surest === undefined) return;
      write("dots.stoodSeconds", surest.stoodSeconds);
      write("dots.movedSeconds", surest.movedSeconds);
      write("dots.left", surest.place % 65536);
      write("dots.top", Math.floor(surest.place / 65536));
    };
  },
});

function isOneDot(place: number, other: number): boolean {
  return Math.abs((place % 65536) - (other % 65536)) <= 3 && Math.abs((place >> 16) - (other >> 16)) <= 3;
}

function lookAtDot(samples: Float32Array, last: Look | undefined, pts: number): Look {
  const wasSeen = last === undefined || last.state === "seen";
  return { state: "seen", samples, level: samples[0] ?? 0, contrast: 0, seenTwiceSeconds: wasSeen ? pts : last.seenTwiceSeconds };
}

function lookAtUnseen(samples: Float32Array, last: Look): Look {
  const distanceOfGround = (of: Float32Array): number => Math.abs(last.level - middleOf([...of.subarray(1)]));
  const contrast = last.state === "seen" ? distanceOfGround(last.samples) : last.contrast;
  const isAsBright = Math.abs((samples[0] ?? 0) - last.level) <= contrastLevels;
  const isGroundNear = distanceOfGround(samples) <= Math.max(contrastLevels, hidingShare * contrast);
  return { ...last, state: isAsBright && isGroundNear ? "hidden" : "lost", samples, contrast };
}

function samplesAround(plane: SampledPlane, place: number): Float32Array {
  const [x, y] = [place % 65536, place >> 16];
  const sample = (column: number, row: number): number => {
    const inside = Math.min(plane.width - 1, Math.max(0, column));
    const line = Math.min(plane.height - 1, Math.max(0, row));
    return sampleAtAddress(plane, line * plane.stride + inside * plane.bytesPerSample);
  };
  return Float32Array.of(sample(x, y), ...around.map(([right, down]) => sample(x + right, y + down)));
}

function stateIn(still: DotsOfStill | undefined, place: number): Look["state"] {
  if (still?.dots.has(place) !== true) return "lost";
  return still.dots.get(place)?.state ?? "seen";
}

/** The still from which on a dot is there, seen in nearly all of those in which it is not hidden. */
function standsSince(stills: readonly DotsOfStill[], place: number): number | undefined {
  let [seen, lost, lostInARow, lostSince] = [0, 0, 0, 0];
  let since = stills.length;
  for (let index = stills.length - 1; index >= 0 && lostInARow < 2; index--) {
    const state = stateIn(stills[index], place);
    if (state === "lost") [lost, lostInARow] = [lost + 1, lostInARow + 1];
    if (state !== "seen") continue;
    [seen, since, lostInARow, lostSince] = [seen + 1, index, 0, lost];
  }
  return seen >= 3 && seen >= (1 - lostShare) * (seen + lostSince) ? since : undefined;
}

/** The last stills in which a dot was seen for no more than `most` seconds in all, what hides it left out. */
function seenFor(stills: readonly DotsOfStill[], since: number, place: number, most: number): { from: number; seconds: number } {
  let from = stills.length - 1;
  let seconds = 0;
  for (let index = from; index > since; index--) {
    if (stateIn(stills[index], place) === "hidden") continue;
    const step = (stills[index]?.pts ?? 0) - (stills[index - 1]?.pts ?? 0);
    if (seconds + step > most - 1e-6) break;
    seconds += step;
    from = index - 1;
  }
  return { from, seconds };
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
    const look = stills[still]?.dots.get(place);
    if (look?.state !== "seen") continue;
    const { samples } = look;
    for (let index = 0; index < samples.length; index++) {
      const value = samples[index] ?? 0;
      minima[index] = Math.min(minima[index] ?? 0, value);
      maxima[index] = Math.max(maxima[index] ?? 0, value);
    }
  }
  const changes = maxima.map((maximum, index) => maximum - (minima[index] ?? 0));
  const [own = 0, ...sides] = changes;
  const middle = middleOf(sides);
  const levels = maxima.map((maximum, index) => (maximum + (minima[index] ?? 0)) / 2).slice(1);
  const ground = middleOf(levels);
  const leastMoved = Math.max(movedLevels, middleOf(levels.map((level) => Math.abs(level - ground))));
  if (Math.min(...sides) >= leastMovedLevels && middle >= leastMoved && own <= steadyShare * middle) return true;
  if (!isCarriedOn) return false;
  const leastContrast = Math.max((minima[0] ?? 0) - ground, ground - (maxima[0] ?? 0), contrastLevels);
  if (own > steadyShare * leastContrast) return false;
  return sides.every((change, index) => change >= leastMovedLevels || Math.abs((levels[index] ?? 0) - ground) <= smoothLevels);
}

/** All that changed so near the dot since then is the light, as it is when a camera adapts its exposure: nothing moved. */
function isOnlyLit(stills: readonly DotsOfStill[], since: number, place: number, reachCells: number): boolean {
  const now = stills.at(-1)?.cells;
  if (now === undefined) return true;
  for (let still = since; still < stills.length - 1; still++) {
    const before = stills[still]?.cells.now;
    if (before?.length !== now.now.length || stateIn(stills[still], place) !== "seen") continue;
    if (leftByLight(now.now, before, now, place, reachCells) >= litLevels) return false;
    if (leftByLight(before, now.now, now, place, reachCells) >= litLevels) return false;
  }
  return true;
}

/** The upper one of the two in the middle. */
function middleOf(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? 0;
}
