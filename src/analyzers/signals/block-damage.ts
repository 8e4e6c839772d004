import type { Cells, Grid } from "../kernels/index.js";
import { definePictureMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";

/** Smallest step of a block's border, in levels of 8 bits: coders smooth smaller ones away, or leave them where they are blocky. */
const smallestStep = 16;
const cellSide = 16;

/**
 * Blocks of wrong content, in two kinds. Macroblocks that a decoder lost or guessed end in sharp steps exactly on the grid of 16x16; the edges
 * of a scene lie anywhere. So the steps on the grid are counted, less those that the picture has on the same grid moved. And slices that were lost from a keyframe are filled from
 * the row above them: cells without an end downwards.
 */
export const blockDamage = definePictureMeasurer({
  name: "damaged blocks",
  needs: "native",
  // It compares with the frame before, however long that lasts; every seek ends at a keyframe before the time asked for.
  lookbackSeconds: 0.5,
  provides: {
    "blocks.brokenRatio": {
      unit: "ratio",
      range: [0, 2],
      meaning:
        "Borders of 16x16 cells along which the picture steps sharply, beyond those that it has on the same grid moved, for each cell",
    },
    "blocks.isolatedRatio": {
      unit: "ratio",
      range: [0, 2],
      meaning:
        "The same, as far as it is so both across and down, and on the grid moved by 8 is not: single blocks, not a fine grid or long lines",
    },
    "blocks.smearedRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of 16x16 cells that look like the cell above them and not like those beside them: lost slices that a decoder fills by drawing out the row above them",
    },
    "blocks.jumpRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of 16x16 cells that differ much from the frame before: 12 levels of 8 bits and more on average",
    },
    "blocks.left": { unit: "pixels", range: [0, 65536], meaning: "Left side of the box around the cells that step away" },
    "blocks.top": { unit: "pixels", range: [0, 65536], meaning: "Its upper side" },
    "blocks.width": { unit: "pixels", range: [0, 65536], meaning: "Its width" },
    "blocks.height": { unit: "pixels", range: [0, 65536], meaning: "Its height" },
  },
  begin: ({ kernels }) => {
    const box = { left: 0, top: 0, right: 0, bottom: 0 };
    return (measured, write) => {
      const { planes, bitDepth } = measured.frame;
      const [plane] = planes;
      if (plane === undefined) return;
      const grid = kernels.measureGrid(plane, bytesPerSample(bitDepth), smallestStep * 2 ** (bitDepth - 8));
      const cells = grid.columns * grid.rows;
      const { across, down } = grid;
      const byChanceAcross = Math.max(meanOf(across, oddShifts), meanOf(across, halvedShifts), meanOf(across, quarterShifts));
      const byChanceDown = Math.max(down[10] ?? 0, meanOf(down, quarterShifts));
      const onGridAcross = (across[0] ?? 0) - byChanceAcross;
      const onGridDown = (down[0] ?? 0) - byChanceDown;
      const alone = Math.min(
        onGridAcross - Math.max(0, (across[8] ?? 0) - byChanceAcross),
        onGridDown - Math.max(0, (down[8] ?? 0) - byChanceDown),
      );
      // Two standard deviations of counts that come by chance; one more, so that a single step is never damage.
      const uncertainty = 2 * Math.sqrt(byChanceAcross + byChanceDown + 1);
      write("blocks.brokenRatio", Math.max(0, onGridAcross + onGridDown - uncertainty) / cells);
      write("blocks.isolatedRatio", Math.max(0, 2 * alone - uncertainty) / cells);
      const scale = 2 ** (bitDepth - 8);
      write("blocks.smearedRatio", smearedCells(measured.cells(), scale) / cells);
      if (measured.previous !== undefined) write("blocks.jumpRatio", cellsThatJump(measured.cells(), scale) / cells);
      if (!findBox(grid, box)) return;
      write("blocks.left", box.left * cellSide);
      write("blocks.top", box.top * cellSide);
      write("blocks.width", Math.min(plane.width, box.right * cellSide) - box.left * cellSide);
      write("blocks.height", Math.min(plane.height, box.bottom * cellSide) - box.top * cellSide);
    };
  },
});

/** How far, in levels of 8 bits, the means of two cells that look alike may lie apart, and at least lie apart where they do not. */
const alike = 1;
const unlike = 4;

/** @param scale samples per level of 8 bits */
function smearedCells({ sums, squares, columns, cellWidth, cellHeight }: Cells, scale: number): number {
  const samples = cellWidth * cellHeight;
  const alikeSum = alike * scale * samples;
  const unlikeSum = unlike * scale * samples;
  let smeared = 0;
  for (let cell = columns + 1; cell < sums.length - 1; cell++) {
    const sum = sums[cell] ?? 0;
    const above = sums[cell - columns] ?? 0;
    if (Math.abs(sum - above) > alikeSum) continue;
    if (Math.abs(sum - (sums[cell - 1] ?? 0)) < unlikeSum && Math.abs(sum - (sums[cell + 1] ?? 0)) < unlikeSum) continue;
    const own = (squares[cell] ?? 0) / samples - (sum / samples) ** 2;
    const ofAbove = (squares[cell - columns] ?? 0) / samples - (above / samples) ** 2;
    if (Math.abs(own - ofAbove) <= scale * scale + 0.05 * own) smeared++;
  }
  return smeared;
}

/** So much does a cell differ from the frame before, in levels of 8 bits, that what it shows is another thing or has moved far. */
const jump = 12;

function cellsThatJump({ differences, cellWidth, cellHeight }: Cells, scale: number): number {
  const least = jump * scale * cellWidth * cellHeight;
  let count = 0;
  for (let cell = 0; cell < differences.length; cell++) {
    if ((differences[cell] ?? 0) >= least) count++;
  }
  return count;
}

/** Moved by these, the grid meets no coder's blocks, and no pixels that were drawn larger (twice, four times). */
const oddShifts = [1, 3, 5, 7, 9, 11, 13, 15];
const halvedShifts = [2, 6, 10, 14];
const quarterShifts = [4, 12];

function meanOf(counts: Uint32Array, shifts: readonly number[]): number {
  let sum = 0;
  for (const shift of shifts) sum += counts[shift] ?? 0;
  return sum / shifts.length;
}

/**
 * The box, in cells, around those that step away both from a cell beside them and from one above or below; false where there is none.
 */
function findBox(
  { flags, columns, rows, across, down }: Grid,
  box: { left: number; top: number; right: number; bottom: number },
): boolean {
  if (across[0] === 0 || down[0] === 0) return false;
  box.left = columns;
  box.top = rows;
  box.right = box.bottom = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const cell = row * columns + column;
      const flag = flags[cell] ?? 0;
      const stepsAcross = (flag & 1) !== 0 || (column + 1 < columns && ((flags[cell + 1] ?? 0) & 1) !== 0);
      if (!stepsAcross) continue;
      const stepsDown = (flag & 2) !== 0 || (row + 1 < rows && ((flags[cell + columns] ?? 0) & 2) !== 0);
      if (!stepsDown) continue;
      box.left = Math.min(box.left, column);
      box.top = Math.min(box.top, row);
      box.right = Math.max(box.right, column + 1);
      box.bottom = Math.max(box.bottom, row + 1);
    }
  }
  return box.right > 0;
}
