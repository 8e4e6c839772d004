import { longestReach } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";

/** Bands of rows that must agree, so that a fence or a line of text in one of them is no echo, and rows read in each. */
const bands = 3;
const rowsOfBand = 10;
/** A step of this many levels of 8 bits, over two pixels, is a strong edge; one of this many is a step at all. */
const strongLevels = 36;
const weakLevels = 3;
/** Nearer than this, in pixels, lie the overshoots of sharpening and the far side of every line. */
const shortestPixels = 8;
/** A band with fewer strong edges than this says nothing. */
const fewestEdges = 10;
const scores = new Float64Array(2 * longestReach);

/** Whether the picture has a second, weaker copy of itself beside it. */
export const echo = defineStillMeasurer({
  name: "echo",
  needs: "native",
  lookbackSeconds: 0,
  provides: {
    "echo.agreement": {
      unit: "ratio",
      range: [-2, 2],
      meaning:
        "Strong luma edges with a weaker step of the same direction at one distance, less those with an opposite one and less the same to the other side, as a share of the edges; at the distance where it is largest, in the band of rows where it is least",
    },
    "echo.shiftPixels": {
      unit: "pixels",
      range: [-longestReach, longestReach],
      meaning: "That distance: where the copy lies, to the right when positive",
    },
  },
  begin:
    ({ kernels }) =>
    ({ frame }, write) => {
      const [luma] = frame.planes;
      if (luma === undefined || luma.height < 2 * bands * rowsOfBand) return;
      const reach = Math.min(longestReach, Math.floor(luma.width / 48) * 8);
      if (reach <= shortestPixels) return;
      const scale = 2 ** (frame.bitDepth - 8);
      const bandHeight = Math.floor(luma.height / bands);
      const rowStep = Math.floor(bandHeight / rowsOfBand);
      scores.fill(Number.POSITIVE_INFINITY);
      for (let band = 0; band < bands; band++) {
        const { edges, agreements } = kernels.measureEcho(luma, bytesPerSample(frame.bitDepth), {
          firstRow: band * bandHeight + (rowStep >> 1),
          rowStep,
          rows: rowsOfBand,
          reach,
          strongStep: strongLevels * scale,
          weakStep: weakLevels * scale,
        });
        if (edges < fewestEdges) return;
        for (let shift = 1 - reach; shift < reach; shift++) {
          const score = ((agreements[reach + shift] ?? 0) - (agreements[reach - shift] ?? 0)) / edges;
          scores[reach + shift] = Math.min(scores[reach + shift] ?? 0, score);
        }
      }
      let best = shortestPixels;
      for (let shift = 1 - reach; shift < reach; shift++) {
        if (Math.abs(shift) < shortestPixels) continue;
        if ((scores[reach + shift] ?? 0) > (scores[reach + best] ?? 0)) best = shift;
      }
      write("echo.agreement", scores[reach + best] ?? Number.NaN);
      write("echo.shiftPixels", best);
    },
});
