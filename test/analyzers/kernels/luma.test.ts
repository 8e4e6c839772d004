import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LumaSums, openKernels } from "../../../src/analyzers/kernels/index.js";
import { blockPictures, kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

function plainLuma(picture: Picture, darkLimit: number): Omit<LumaSums, "cells"> {
  let sum = 0,
    darkSamples = 0,
    difference = 0,
    gradient = 0,
    minimum = Infinity,
    maximum = 0;
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const now = sampleAt(picture, picture.now, x, y);
      sum += now;
      darkSamples += now <= darkLimit ? 1 : 0;
      difference += Math.abs(now - sampleAt(picture, picture.before, x, y));
      if (x + 1 < picture.width) gradient += Math.abs(now - sampleAt(picture, picture.now, x + 1, y));
      if (y + 1 < picture.height) gradient += Math.abs(now - sampleAt(picture, picture.now, x, y + 1));
      minimum = Math.min(minimum, now);
      maximum = Math.max(maximum, now);
    }
  }
  return { sum, darkSamples, difference, gradient, minimum, maximum };
}

describe("the luma kernel", () => {
  it("equals two plain loops on random planes of any width, padding and depth, and gives the cells that the kernel for them does", () => {
    fc.assert(
      fc.property(fc.oneof(pictures, blockPictures), fc.integer({ min: 0, max: 65535 }), (picture, limit) => {
        const darkLimit = limit & picture.peak;
        const { now, before } = placed(picture);
        const { cells, ...sums } = kernels.measureLuma(now, before, picture.bytesPerSample, darkLimit);
        expect(sums).toEqual(plainLuma(picture, darkLimit));
        expect(cells).toEqual(kernels.measureCells(now, before, picture.bytesPerSample, 0, 16, 16));
      }),
      { numRuns: 400 },
    );
  });

  it("has no difference where there is no plane before", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { now } = placed(picture);
        expect(kernels.measureLuma(now, undefined, picture.bytesPerSample, 0).difference).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it.each([1, 2] as const)("holds the sums of a white 8192x4320 plane of %i byte samples", (bytesPerSample) => {
    const own = openKernels();
    const width = 8192,
      height = 4320,
      stride = width * bytesPerSample;
    const data = own.memory.frame(0, stride * height).fill(255);
    const peak = 256 ** bytesPerSample - 1;
    const sums = own.measureLuma({ data, width, height, stride }, undefined, bytesPerSample, peak);
    expect(sums.sum).toBe(peak * width * height);
    expect(sums.darkSamples).toBe(width * height);
  });
});
