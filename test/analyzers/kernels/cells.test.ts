import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** The sums of every cell, sample by sample. */
function plainCells(picture: Picture, cellWidth: number, cellHeight: number) {
  const columns = Math.ceil(picture.width / cellWidth);
  const rows = Math.ceil(picture.height / cellHeight);
  const sums = Array.from({ length: columns * rows }, () => 0);
  const squares = [...sums];
  const differences = [...sums];
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const cell = Math.floor(y / cellHeight) * columns + Math.floor(x / cellWidth);
      const now = sampleAt(picture, picture.now, x, y);
      sums[cell] = (sums[cell] ?? 0) + now;
      squares[cell] = (squares[cell] ?? 0) + now * now;
      differences[cell] = (differences[cell] ?? 0) + Math.abs(now - sampleAt(picture, picture.before, x, y));
    }
  }
  return { columns, rows, cellWidth, cellHeight, sums, squares, differences };
}

describe("the cells kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth, in cells of any size", () => {
    fc.assert(
      fc.property(
        pictures,
        fc.constantFrom(4 as const, 8 as const, 16 as const),
        fc.constantFrom(4, 8, 16),
        (picture, cellWidth, cellHeight) => {
          const { now, before } = placed(picture);
          const cells = kernels.measureCells(now, before, picture.bytesPerSample, 0, cellWidth, cellHeight);
          const { sums, squares, differences } = cells;
          expect({ ...cells, sums: [...sums], squares: [...squares], differences: [...differences] }).toEqual(
            plainCells(picture, cellWidth, cellHeight),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("keeps the cells of three planes at the same time", () => {
    const own = openKernels();
    const data = own.memory.frame(0, 3 * 64);
    const cells = ([0, 1, 2] as const).map((place) => {
      const plane = { data: data.subarray(64 * place, 64 * (place + 1)).fill(place + 1), width: 8, height: 8, stride: 8 };
      return own.measureCells(plane, undefined, 1, place, 8, 8);
    });
    expect(cells.map(({ sums }) => sums[0])).toEqual([64, 128, 192]);
    expect(cells.map(({ differences }) => differences[0])).toEqual([0, 0, 0]);
  });

  it.each([1, 2] as const)("holds the cells of an 8192x4320 plane of %i byte samples", (bytesPerSample) => {
    const own = openKernels();
    const stride = 8192 * bytesPerSample;
    const data = own.memory.frame(0, stride * 4320).fill(255);
    const { columns, rows, squares } = own.measureCells(
      { data, width: 8192, height: 4320, stride },
      undefined,
      bytesPerSample,
      0,
      16,
      16,
    );
    expect([columns, rows]).toEqual([512, 270]);
    expect(squares.every((square) => square === 256 * (256 ** bytesPerSample - 1) ** 2)).toBe(true);
  });
});
