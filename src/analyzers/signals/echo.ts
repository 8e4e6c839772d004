import { longestReach } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";

/** Bands of rows that must agree, so that a fence or a line of text in one of them is no echo, and rows read in each. */
const bands = 3;
const rowsOfBand = 16;
/** A step of this many levels of 8 bits, over two pixels, is a strong edge; one of this many is a step at all. */
const strongLevels = 28;
const weakLevels = 3;
/** Nearer than this, in pixels, lie the overshoots of sharpening and the far side of every line. */
const shortestPixels = 8;
/** A narrower picture, less than 320 pixels, has too few edges and too few distances to compare. */
const smallestReach = 48;
/** The peak of a ghost is no wider than this to both sides, in pixels. */
const peakPixels = 4;
/** A band with fewer strong edges than this in each still says nothing, and two bands must speak. */
const fewestEdges = 5;
const fewestBands = 2;
/** Stills are added up for this long: a ghost stays where it is, what looks like one moves on. A segment's run-in is longer. */
const windowSeconds = 0.9;
const mostLooks = 16;
const sums = new Int32Array(2 * longestReach);
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
        "Strong luma edges with a weaker step of the same direction at one distance, less those with an opposite one and less the same to the other side, as a share of the edges; at the distance where it is largest, in the third of the picture where it is least; over the last 0.9 s; less the same at the next best distance",
    },
    "echo.shiftPixels": {
      unit: "pixels",
      range: [-longestReach, longestReach],
      meaning: "That distance: where the copy lies, to the right when positive",
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
      if (luma === undefined || luma.height < 2 * bands * rowsOfBand) return;
      const reach = Math.min(longestReach, Math.floor(luma.width / 48) * 8);
      if (reach < smallestReach) return;
      if (frame.discontinuityBefore) for (const look of looks) look.pts = Number.NEGATIVE_INFINITY;
      const now = looks[turn % mostLooks];
      if (now === undefined) throw new Error("There are no looks.");
      turn++;
      now.pts = frame.pts;
      const bandHeight = Math.floor(luma.height / bands);
      const rowStep = Math.floor(bandHeight / rowsOfBand);
      for (let band = 0; band < bands; band++) {
        const { edges, agreements } = kernels.measureEcho(luma, frame.bitDepth, {
          firstRow: band * bandHeight + (rowStep >> 1),
          rowStep,
          rows: rowsOfBand,
          reach,
          strongStep: strongLevels,
          weakStep: weakLevels,
        });
        now.edges[band] = edges;
        now.agreements.set(agreements, band * 2 * longestReach);
      }

      const recent = looks.filter(({ pts }) => pts > frame.pts - windowSeconds - 1e-6);
      scores.fill(Number.POSITIVE_INFINITY);
      let speaking = 0;
      for (let band = 0; band < bands; band++) {
        if (addUp(recent, band, reach)) speaking++;
      }
      if (speaking < fewestBands) return;
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
      write("echo.shiftPixels", best);
    };
  },
});

/** Takes a band of some stills into the scores. @returns whether it has enough edges to say anything */
function addUp(recent: readonly Look[], band: number, reach: number): boolean {
  let edges = 0;
  sums.fill(0);
  for (const look of recent) {
    edges += look.edges[band] ?? 0;
    const from = band * 2 * longestReach;
    for (let at = 0; at < 2 * reach; at++) sums[at] = (sums[at] ?? 0) + (look.agreements[from + at] ?? 0);
  }
  if (edges < fewestEdges * recent.length) return false;
  for (let shift = 1 - reach; shift < reach; shift++) {
    const score = ((sums[reach + shift] ?? 0) - (sums[reach - shift] ?? 0)) / edges;
    scores[reach + shift] = Math.min(scores[reach + shift] ?? 0, score);
  }
  return true;
}
