import { definePictureMeasurer } from "../measurer.js";

/** Smallest change of a cell's mean luma that counts, in levels of 8 bits: noise, grain and most motion stay below. */
const leastChange = 8;

/** How much of the picture becomes brighter or darker at once: a flash only brightens, a cut does both. */
export const brightening = definePictureMeasurer({
  name: "brightening",
  needs: "any",
  // It reaches back one frame, as `diff.mean` does.
  lookbackSeconds: 0.5,
  provides: {
    "change.brighter": {
      unit: "level",
      range: [0, 255],
      meaning:
        "Mean rise of luma since the frame before, over the picture, on the scale of 8 bits; of cells that rose by 8 levels or more, the others count as 0",
    },
    "change.darker": { unit: "level", range: [0, 255], meaning: "The same for what became darker" },
  },
  begin: () => (measured, write) => {
    const means = measured.cellMeans();
    if (means === undefined) return;
    const { now, before } = means;
    write("change.brighter", sumOfRises(before, now) / now.length);
    write("change.darker", sumOfRises(now, before) / now.length);
  },
});

function sumOfRises(from: Float32Array, to: Float32Array): number {
  let sum = 0;
  for (let cell = 0; cell < to.length; cell++) {
    const change = (to[cell] ?? 0) - (from[cell] ?? 0);
    if (change >= leastChange) sum += change;
  }
  return sum;
}
