import { definePictureMeasurer } from "../measurer.js";
import { type SampledPlane, sampleAtAddress, sampledPlanes } from "./plane-samples.js";

/** The brightest that black borders are, in levels of 8 bits: ffmpeg cropdetect's default limit, 24 of 255. */
const brightestBlack = 24;

/** Lines that are followed inwards from each side of the picture, spread over it. */
const lines = 64;

/** Neighbouring samples whose mean is taken: noise and a coder's specks in a border do not end it. */
const neighbours = 4;

/** A line is followed in steps of so many samples, and then back to the first bright one. */
const step = 4;

/** A border takes up less than half of the picture; so far in is a line followed. */
const reachShare = 0.45;

/** A side is measured when so many of its lines meet something bright: lines of text on a black card are fewer. */
const leastBrightLines = 0.4;

/** The edge of a border is straight: so many of the lines that end do so at it, give or take a sample. */
const leastStraightLines = 0.5;

/** So many lines may end before the edge: subtitles, a logo in the border. */
const mostInterruptedLines = 0.3;

/**
 * Black borders, each a number of rows or columns. From every side lines are followed inwards through black; a border
 * is where most of them end at the same depth. In a dark scene they end at many depths, if at all.
 */
export const borders = definePictureMeasurer({
  name: "borders",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "border.left": {
      unit: "pixels",
      range: [0, 8192],
      meaning: "Black columns at the left of the picture; not measured where it is dark",
    },
    "border.top": {
      unit: "pixels",
      range: [0, 8192],
      meaning: "Black rows at the top of the picture; not measured where it is dark",
    },
    "border.right": {
      unit: "pixels",
      range: [0, 8192],
      meaning: "Black columns at the right of the picture; not measured where it is dark",
    },
    "border.bottom": {
      unit: "pixels",
      range: [0, 8192],
      meaning: "Black rows at the bottom of the picture; not measured where it is dark",
    },
    "border.straightSides": {
      unit: "bits",
      range: [0, 15],
      meaning:
        "Sides whose border ends in a straight edge, or that have none: 1 left, 2 top, 4 right, 8 bottom. At the others the number is the widest border that there can be",
    },
  },
  begin: ({ media }) => {
    const depths = new Uint32Array(lines);
    const counts = new Uint32Array(8192);
    const found = { depth: 0, isStraight: false };

    return (measured, write) => {
      const { frame } = measured;
      const [plane] = sampledPlanes(frame);
      if (plane === undefined || measured.luma().maximum * plane.scale <= brightestBlack) return;
      const { width, height, stride, bytesPerSample } = plane;
      const lastRow = (height - 1) * stride;
      const lastColumn = (width - 1) * bytesPerSample;
      // A picture that was scaled to be measured is told in the pixels of the coded one.
      const scaleX = (media.video?.width ?? width) / width;
      const scaleY = (media.video?.height ?? height) / height;
      const rows = { first: 0, end: height };
      let straightSides = 0;

      const fromTop = sideFrom(0, stride, bytesPerSample, 0, width, height);
      if (walk(plane, fromTop, depths, counts, found)) {
        write("border.top", Math.round(found.depth * scaleY));
        if (found.isStraight) {
          rows.first = found.depth;
          straightSides += 2;
        }
      }
      if (walk(plane, sideFrom(lastRow, -stride, bytesPerSample, 0, width, height), depths, counts, found)) {
        write("border.bottom", Math.round(found.depth * scaleY));
        if (found.isStraight) {
          rows.end = height - found.depth;
          straightSides += 8;
        }
      }
      const fromLeft = sideFrom(0, bytesPerSample, stride, rows.first, rows.end, width);
      if (walk(plane, fromLeft, depths, counts, found)) {
        write("border.left", Math.round(found.depth * scaleX));
        if (found.isStraight) straightSides += 1;
      }
      if (walk(plane, sideFrom(lastColumn, -bytesPerSample, stride, rows.first, rows.end, width), depths, counts, found)) {
        write("border.right", Math.round(found.depth * scaleX));
        if (found.isStraight) straightSides += 4;
      }
      write("border.straightSides", straightSides);
    };
  },
});

