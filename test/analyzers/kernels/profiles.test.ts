import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, pictures, placed, sampleAt } from "./pictures.js";

describe("the profiles kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { width, height, now: data } = picture;
        const { now } = placed(picture);
        const { columns, rows, sampledRows, sampledColumns } = kernels.measureProfiles(now, picture.bytesPerSample);
        const at = (x: number, y: number) => sampleAt(picture, data, x, y);
        // So small a picture is read row by row, in whole blocks of 16 columns.
        expect([sampledRows, sampledColumns]).toEqual([height, 16 * Math.floor(width / 16)]);
        const across = Array.from({ length: width - 1 }, (_, x) => {
          let sum = 0;
          for (let y = 0; y < height; y++) sum += Math.abs(at(x, y) - at(x + 1, y));
          return sum;
        });
        const down = Array.from({ length: height - 1 }, (_, y) => {
          let sum = 0;
          for (let x = 0; x < sampledColumns; x++) sum += Math.abs(at(x, y) - at(x, y + 1));
          return sum;
        });
        expect([...columns]).toEqual(across);
        expect([...rows]).toEqual(down);
      }),
      { numRuns: 150 },
    );
  });
});
