import type { CellMeans } from "./cell-means.js";

/** A motion of the whole picture, in cells. */
export interface GlobalMotion {
  /** To the right and down. */
  readonly x: number;
  readonly y: number;
  /** Share by which it grew about its middle. */
  readonly zoom: number;
  /** Share of the change that it explains, 0..1. */
  readonly explainedRatio: number;
}

/** Longest step that is looked for, in cells: a fast pan crosses the picture in half a second. */
const longestStep = 8;

/** Less structure than this in all of the picture (squared levels of 8 bits per cell) does not tell where it went. */
const leastStructure = 0.5;

/** Cells that differ by this many levels more than motion explains count half: something moves by itself there. */
const outlierLevels = 6;

/**
 * Finds pan and zoom of a whole picture from its cells: first in whole cells, by the profiles of its columns and rows, then
 * in parts of a cell by least squares on its gradient (Lucas and Kanade, 1981), in which cells that move by themselves count little.
 * @returns undefined where the picture has too little structure
 */
export function openGlobalMotion(): (means: CellMeans) => GlobalMotion | undefined {
  const profiles = [0, 1, 2, 3].map(() => new Float64Array(1024)) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const slopesFor = openSlopes();
  return (means) => {
    const { columns, rows } = means;
    if (columns < 4 || rows < 4 || columns > 1024 || rows > 1024) return undefined;
    const [acrossNow, acrossBefore, downNow, downBefore] = profiles;
    addProfiles(means.now, columns, rows, acrossNow, downNow);
    addProfiles(means.before, columns, rows, acrossBefore, downBefore);
    const stepX = bestStep(acrossNow, acrossBefore, columns);
    const stepY = bestStep(downNow, downBefore, rows);
    return refine(means, stepX, stepY, slopesFor(columns * rows));
  };
}

/** Mean of each column and of each row. */
function addProfiles(cells: Float32Array, columns: number, rows: number, across: Float64Array, down: Float64Array): void {
  across.fill(0, 0, columns);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) {
      const value = cells[row * columns + column] ?? 0;
      across[column] = (across[column] ?? 0) + value / rows;
      sum += value;
    }
    down[row] = sum / columns;
  }
}

/** By how many places the first profile lies further on than the second: where both differ least, their means taken out. */
function bestStep(now: Float64Array, before: Float64Array, length: number): number {
  const longest = Math.min(longestStep, Math.floor(length / 3));
  let best = 0;
  let least = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn <= 2 * longest; turn++) {
    // 0, 1, -1, 2, -2 …: of two that are equal, the shorter one.
    const step = turn % 2 === 0 ? -turn / 2 : (turn + 1) / 2;
    const start = Math.max(0, step);
    const end = Math.min(length, length + step);
    let offset = 0;
    for (let at = start; at < end; at++) offset += (now[at] ?? 0) - (before[at - step] ?? 0);
    offset /= end - start;
    let difference = 0;
    for (let at = start; at < end; at++) difference += Math.abs((now[at] ?? 0) - (before[at - step] ?? 0) - offset);
    difference /= end - start;
    if (difference < least - 1e-9) {
      least = difference;
      best = step;
    }
  }
  return best;
}

/** Slopes and changes of the cells that both pictures show, in the order in which they are gone through. */
interface Slopes {
  readonly across: Float64Array;
  readonly down: Float64Array;
  readonly changes: Float64Array;
}

function openSlopes(): (cells: number) => Slopes {
  let slopes: Slopes | undefined;
  return (cells) => {
    if (slopes === undefined || slopes.across.length < cells) {
      slopes = { across: new Float64Array(cells), down: new Float64Array(cells), changes: new Float64Array(cells) };
    }
    return slopes;
  };
}

function refine(
  { columns, rows, now, before }: CellMeans,
  stepX: number,
  stepY: number,
  { across, down, changes }: Slopes,
): GlobalMotion | undefined {
  const middleX = (columns - 1) / 2;
  const middleY = (rows - 1) / 2;
  const left = Math.max(1, 1 + stepX);
  const right = Math.min(columns - 1, columns - 1 + stepX);
  const top = Math.max(1, 1 + stepY);
  const bottom = Math.min(rows - 1, rows - 1 + stepY);
  const shift = stepY * columns + stepX;
  let unmoved = 0;
  let count = 0;
  for (let row = top; row < bottom; row++) {
    const end = row * columns + right;
    for (let at = row * columns + left; at < end; at++, count++) {
      const from = at - shift;
      const value = now[at] ?? 0;
      across[count] = ((now[at + 1] ?? 0) - (now[at - 1] ?? 0) + (before[from + 1] ?? 0) - (before[from - 1] ?? 0)) * 0.25;
      down[count] =
        ((now[at + columns] ?? 0) - (now[at - columns] ?? 0) + (before[from + columns] ?? 0) - (before[from - columns] ?? 0)) *
        0.25;
      changes[count] = value - (before[from] ?? 0);
      unmoved += Math.abs(value - (before[at] ?? 0));
    }
  }

  let x = 0;
  let y = 0;
  let zoom = 0;
  for (let pass = 0; pass < 2; pass++) {
    let xx = 0;
    let xy = 0;
    let xz = 0;
    let yy = 0;
    let yz = 0;
    let zz = 0;
    let xt = 0;
    let yt = 0;
    let zt = 0;
    for (let row = top, cell = 0; row < bottom; row++) {
      for (let column = left; column < right; column++, cell++) {
        const gradientX = across[cell] ?? 0;
        const gradientY = down[cell] ?? 0;
        const change = changes[cell] ?? 0;
        const gradientZ = gradientX * (column - middleX) + gradientY * (row - middleY);
        const rest = Math.abs(change + gradientX * x + gradientY * y + gradientZ * zoom);
        const weight = pass === 0 ? 1 : outlierLevels / (outlierLevels + rest);
        xx += weight * gradientX * gradientX;
        xy += weight * gradientX * gradientY;
        xz += weight * gradientX * gradientZ;
        yy += weight * gradientY * gradientY;
        yz += weight * gradientY * gradientZ;
        zz += weight * gradientZ * gradientZ;
        xt -= weight * gradientX * change;
        yt -= weight * gradientY * change;
        zt -= weight * gradientZ * change;
      }
    }
    if (count === 0 || xx < leastStructure * count || yy < leastStructure * count) return undefined;
    const determinant = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz);
    // Stripes tell of motion across them only.
    if (!(Math.abs(determinant) > 0.01 * xx * yy * zz)) return undefined;
    x = (xt * (yy * zz - yz * yz) - xy * (yt * zz - yz * zt) + xz * (yt * yz - yy * zt)) / determinant;
    y = (xx * (yt * zz - yz * zt) - xt * (xy * zz - yz * xz) + xz * (xy * zt - yt * xz)) / determinant;
    zoom = (xx * (yy * zt - yt * yz) - xy * (xy * zt - yt * xz) + xt * (xy * yz - yy * xz)) / determinant;
  }

  let after = 0;
  for (let row = top, cell = 0; row < bottom; row++) {
    for (let column = left; column < right; column++, cell++) {
      const gradientX = across[cell] ?? 0;
      const gradientY = down[cell] ?? 0;
      const gradientZ = gradientX * (column - middleX) + gradientY * (row - middleY);
      after += Math.abs((changes[cell] ?? 0) + gradientX * x + gradientY * y + gradientZ * zoom);
    }
  }
  const explainedRatio = unmoved > 0 ? Math.max(0, 1 - after / unmoved) : 0;
  return { x: stepX + x, y: stepY + y, zoom, explainedRatio };
}
