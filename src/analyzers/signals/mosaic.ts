import type { Cells } from "../kernels/index.js";
import { defineStillMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";

/** Widest blocks that are looked for, in pixels. */
const widestBlock = 64;
/** A picture whose neighbouring pixels differ by less than this on average (levels of 8 bits) has no grid to show. */
const smallestActivity = 0.25;
/** A cell of 16x16 pixels whose variance (levels of 8 bits, squared) is below this is of one colour. */
const flatVariance = 4;
/** Lines that lie this far apart or further, in pixels, do not touch each other where a coder has spread them. */
const spreadDistance = 5;
/** A peak weaker than this share of the strongest one around is what a coder left beside a line. */
const weakestLine = 0.15;
const strongest = new Float64Array(8192 / widestBlock + 3);
const pairs = new Float64Array(widestBlock + 2);
const levels = new Uint32Array(256);

/** A grid of blocks: how much of the picture's detail lies on its lines, and how far those lie apart. */
interface Grid {
  readonly share: number;
  readonly blockPixels: number;
}

/** Whether all detail lies on the lines of a grid, as in a mosaic or a picture enlarged by repeating pixels. */
export const mosaic = defineStillMeasurer({
  name: "mosaic",
  needs: "native",
  lookbackSeconds: 0,
  provides: {
    "mosaic.gridShare": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of the differences between neighbouring pixels that lies on the lines of one grid, in the direction where it is less: near 1 when the picture is made of blocks of one colour each",
    },
    "mosaic.blockPixels": {
      unit: "pixels",
      range: [2, widestBlock + 1],
      meaning: "Width of the blocks of that grid",
    },
    "mosaic.drawnShare": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of the picture that has one of its three commonest flat colours: large in screen recordings and drawn pictures",
    },
  },
  begin:
    ({ kernels }) =>
    (measured, write) => {
      const { frame } = measured;
      const [luma] = frame.planes;
      if (luma === undefined || luma.width < 64 || luma.height < 64) return;
      const { columns, rows, sampledRows, sampledColumns } = kernels.measureProfiles(luma, bytesPerSample(frame.bitDepth));
      const scale = 2 ** (frame.bitDepth - 8);
      const across = gridOf(columns, smallestActivity * scale * sampledRows);
      const down = gridOf(rows, smallestActivity * scale * sampledColumns);
      if (across === undefined || down === undefined) return;
      write("mosaic.gridShare", Math.min(across.share, down.share));
      write("mosaic.blockPixels", across.blockPixels);
      write("mosaic.drawnShare", drawnShare(measured.cells(), luma.width, luma.height, scale));
    },
});

/**
 * A line of the grid is a peak of a profile that exceeds its mean around. In a picture of blocks the distance from one line to
 * the next is always the same, or one of two neighbouring numbers where the blocks are no whole pixels wide, or a multiple of it
 * where a line was lost. A coder spreads a line over its neighbours: they count with it where lines lie far apart.
 */
function gridOf(profile: Uint32Array, smallestMean: number): Grid | undefined {
  pairs.fill(0);
  let total = 0;
  for (let at = 0; at < profile.length; at++) total += profile[at] ?? 0;
  if (total < smallestMean * profile.length) return undefined;

  strongest.fill(0);
  for (let at = 0; at < profile.length; at++) {
    const tile = Math.floor(at / widestBlock) + 1;
    strongest[tile] = Math.max(strongest[tile] ?? 0, profile[at] ?? 0);
  }

  let sum = 0;
  let previousLine = -1;
  for (let at = 0; at < Math.min(widestBlock, profile.length); at++) sum += profile[at] ?? 0;
  for (let at = 0; at < profile.length; at++) {
    // The sum of what lies within `widestBlock` on both sides. Reading beyond an array's ends is slow.
    if (at + widestBlock < profile.length) sum += profile[at + widestBlock] ?? 0;
    if (at > widestBlock) sum -= profile[at - widestBlock - 1] ?? 0;
    const around = Math.min(profile.length - 1, at + widestBlock) - Math.max(0, at - widestBlock) + 1;
    const value = profile[at] ?? 0;
    if (value * around <= sum) continue;
    const before = at > 0 ? (profile[at - 1] ?? 0) : 0;
    const after = at + 1 < profile.length ? (profile[at + 1] ?? 0) : 0;
    if (value < before || value <= after || value < weakestLine * strongestNear(at)) continue;
    const distance = at - previousLine;
    const energy = distance < spreadDistance ? value : before + value + after;
    if (previousLine >= 0 && distance <= widestBlock + 1) pairs[distance] = (pairs[distance] ?? 0) + energy;
    previousLine = at;
  }
  let best = 2;
  const energyAt = (distance: number): number => (pairs[distance] ?? 0) + (pairs[distance + 1] ?? 0);
  for (let distance = 2; distance <= widestBlock; distance++) if (energyAt(distance) > energyAt(best)) best = distance;
  let energy = energyAt(best);
  const blockPixels = energy === 0 ? best : best + (pairs[best + 1] ?? 0) / energy;
  if (blockPixels >= spreadDistance) {
    for (let multiple = 2; multiple * blockPixels <= widestBlock; multiple++)
      energy += energyAt(Math.floor(multiple * blockPixels));
  }
  return { share: Math.min(1, energy / total), blockPixels };
}

/** The largest value of a profile in the tile of a place and in those beside it. */
function strongestNear(at: number): number {
  const tile = Math.floor(at / widestBlock) + 1;
  return Math.max(strongest[tile - 1] ?? 0, strongest[tile] ?? 0, strongest[tile + 1] ?? 0);
}

/** Share of the cells that are flat and of one of the three commonest levels. */
function drawnShare(cells: Cells, width: number, height: number, scale: number): number {
  const wholeColumns = Math.min(cells.columns, width >> 4);
  const wholeRows = Math.min(cells.rows, height >> 4);
  countFlat(cells, wholeColumns, wholeRows, scale);
  let drawn = 0;
  for (let turn = 0; turn < 3; turn++) {
    let most = 0;
    for (let level = 1; level < levels.length; level++) if ((levels[level] ?? 0) > (levels[most] ?? 0)) most = level;
    drawn += levels[most] ?? 0;
    levels[most] = 0;
  }
  return drawn / (wholeColumns * wholeRows);
}

/** Counts the flat ones of the first cells of each row by their levels. */
function countFlat({ sums, squares, columns }: Cells, wholeColumns: number, wholeRows: number, scale: number): void {
  levels.fill(0);
  for (let row = 0; row < wholeRows; row++) {
    const end = row * columns + wholeColumns;
    for (let cell = row * columns; cell < end; cell++) {
      const mean = (sums[cell] ?? 0) / 256 / scale;
      const variance = (squares[cell] ?? 0) / 256 / scale / scale - mean * mean;
      if (variance >= flatVariance) continue;
      const level = Math.min(255, Math.floor(mean / 2) * 2);
      levels[level] = (levels[level] ?? 0) + 1;
    }
  }
}
