import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** Column and row of every isolated sample. */
function plainDots(picture: Picture, threshold: number): number[] {
  const lanes = 16 / picture.bytesPerSample;
  const places: number[] = [];
  if (picture.width < lanes + 4) return places;
  const at = (x: number, y: number) => sampleAt(picture, picture.now, x, y);
  for (let y = 2; y < picture.height - 2; y++) {
    for (let x = 2; x < picture.width - 2; x++) {
      const others = [-2, 0, 2].flatMap((down) => [-2, 0, 2].map((right) => [right, down] as const));
      const around = others.filter(([right, down]) => right !== 0 || down !== 0).map(([right, down]) => at(x + right, y + down));
      const now = at(x, y);
      if (now - Math.max(...around) > threshold || Math.min(...around) - now > threshold) places.push(x, y);
    }
  }
  return places;
}

describe("the dots kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 0, max: 60 }), (picture, share) => {
        const threshold = Math.floor((picture.peak * share) / 255);
        const { now } = placed(picture);
        const { count, places } = kernels.findDots(now, picture.bytesPerSample, threshold);
        const expected = plainDots(picture, threshold);
        expect([...places]).toEqual(expected);
        expect(count).toBe(expected.length / 2);
      }),
      { numRuns: 300 },
    );
  });
});
