import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import type { Plane } from "../../../src/decoder/index.js";

const kernels = openKernels();

/** Blocks of 4x4 samples of few levels, one in eight of them not flat, in the kernels' memory. */
function blocky(width: number, height: number, depth: number, padding: number, seed: number): Plane {
  const bytes = depth > 8 ? 2 : 1;
  const stride = width * bytes + padding;
  const data = kernels.memory.frame(0, stride * height);
  data.fill(99);
  const noise = (n: number): number => Math.imul(Math.imul(n ^ seed, 2654435761) ^ (n >>> 7), 40503) >>> 16;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const block = (y >> 2) * 1000 + (x >> 2);
      const uneven = noise(block) % 8 === 0 && (x & 3) === 3 && (y & 3) === 3 ? 1 : 0;
      const level = (30 + (noise(block >> 1) % 24) * 8 + (noise(block + 7) % 3)) * 2 ** (depth - 8) + uneven;
      data[y * stride + x * bytes] = level & 255;
      if (bytes === 2) data[y * stride + 2 * x + 1] = level >> 8;
    }
  }
  return { data, width, height, stride };
}

/** The same tiles, block by block. */
function plainTiles({ data, width, height, stride }: Plane, depth: number, black: number): number[] {
  const bytes = depth > 8 ? 2 : 1;
  const loss = Math.max(0, depth - 12);
  const columns = width >> 2;
  const rows = height >> 2;
  const sample = (x: number, y: number): number =>
    (data[y * stride + x * bytes] ?? 0) + (bytes === 2 ? 256 * (data[y * stride + 2 * x + 1] ?? 0) : 0);
  const levelOf = (column: number, row: number): number | undefined => {
    if (column >= columns || row >= rows) return undefined;
    const first = sample(4 * column, 4 * row);
    for (let at = 1; at < 16; at++) if (sample(4 * column + (at & 3), 4 * row + (at >> 2)) !== first) return undefined;
    return first >> loss;
  };
  const step = (from: number, to: number | undefined): number => {
    if (to === undefined) return 0;
    const size = Math.abs(to - from);
    const isSeen = size * 126 >= Math.max(0, from - (black >> loss));
    return isSeen && size <= 8 << (depth - loss - 8) ? Math.sign(to - from) : 0;
  };
  const tiles: number[] = [];
  for (let top = 0; top < rows; top += 8) {
    for (let left = 0; left < columns; left += 8) {
      let [flat, across, down] = [0, 0, 0];
      for (let row = top; row < top + 8; row++) {
        for (let column = left; column < left + 8; column++) {
          const level = levelOf(column, row);
          if (level === undefined) continue;
          flat++;
          across += step(level, levelOf(column + 2, row) ?? levelOf(column + 3, row));
          down += step(level, levelOf(column, row + 2) ?? levelOf(column, row + 3));
        }
      }
      tiles.push(flat, across, down);
    }
  }
  return tiles;
}

describe("the bands kernel", () => {
  it("equals a plain loop on blocks of few levels, of any width, padding and depth", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 150 }),
        fc.integer({ min: 1, max: 70 }),
        fc.constantFrom(8, 10, 16),
        fc.integer({ min: 0, max: 5 }),
        fc.integer(),
        (width, height, depth, padding, seed) => {
          const plane = blocky(width, height, depth, padding, seed);
          const { columns, rows, values } = kernels.measureBands(plane, depth, 16 << (depth - 8));
          expect(values.length).toBe(columns * rows * 3);
          expect([...values]).toEqual(plainTiles(plane, depth, 16 << (depth - 8)));
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([8192, 4320])("holds the tiles of the largest picture, %i samples wide", (width) => {
    const own = openKernels();
    const height = width === 8192 ? 4320 : 8192;
    const data = own.memory.frame(0, width * height).fill(50);
    const { values } = own.measureBands({ data, width, height, stride: width }, 8, 16);
    expect(values.reduce((sum, value) => sum + value, 0)).toBe((width >> 2) * (height >> 2));
  });
});
