import { definePictureMeasurer } from "../measurer.js";

/** How much the picture moves. */
export const difference = definePictureMeasurer({
  name: "difference",
  needs: "any",
  // It reaches back one frame, however long that lasts; every seek ends at a keyframe before the time asked for.
  lookbackSeconds: 0.5,
  provides: {
    "diff.mean": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Mean absolute difference to the frame before, over all samples of luma and chroma, as ffmpeg's freezedetect computes it (its full scale is 2 to the power of the bit depth)",
    },
  },
  begin: () => (measured, write) => {
    const sum = measured.difference();
    if (sum === undefined) return;
    const { planes, bitDepth } = measured.frame;
    let samples = 0;
    for (const { width, height } of planes) samples += width * height;
    write("diff.mean", sum / samples / 2 ** bitDepth);
  },
});
