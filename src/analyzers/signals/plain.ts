import { definePictureMeasurer, type FrameToMeasure } from "../measurer.js";
import { type CommonColor, openColorSearch } from "./common-color.js";

/** Pictures whose most common colour covers less of them than this are not looked at closer: most are not. */
const leastGroundRatio = 0.5;

/** From this share of cells of one luma on, their chroma is looked at. */
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
        "Share of cells of 16x16 pixels that have just that colour, the smaller of the shares for luma without detail and for chroma; measured where that for luma is 0.9 or more",
    },
    "plain.luma": { unit: "level", range: [0, 255], meaning: "Luma of the most common colour, on the scale of 8 bits" },
    "plain.cb": { unit: "level", range: [0, 255], meaning: "Its Cb, on the scale of 8 bits; 128 is neutral" },
    "plain.cr": { unit: "level", range: [0, 255], meaning: "Its Cr, on the scale of 8 bits; 128 is neutral" },
    "plain.sharpRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of cells of 16x16 pixels with hard edges, as text and logos have them; measured where one colour fills half of the picture",
    },
    "plain.movingRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of cells of 16x16 pixels that differ from the frame before; measured where one colour fills half of the picture",
    },
  },
  begin: () => {
    const search = openColorSearch();
    return (measured, write) => {
      const common = search(measured.frame);
      const { ratio, luma, cb, cr } = common;
      if (ratio >= leastGroundRatio) {
        const { count, sharp, moving, solid } = countCells(measured, common);
        write("plain.sharpRatio", sharp / count);
        write("plain.movingRatio", moving / count);
        // Chroma is another pass over its planes: only where luma shows one colour.
        if (solid >= leastSolidRatio * count)
          write("plain.solidRatio", Math.min(solid / count, sameChromaRatio(measured, common)));
      }
      write("plain.ratio", ratio);
      write("plain.luma", luma);
      write("plain.cb", cb);
      write("plain.cr", cr);
    };
  },
});

interface CellCounts {
  readonly count: number;
  readonly sharp: number;
  readonly moving: number;
  /** Those with the luma of the common colour and without detail. */
  readonly solid: number;
}

function countCells(measured: FrameToMeasure, { luma }: CommonColor): CellCounts {
  const { width, height, bitDepth } = measured.frame;
  const scale = 2 ** (8 - bitDepth);
  const { columns, rows, cellWidth, cellHeight, sums, squares, differences } = measured.cells();
  let sharp = 0;
  let moving = 0;
  let solid = 0;
  for (let row = 0, cell = 0; row < rows; row++) {
    const samplesDown = Math.min(cellHeight, height - row * cellHeight);
    for (let column = 0; column < columns; column++, cell++) {
      const samples = samplesDown * Math.min(cellWidth, width - column * cellWidth);
      const mean = (sums[cell] ?? 0) / samples;
      const variance = ((squares[cell] ?? 0) / samples - mean * mean) * scale * scale;
      if ((differences[cell] ?? 0) * scale >= movingDifference * samples) moving++;
      if (variance >= sharpDeviation * sharpDeviation) sharp++;
      if (variance <= flatDeviation * flatDeviation && Math.abs(mean * scale - luma) <= cellTolerance) solid++;
    }
  }
  return { count: sums.length, sharp, moving, solid };
}

/** Share of cells that have the chroma of the common colour; 1 in gray pictures. */
function sameChromaRatio(measured: FrameToMeasure, { cb, cr }: CommonColor): number {
  const { planes, bitDepth } = measured.frame;
  const chroma = measured.chromaCells();
  const plane = planes[1];
  if (chroma === undefined || plane === undefined) return 1;
  const [cbCells, crCells] = chroma;
  const { columns, rows, cellWidth, cellHeight } = cbCells;
  let same = 0;
  for (let row = 0, cell = 0; row < rows; row++) {
    const samplesDown = Math.min(cellHeight, plane.height - row * cellHeight) * 2 ** (bitDepth - 8);
    for (let column = 0; column < columns; column++, cell++) {
      const samples = samplesDown * Math.min(cellWidth, plane.width - column * cellWidth);
      if (Math.abs((cbCells.sums[cell] ?? 0) / samples - cb) > cellTolerance) continue;
      if (Math.abs((crCells.sums[cell] ?? 0) / samples - cr) <= cellTolerance) same++;
    }
  }
  return same / cbCells.sums.length;
}
