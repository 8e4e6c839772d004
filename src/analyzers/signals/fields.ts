import { definePictureMeasurer } from "../measurer.js";

/** Smallest difference to the frame before, on the scale of 8 bits, of a sample that moved: above the noise of most sources. */
const movedLevels = 10;

/**
 * How the two fields of frames lie in time, as ffmpeg's idet compares them: each row with the rows around it in the frame
 * beside its own. Where it differs from idet: it compares two frames and not three, so that a value belongs to a pair of frames;
 * only samples that moved count, so that a still background does not hide a combed speaker; only luma, and of high pictures
 * some pairs of rows.
 */
export const fields = definePictureMeasurer({
  name: "fields",
  needs: "native",
  lookbackSeconds: 0.5,
  provides: {
    "fields.topFirst": {
      unit: "level",
      range: [0, 510],
      meaning:
        "Mean difference, between this frame and the one before it, of the fields furthest apart if the top field comes first, over samples that moved (idet's first alpha); large against `fields.bottomFirst` in interlaced pictures, top field first",
    },
    "fields.bottomFirst": {
      unit: "level",
      range: [0, 510],
      meaning: "The same if the bottom field comes first (idet's second alpha)",
    },
    "fields.comb": {
      unit: "level",
      range: [0, 510],
      meaning: "Mean difference of a row to those above and below it in its own frame, over samples that moved (idet's delta)",
    },
    "fields.withinField": {
      unit: "level",
      range: [0, 510],
      meaning: "The same as `fields.comb` with the rows two above and below, which are of the own field",
    },
    "fields.topChange": {
      unit: "level",
      range: [0, 255],
      meaning: "Mean absolute difference to the frame before of the top field's luma, on the scale of 8 bits",
    },
    "fields.bottomChange": { unit: "level", range: [0, 255], meaning: "The same of the bottom field" },
    "fields.movedRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: `Share of luma samples that differ from the frame before by ${movedLevels} levels of 8 bits or more`,
    },
    "fields.declaredOrder": {
      unit: "count",
      range: [-1, 1],
      meaning: "What the frame, else the media, says of itself: 1 top field first, -1 bottom field first, 0 progressive",
    },
  },
  begin: ({ media, kernels }) => {
    return ({ frame, previous }, write) => {
      const [plane] = frame.planes;
      const order = frame.fieldOrder === "progressive" ? media.video?.scan : frame.fieldOrder;
      write("fields.declaredOrder", order === "tff" ? 1 : order === "bff" ? -1 : 0);
      const planeBefore = previous?.planes[0];
      if (plane === undefined || planeBefore === undefined) return;
      const sums = kernels.measureFields(plane, planeBefore, frame.bitDepth, movedLevels);
      if (sums.samples === 0) return;
      const scale = 2 ** (frame.bitDepth - 8);
      write("fields.movedRatio", sums.movedSamples / sums.samples);
      write("fields.topChange", sums.topChange / (sums.samples / 2) / scale);
      write("fields.bottomChange", sums.bottomChange / (sums.samples / 2) / scale);
      if (sums.movedSamples === 0) return;
      write("fields.topFirst", sums.topFirst / sums.movedSamples / scale);
      write("fields.bottomFirst", sums.bottomFirst / sums.movedSamples / scale);
      write("fields.comb", sums.comb / 2 / sums.movedSamples / scale);
      write("fields.withinField", sums.withinField / 2 / sums.movedSamples / scale);
    };
  },
});
