import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { detailFields, farSamples, nearSamples } from "../../../src/analyzers/kernels/index.js";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** Pictures of many rows: those of the other kernels' tests are lower than the far step. */
const tallPictures = pictures.map((picture): Picture => {
  const rows = 9 * picture.height;
  const repeat = (data: Uint8Array): Uint8Array => {
    const tall = new Uint8Array(picture.stride * rows);
    for (let y = 0; y < rows; y++) {
      const from = (y % picture.height) * picture.stride;
      tall.set(data.subarray(from, from + picture.stride), y * picture.stride);
    }
    return tall;
  };
  return { ...picture, height: rows, now: repeat(picture.now), before: repeat(picture.before) };
});

/** The numbers of every cell, sample by sample; pictures of up to 200 rows are read row by row. */
function plainDetail(picture: Picture): number[] {
  const columns = Math.max(0, Math.floor((picture.width - farSamples) / 16));
  const bands = Math.floor(Math.max(0, picture.height - farSamples) / 4);
  const at = (x: number, y: number) => sampleAt(picture, picture.now, x, y);
  const numbers: number[] = [];
  for (let cell = 0; cell < columns * bands; cell++) {
    const [sum, difference, diagonal1, diagonal2] = [0, 1, 2, 3];
    const found = [0, 0, 0, 0, 0, 0, 0, 0, 2 ** 32, 0];
    const add = (field: number, value: number) => (found[field] = (found[field] ?? 0) + value);
    const largest = (field: number, value: number) => (found[field] = Math.max(found[field] ?? 0, value));
    for (let place = 0; place < 64; place++) {
      const x = (cell % columns) * 16 + (place % 16);
      const y = Math.floor(cell / columns) * 4 + Math.floor(place / 16);
      const now = at(x, y);
      add(sum, now);
      add(difference, Math.abs(now - sampleAt(picture, picture.before, x, y)));
      add(diagonal1, Math.abs(now - at(x + 1, y) - at(x, y + 1) + at(x + 1, y + 1)));
      add(diagonal2, Math.abs(now - at(x + 2, y) - at(x, y + 2) + at(x + 2, y + 2)));
      for (const [turn, distance] of [nearSamples, farSamples].entries()) {
        largest(4 + turn, Math.abs(now - at(x + distance, y)));
        largest(6 + turn, Math.abs(now - at(x, y + distance)));
      }
      found[8] = Math.min(found[8] ?? 0, now);
      largest(9, now);
    }
    numbers.push(...found);
  }
  return numbers;
}

describe("the detail kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(tallPictures, (picture) => {
        const { now, before } = placed(picture);
        const { cells, numbers } = kernels.measureDetail(now, before, picture.bytesPerSample);
        expect(numbers).toHaveLength(cells * detailFields);
        expect([...numbers]).toEqual(plainDetail(picture));
      }),
      { numRuns: 150 },
    );
  });
});
