import { defineStillMeasurer } from "../measurer.js";
import { lumaRange } from "./luma.js";

/** Flat blocks of a tile that can show bands: half of them, as about half of the pixels around in CAMBI's spatial mask. */
const fewestFlat = 32;

/** Tiles around a tile that are looked at with it, on each side: 160 samples in all, where a gradient keeps its direction. */
const around = 2;
/** Contours, up less down, for each tile that is looked at: one that crosses a tile gives 8 to 16. */
const fewestContours = 5;

/** False contours in smooth gradients. Scaling blurs them, so it needs the pixels as coded. */
export const banding = defineStillMeasurer({
  name: "banding",
  needs: "native",
  lookbackSeconds: 0,
  provides: {
    "banding.ratio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture (tiles of 32x32 samples) that is flat but for small steps of luma, all in one direction",
    },
  },
  begin:
    ({ kernels }) =>
    (measured, write) => {
      const { planes, bitDepth, fullRange } = measured.frame;
      const [luma] = planes;
      if (luma === undefined) return;
      const { columns, rows, values } = kernels.measureBands(luma, bitDepth, lumaRange(bitDepth, fullRange).black);
      if (columns * rows === 0) return;
      let banded = 0;
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          const own = values[3 * (row * columns + column)] ?? 0;
          if (own < fewestFlat) continue;
          let across = 0;
          let down = 0;
          let tiles = 0;
          for (let y = Math.max(0, row - around); y <= Math.min(rows - 1, row + around); y++) {
            for (let x = Math.max(0, column - around); x <= Math.min(columns - 1, column + around); x++) {
              across += values[3 * (y * columns + x) + 1] ?? 0;
              down += values[3 * (y * columns + x) + 2] ?? 0;
              tiles++;
            }
          }
          if (Math.abs(across) + Math.abs(down) >= fewestContours * tiles) banded++;
        }
      }
      write("banding.ratio", banded / (columns * rows));
    },
});
