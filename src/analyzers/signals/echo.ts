import { longestReach } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";

/** Bands of rows that must agree, so that a fence or a line of text in one of them is no echo, and most rows read in each. */
const bands = 3;
const rowsOfBand = 32;
const smallestHeight = 96;
/**
 * A step of this many levels of 8 bits, over two pixels, is a strong edge: of these, in each band, the largest that enough edges
 * reach. The copy of a strong edge drowns least in what else is there; a soft or dark picture has no strong ones, and there the
 * copy of a weak one has little to drown in.
 */
const strongLevels = [28, 20, 14] as const;
const enoughEdges = 50;
/** A step of this many levels is a step at all. */
const weakLevels = 3;
/** Nearer than this, in pixels, lie the overshoots of sharpening and the far side of every line. */
const shortestPixels = 8;
/** A narrower picture, less than 320 pixels, has too few edges and too few distances to compare. */
const smallestReach = 48;
/** The peak of a ghost is no wider than this to both sides, in pixels. */
const peakPixels = 4;
/** A band with fewer strong edges than this in each still says nothing, and two bands must speak. */
const fewestEdges = 10;
const fewestBands = 2;
/** Stills are added up for this long: a ghost stays where it is, what looks like one moves on. A segment's run-in is longer. */
const windowSeconds = 0.9;
const mostLooks = 16;
const sums = new Int32Array(2 * longestReach);
/** The score of each distance in the bands that say something, and in all of them together. */
const scoresOf = Array.from({ length: bands }, () => new Float64Array(2 * longestReach));
const scores = new Float64Array(2 * longestReach);

/** What one still said of each band. */
interface Look {
  pts: number;
  readonly edges: Uint32Array;
  readonly agreements: Int16Array;
}

/** Whether the picture has a second, weaker copy of itself beside it. */
export const echo = defineStillMeasurer({
  name: "echo",
  needs: "native",
  lookbackSeconds: 1,
  provides: {
    "echo.prominence": {
      unit: "ratio",
      range: [-2, 2],
      meaning:
        "Strong luma edges with a weaker step of the same direction at one distance, less those with an opposite one and less the same to the other side, as a share of the edges; at the distance where it is largest, the mean of the two thirds of the picture where it is least; over the last 0.9 s; less the same at the next best distance",
    },
    "echo.shiftPixels": {
      unit: "pixels",
      range: [-longestReach, longestReach],
      meaning: "That distance, the middle of the peak: where the copy lies, to the right when positive",
    },
  },
  begin: ({ kernels }) => {
    const looks: Look[] = Array.from({ length: mostLooks }, () => ({
      pts: Number.NEGATIVE_INFINITY,
      edges: new Uint32Array(bands),
      agreements: new Int16Array(bands * 2 * longestReach),
    }));
    let turn = 0;

    return ({ frame }, write) => {
      const [luma] = frame.planes;
      if (luma === undefined || luma.height < smallestHeight) return;
      const reach = Math.min(longestReach, Math.floor(luma.width / 48) * 8);
      if (reach < smallestReach) return;
      if (frame.discontinuityBefore) for (const look of looks) look.pts = Number.NEGATIVE_INFINITY;
      const now = looks[turn % mostLooks];
      if (now === undefined) throw new Error("There are no looks.");
      turn++;
      now.pts = frame.pts;
      const bandHeight = Math.floor(luma.height / bands);
      const rows = Math.min(rowsOfBand, bandHeight >> 1);
      const rowStep = Math.floor(bandHeight / rows);
      for (let band = 0; band < bands; band++) {
        const firstRow = band * bandHeight + (rowStep >> 1);
        for (const strongStep of strongLevels) {
          const search = { firstRow, rowStep, rows, reach, strongStep, weakStep: weakLevels };
          const { edges, agreements } = kernels.measureEcho(luma, frame.bitDepth, search);
          now.edges[band] = edges;
          now.agreements.set(agreements, band * 2 * longestReach);
          if (edges >= enoughEdges) break;
        }
      }

      const recent = looks.filter(({ pts }) => pts > frame.pts - windowSeconds - 1e-6);
      let speaking = 0;
      for (let band = 0; band < bands; band++) {
        if (addUp(recent, band, reach, speaking)) speaking++;
      }
      if (speaking < fewestBands) return;
      combine(speaking, reach);
      let best = shortestPixels;
      for (let shift = 1 - reach; shift < reach; shift++) {
        if (Math.abs(shift) < shortestPixels) continue;
        if ((scores[reach + shift] ?? 0) > (scores[reach + best] ?? 0)) best = shift;
      }
      let next = -2;
      for (let shift = 1 - reach; shift < reach; shift++) {
        if (Math.abs(shift) < shortestPixels || Math.abs(shift - best) <= peakPixels) continue;
        next = Math.max(next, scores[reach + shift] ?? 0);
      }
      write("echo.prominence", (scores[reach + best] ?? Number.NaN) - Math.max(0, next));
      write("echo.shiftPixels", middleOfPeak(best, reach));
    };
  },
});

/** Scores a band of some stills, as the one that speaks in this `place`. @returns whether it has enough edges to say anything */
function addUp(recent: readonly Look[], band: number, reach: number, place: number): boolean {
  let edges = 0;
  sums.fill(0);
  for (const look of recent) {
    edges += look.edges[band] ?? 0;
    const from = band * 2 * longestReach;
    for (let at = 0; at < 2 * reach; at++) sums[at] = (sums[at] ?? 0) + (look.agreements[from + at] ?? 0);
  }
  const own = scoresOf[place];
  if (own === undefined || edges < fewestEdges * recent.length) return false;
  for (let shift = 1 - reach; shift < reach; shift++) {
    own[reach + shift] = ((sums[reach + shift] ?? 0) - (sums[reach - shift] ?? 0)) / edges;
  }
  return true;
}

/**
 * The mean of the two lowest scores of the bands that speak. All bands have to agree, but one of them, full of palings or
 * ripples, may be too busy with itself to show the copy: the others have to make up for it.
 */
function combine(speaking: number, reach: number): void {
  for (let at = 1; at < 2 * reach; at++) {
    let sum = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < speaking; place++) {
      const score = scoresOf[place]?.[at] ?? 0;
      sum += score;
      largest = Math.max(largest, score);
    }
    scores[at] = speaking > fewestBands ? (sum - largest) / fewestBands : sum / fewestBands;
  }
}

/**
 * The middle of what rises over half of a peak. Where edges are soft, their copies agree with them at some distances beside the
 * right one just as well, and which of those is the largest changes from still to still.
 */
function middleOfPeak(best: number, reach: number): number {
  const half = (scores[reach + best] ?? 0) / 2;
  let sum = 0;
  let moment = 0;
  for (let shift = Math.max(1 - reach, best - peakPixels); shift <= Math.min(reach - 1, best + peakPixels); shift++) {
    const over = Math.max(0, (scores[reach + shift] ?? 0) - half);
    sum += over;
    moment += over * shift;
  }
  return sum > 0 ? moment / sum : best;
}
