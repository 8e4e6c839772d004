import { definePictureMeasurer } from "../measurer.js";

/** How much fine detail the picture has. Scaling changes it, so it needs the pixels as coded. */
export const edges = definePictureMeasurer({
  name: "edges",
  needs: "native",
  lookbackSeconds: 0,
  provides: {
    "edges.gradient": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Mean absolute luma difference between neighbouring pixels, across and down, as a share of full scale",
    },
  },
  begin: () => (measured, write) => {
    const { width, height, bitDepth } = measured.frame;
    const neighbours = (width - 1) * height + width * (height - 1);
    if (neighbours > 0) write("edges.gradient", measured.luma().gradient / neighbours / 2 ** bitDepth);
  },
});
