import fc from "fast-check";
import { expect, it } from "vitest";
import { informationStep } from "../../../src/analyzers/kernels/information.js";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** Sobel's gradients and the differences to the plane before, one sample after the other. */
function plainInformation(picture: Picture, step: number, bitDepth: number) {
  const shift = Math.max(0, bitDepth - 10);
  const scale = 2 ** (bitDepth - 8 - shift);
  const sums = {
    gradients: 0,
    gradientSquares: 0,
    gradientCount: 0,
    differences: 0,
    differenceSquares: 0,
    differenceCount: 0,
  };
  const now = (x: number, y: number) => (sampleAt(picture, picture.now, x, y) >> shift) / scale;
  const before = (x: number, y: number) => (sampleAt(picture, picture.before, x, y) >> shift) / scale;
  for (let y = step >> 1; y < picture.height; y += step) {
    for (let x = 0; x < picture.width; x++) {
      const difference = now(x, y) - before(x, y);
      sums.differences += difference;
      sums.differenceSquares += difference ** 2;
      sums.differenceCount++;
      if (x < 1 || y < 1 || x > picture.width - 2 || y > picture.height - 2) continue;
      const column = (at: number) => now(at, y - 1) + 2 * now(at, y) + now(at, y + 1);
      const row = (at: number) => now(x - 1, at) + 2 * now(x, at) + now(x + 1, at);
      const gradient = Math.hypot(column(x + 1) - column(x - 1), row(y + 1) - row(y - 1));
      sums.gradients += gradient;
      sums.gradientSquares += gradient ** 2;
      sums.gradientCount++;
    }
  }
  return sums;
}

function expectNear(found: object, expected: object): void {
  const near = Object.entries(expected).map(([name, value]) => [
    name,
    expect.closeTo(value, 5 - Math.log10(Math.abs(value) + 10)),
  ]);
  expect(found).toEqual(Object.fromEntries(near));
}

it("the information kernel agrees with a plain loop on random planes of any size, padding and depth", () => {
  fc.assert(
    fc.property(pictures, (picture) => {
      const { now, before } = placed(picture);
      const bitDepth = Math.log2(picture.peak + 1);
      const found = kernels.measureInformation(now, before, bitDepth);
      expectNear(found, plainInformation(picture, informationStep(picture.height), bitDepth));
    }),
    { numRuns: 300 },
  );
});

it("the information kernel measures every fourth row of 1080", () => {
  expect([informationStep(144), informationStep(539), informationStep(1080), informationStep(2160)]).toEqual([1, 1, 4, 8]);
});
