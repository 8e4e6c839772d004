import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

const reach = 16;

function plainEcho(picture: Picture, strong: number, weak: number): { edges: number; agreements: number[] } {
  const agreements = Array.from({ length: 2 * reach }, () => 0);
  let edges = 0;
  for (let y = 0; y < picture.height; y++) {
    const at = (x: number) => sampleAt(picture, picture.now, x, y);
    const step = (x: number) => at(x + 1) - at(x - 1);
    const sign = (x: number) => (x < 1 ? 0 : step(x) >= weak ? 1 : step(x) <= -weak ? -1 : 0);
    for (let x = reach; x < picture.width - reach; x++) {
      const size = Math.abs(step(x));
      if (size < strong || size < Math.abs(step(x - 1)) || size <= Math.abs(step(x + 1))) continue;
      edges++;
      for (let d = 0; d < 2 * reach; d++) agreements[d] = (agreements[d] ?? 0) + Math.sign(step(x)) * sign(x + d - reach);
    }
  }
  return { edges, agreements };
}

describe("the echo kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const strongStep = Math.ceil(picture.peak / 4);
        const weakStep = Math.ceil(picture.peak / 30);
        const search = { firstRow: 0, rowStep: 1, rows: picture.height, reach, strongStep, weakStep };
        const { edges, agreements } = kernels.measureEcho(placed(picture).now, picture.bytesPerSample, search);
        expect({ edges, agreements: [...agreements] }).toEqual(plainEcho(picture, strongStep, weakStep));
      }),
      { numRuns: 200 },
    );
  });
});
