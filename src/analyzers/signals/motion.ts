import { definePictureMeasurer } from "../measurer.js";
import { openGlobalMotion } from "./global-motion.js";

/** Jitter is told from one step to the next only where frames follow each other at least this quickly. */
const longestIntervalSeconds = 0.2;

/** The motion of the picture as a whole: what the camera does. */
export const motion = definePictureMeasurer({
  name: "motion",
  needs: "any",
  // Two frames back for the jitter, no more than `longestIntervalSeconds` each.
  lookbackSeconds: 0.5,
  provides: {
    "motion.x": {
      unit: "pixels",
      range: [-1000, 1000],
      meaning: "How far the picture as a whole moved to the right since the frame before, in luma pixels as coded",
    },
    "motion.y": { unit: "pixels", range: [-1000, 1000], meaning: "How far it moved down" },
    "motion.zoom": {
      unit: "ratio",
      range: [-0.5, 0.5],
      meaning: "How much the picture as a whole grew since the frame before, as a share; smaller than 0 where it shrank",
    },
    "motion.explainedRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the change since the frame before that such a motion of the whole picture explains",
    },
    "motion.shake": {
      unit: "pixels",
      range: [0, 2000],
      meaning: "By how much this motion differs from that of the frame before, in luma pixels: a steady pan has none",
    },
  },
  begin: ({ media }) => {
    const estimate = openGlobalMotion();
    let last: { x: number; y: number; intervalSeconds: number } | undefined;
    let previousSeconds = 0;
    return (measured, write) => {
      const { frame } = measured;
      const means = measured.cellMeans();
      const found = means && estimate(means);
      const intervalSeconds = frame.pts - previousSeconds;
      previousSeconds = frame.pts;
      if (means === undefined || found === undefined) {
        last = undefined;
        return;
      }
      // Cells are measured in pixels of the frame as it is given, which profile `fast` has scaled.
      const pixels = (means.cellSide * (media.video?.width ?? frame.width)) / frame.width;
      const x = found.x * pixels;
      const y = found.y * pixels;
      write("motion.x", x);
      write("motion.y", y);
      write("motion.zoom", found.zoom);
      write("motion.explainedRatio", found.explainedRatio);
      const isQuick = intervalSeconds <= longestIntervalSeconds && (last?.intervalSeconds ?? 0) <= longestIntervalSeconds;
      if (last !== undefined && isQuick) write("motion.shake", Math.hypot(x - last.x, y - last.y));
      last = { x, y, intervalSeconds };
    };
  },
});
