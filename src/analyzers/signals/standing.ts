import { definePictureMeasurer } from "../measurer.js";
import { measureCells } from "./cell-means.js";

/**
 * How far back the picture is compared: long enough for slow motion to add up, short enough to tell of a freeze of 2 s. It is
 * less than the look-back, so that a segment has the same frame there wherever it begins.
 */
const lagSeconds = 0.96;
const lookbackSeconds = 1;

/** Where frames come so seldom that the oldest within reach is nearer than this, nothing is said. */
const shortestLagSeconds = 0.7;

/** A cell whose mean luma moved by more levels of 8 bits shows something else: coding a picture anew moves it by one at most. */
const changedLevels = 1.5;

interface Moment {
  seconds: number;
  means: Float32Array;
}

/** Whether the picture is still the one of a second before, whatever happened between. */
export const standing = definePictureMeasurer({
  name: "standing",
  needs: "any",
  lookbackSeconds,
  provides: {
    "still.changedRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: `Share of cells of the picture whose mean luma differs by more than ${changedLevels} levels of 8 bits from what it was about ${lookbackSeconds} s before`,
    },
  },
  begin: () => {
    /** The moments of the last second, oldest first; those that have gone are used again. */
    let past: Moment[] = [];
    const spare: Moment[] = [];
    return (measured, write) => {
      const { frame, previous } = measured;
      if (previous === undefined) {
        spare.push(...past);
        past = [];
      }
      for (let [oldest] = past; oldest !== undefined && oldest.seconds < frame.pts - lagSeconds; [oldest] = past) {
        past.shift();
        spare.push(oldest);
      }
      const moment = spare.pop() ?? { seconds: 0, means: new Float32Array(0) };
      moment.seconds = frame.pts;
      moment.means = measureCells(measured, moment.means).now;
      const [before] = past;
      if (before !== undefined && frame.pts - before.seconds >= shortestLagSeconds) {
        write("still.changedRatio", changedRatio(moment.means, before.means));
      }
      past.push(moment);
    };
  },
});

function changedRatio(now: Float32Array, before: Float32Array): number {
  let changed = 0;
  for (let at = 0; at < now.length; at++) if (Math.abs((now[at] ?? 0) - (before[at] ?? 0)) > changedLevels) changed++;
  return changed / now.length;
}
