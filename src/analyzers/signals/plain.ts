import type { Cells } from "../kernels/index.js";
import { definePictureMeasurer, type FrameToMeasure } from "../measurer.js";
import { type CommonColor, openColorSearch } from "./common-color.js";

/** Pictures whose most common colour covers less of them than this are not looked at closer: most are not. */
const leastGroundRatio = 0.5;

/** From this share of sampled points on, every cell of the picture is asked whether it is of the one colour. */
const leastSolidRatio = 0.9;

/** How far the mean of a cell may lie from the colour of the ground, in levels of 8 bits: noise leaves the mean where it is, shading does not. */
const cellTolerance = 3;

/** Standard deviations of luma in a cell, in levels of 8 bits: below the one it is ground with noise, above the other it holds hard edges, as text does. */
const flatDeviation = 8;
const sharpDeviation = 24;

/** Mean difference to the frame before, in levels of 8 bits, from which on something moves in a cell: coding noise stays below. */
const movingDifference = 3;

/**
 * How much of the picture one colour fills, and what stands on it: fields of one colour, cards, slides.
 *
 * Found coarse to fine: from a grid of points, and from cells only where that shows a plain ground.
 */
export const plain = definePictureMeasurer({
  name: "plain",
  needs: "any",
  // It reaches back one frame, as `diff.mean` does.
  lookbackSeconds: 0.5,
  provides: {
    "plain.ratio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture, by points on a grid, that has its most common colour give or take 8 levels of 8 bits",
    },
    "plain.solidRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of cells of 16x16 pixels that have just that colour and no detail; measured where one colour fills nine tenths of the picture",
    },
    "plain.luma": { unit: "level", range: [0, 255], meaning: "Luma of the most common colour, on the scale of 8 bits" },
    "plain.cb": { unit: "level", range: [0, 255], meaning: "Its Cb, on the scale of 8 bits; 128 is neutral" },
    "plain.cr": { unit: "level", range: [0, 255], meaning: "Its Cr, on the scale of 8 bits; 128 is neutral" },
    "plain.flatRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of cells of 16x16 pixels without detail; measured where one colour fills half of the picture",
    },
    "plain.sharpRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of cells with hard edges, as text and logos have them; measured where `plain.flatRatio` is",
    },
    "plain.movingRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of cells that differ from the frame before; measured where `plain.flatRatio` is",
    },
  },
  begin: () => {
    const search = openColorSearch();
    return (measured, write) => {
      const common = search(measured.frame);
      const { ratio, luma, cb, cr } = common;
      if (ratio >= leastGroundRatio) {
        const { flat, sharp, moving, count } = countCells(measured);
        write("plain.flatRatio", flat / count);
        write("plain.sharpRatio", sharp / count);
        write("plain.movingRatio", moving / count);
      }
      if (ratio >= leastSolidRatio) write("plain.solidRatio", solidRatio(measured, common));
      write("plain.ratio", ratio);
      write("plain.luma", luma);
      write("plain.cb", cb);
      write("plain.cr", cr);
    };
  },
});

/** How many samples of the plane lie in a cell: those at the right and lower edge hold what is left. */
function samplesIn({ columns, cellWidth, cellHeight }: Cells, cell: number, width: number, height: number): number {
  const column = cell % columns;
  const row = (cell - column) / columns;
  return Math.min(cellWidth, width - column * cellWidth) * Math.min(cellHeight, height - row * cellHeight);
}

function countCells(measured: FrameToMeasure): { flat: number; sharp: number; moving: number; count: number } {
  const { width, height, bitDepth } = measured.frame;
  const scale = 2 ** (8 - bitDepth);
  const cells = measured.cells();
  const { sums, squares, differences } = cells;
  let flat = 0;
  let sharp = 0;
  let moving = 0;
  for (let cell = 0; cell < sums.length; cell++) {
    const samples = samplesIn(cells, cell, width, height);
    const mean = (sums[cell] ?? 0) / samples;
    const variance = ((squares[cell] ?? 0) / samples - mean * mean) * scale * scale;
    if (variance <= flatDeviation * flatDeviation) flat++;
    if (variance >= sharpDeviation * sharpDeviation) sharp++;
    if ((differences[cell] ?? 0) * scale >= movingDifference * samples) moving++;
  }
  return { flat, sharp, moving, count: sums.length };
}

/** Share of cells that have the colour, all three components, and no detail. */
function solidRatio(measured: FrameToMeasure, { luma, cb, cr }: CommonColor): number {
  const { planes, bitDepth } = measured.frame;
  const [lumaPlane, chromaPlane] = planes;
  if (lumaPlane === undefined) return 0;
  const scale = 2 ** (8 - bitDepth);
  const cells = measured.cells();
  const { sums, squares } = cells;
  const chroma = measured.chromaCells();
  let solid = 0;
  for (let cell = 0; cell < sums.length; cell++) {
    const samples = samplesIn(cells, cell, lumaPlane.width, lumaPlane.height);
    const mean = (sums[cell] ?? 0) / samples;
    const variance = ((squares[cell] ?? 0) / samples - mean * mean) * scale * scale;
    if (variance > flatDeviation * flatDeviation || Math.abs(mean * scale - luma) > cellTolerance) continue;
    if (chroma !== undefined && chromaPlane !== undefined && cell < chroma[0].sums.length) {
      const chromaSamples = samplesIn(chroma[0], cell, chromaPlane.width, chromaPlane.height) / scale;
      if (Math.abs((chroma[0].sums[cell] ?? 0) / chromaSamples - cb) > cellTolerance) continue;
      if (Math.abs((chroma[1].sums[cell] ?? 0) / chromaSamples - cr) > cellTolerance) continue;
    }
    solid++;
  }
  return solid / sums.length;
}
