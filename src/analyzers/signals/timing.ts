import { definePictureMeasurer } from "../measurer.js";

/** When frames come. */
export const timing = definePictureMeasurer({
  name: "timing",
  needs: "any",
  lookbackSeconds: 0.5,
  provides: {
    "timing.intervalSeconds": {
      unit: "seconds",
      range: [0, 10],
      meaning: "Time since the frame before it; not measured at the start and where media time jumps",
    },
  },
  begin: () => {
    let previousSeconds: number | undefined;
    return ({ frame }, write) => {
      if (previousSeconds !== undefined && !frame.discontinuityBefore)
        write("timing.intervalSeconds", frame.pts - previousSeconds);
      previousSeconds = frame.pts;
    };
  },
});
