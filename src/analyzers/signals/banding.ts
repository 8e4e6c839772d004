import { defineStillMeasurer } from "../measurer.js";
import { lumaRange } from "./luma.js";

/** Share of a tile's blocks that are flat where it can show bands: more than half, as in CAMBI's spatial mask. */
const flatBlocks = 32;
/** Contours, up less down, that a neighbourhood of 3x3 tiles has at least: one that goes through it, and some of a second. */
const fewestContours = 48;

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
    "banding.flatRatio": { unit: "ratio", range: [0, 1], meaning: "Share of 4x4 blocks whose samples are all equal" },
  },
  begin: ({ kernels }) => (measured, write) => {
    const { planes, bitDepth, fullRange } = measured.frame;
    const [luma] = planes;
    if (luma === undefined) return;
    const { columns, rows, values } = kernels.measureBands(luma, bitDepth, lumaRange(bitDepth, fullRange).black);
    if (columns * rows === 0) return;
    let banded = 0;
    let flat = 0;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const own = values[3 * (row * columns + column)] ?? 0;
        flat += own;
        if (own < flatBlocks) continue;
        let across = 0;
        let down = 0;
        for (let y = Math.max(0, row - 1); y <= Math.min(rows - 1, row + 1); y++) {
          for (let x = Math.max(0, column - 1); x <= Math.min(columns - 1, column + 1); x++) {
            across += values[3 * (y * columns + x) + 1] ?? 0;
            down += values[3 * (y * columns + x) + 2] ?? 0;
          }
        }
        if (Math.abs(across) + Math.abs(down) >= fewestContours) banded++;
      }
    }
    write("banding.ratio", banded / (columns * rows));
    write("banding.flatRatio", flat / ((luma.width >> 2) * (luma.height >> 2)));
  },
});