/** How to walk from one side of the picture inwards; steps in bytes. */
interface Side {
  readonly start: number;
  readonly inward: number;
  readonly along: number;
  /** The lines lie between these samples along the side. */
  readonly first: number;
  readonly end: number;
  /** Samples across the picture in the direction of the walk. */
  readonly reach: number;
}

/** All sides are objects of one shape, made here. */
function sideFrom(start: number, inward: number, along: number, first: number, end: number, reach: number): Side {
  return { start, inward, along, first, end, reach };
}

interface Found {
  depth: number;
  isStraight: boolean;
}

/** Follows lines from one side and says in `found` where they end. @returns false where too few do */
function walk(plane: SampledPlane, side: Side, depths: Uint32Array, counts: Uint32Array, found: Found): boolean {
  const reach = Math.min(counts.length, Math.floor(side.reach * reachShare));
  const span = side.end - side.first - neighbours;
  if (span <= 0 || reach < 2) return false;
  counts.fill(0, 0, reach);
  let ended = 0;
  for (let line = 0; line < lines; line++) {
    const sample = side.first + Math.floor(((line + 0.5) / lines) * span);
    const depth = followLine(plane, side.start + sample * side.along, side, reach);
    depths[line] = depth;
    if (depth >= reach) continue;
    ended++;
    counts[depth] = (counts[depth] ?? 0) + 1;
  }
  if (ended < leastBrightLines * lines) return false;

  const best = fullestDepth(counts, reach);
  let straight = 0;
  let interrupted = 0;
  for (let line = 0; line < lines; line++) {
    const depth = depths[line] ?? reach;
    if (Math.abs(depth - best) <= 1) straight++;
    else if (depth < best) interrupted++;
  }
  found.isStraight = straight >= leastStraightLines * ended && interrupted <= mostInterruptedLines * ended;
  found.depth = best;
  if (!found.isStraight) {
    // No border reaches beyond where so many lines have met something bright.
    found.depth = depthOf(counts, mostInterruptedLines * lines, reach);
    if (found.depth >= reach) return false;
    found.isStraight = found.depth <= 1;
  }
  if (found.depth <= 1) found.depth = 0;
  return true;
}

/** Where most lines end, give or take a sample; the middle one of these depths. */
function fullestDepth(counts: Uint32Array, reach: number): number {
  let best = 0;
  let most = -1;
  for (let depth = 0; depth < reach; depth++) {
    // Reading beyond an array's ends is slow.
    const before = depth > 0 ? (counts[depth - 1] ?? 0) : 0;
    const after = depth + 1 < reach ? (counts[depth + 1] ?? 0) : 0;
    // The middle weighs more, so that of neighbouring depths the fullest is taken.
    const near = before + (counts[depth] ?? 0) * 1.5 + after;
    if (near > most) {
      most = near;
      best = depth;
    }
  }
  return best;
}

/** The depth by which so many lines have ended; `reach` where fewer do. */
function depthOf(counts: Uint32Array, ended: number, reach: number): number {
  let sum = 0;
  for (let depth = 0; depth < reach; depth++) {
    sum += counts[depth] ?? 0;
    if (sum >= ended) return depth;
  }
  return reach;
}

/** Samples from `address` inwards to the first that is brighter than black; `reach` where there is none. */
function followLine(plane: SampledPlane, address: number, { inward, along }: Side, reach: number): number {
  for (let depth = 0; depth < reach; depth += step) {
    if (!isBright(plane, address + depth * inward, along)) continue;
    let first = depth;
    while (first > 0 && first > depth - step + 1 && isBright(plane, address + (first - 1) * inward, along)) first--;
    return first;
  }
  return reach;
}

function isBright(plane: SampledPlane, address: number, along: number): boolean {
  if (sampleAtAddress(plane, address) <= brightestBlack) return false;
  let sum = 0;
  for (let neighbour = 0; neighbour < neighbours; neighbour++) sum += sampleAtAddress(plane, address + neighbour * along);
  return sum > brightestBlack * neighbours;
}
