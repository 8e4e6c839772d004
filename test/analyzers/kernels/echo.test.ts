import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

const reach = 16;

function plainEcho(picture: Picture, strong: number, weak: number): { edges: number; agreements: number[] } {
  const agreements = Array.from({ length: 2 * reach }, () => 0);
  const scale = (picture.peak + 1) / 256;
  let edges = 0;
  for (let y = 0; y < picture.height; y++) {
    const at = (x: number) => sampleAt(picture, picture.now, x, y);
    const step = (x: number) => (x < 1 || x >= picture.width - 1 ? 0 : at(x + 1) - at(x - 1));
    const size = (x: number) => Math.min(127, Math.floor(Math.abs(step(x)) / scale));
    for (let x = reach; x < picture.width - reach; x++) {
      if (size(x) < strong || size(x) < size(x - 1) || size(x) <= size(x + 1)) continue;
      edges++;
      for (let d = 0; d < 2 * reach; d++) {
        const beside = x + d - reach;
        if (size(beside) < weak || size(beside) >= size(x)) continue;
        agreements[d] = (agreements[d] ?? 0) + Math.sign(step(x)) * Math.sign(step(beside));
      }
    }
  }
  return { edges, agreements };
}

describe("the echo kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const search = { firstRow: 0, rowStep: 1, rows: picture.height, reach, strongStep: 60, weakStep: 8 };
        const bitDepth = Math.log2(picture.peak + 1);
        const { edges, agreements } = kernels.measureEcho(placed(picture).now, bitDepth, search);
        expect({ edges, agreements: [...agreements] }).toEqual(plainEcho(picture, 60, 8));
      }),
      { numRuns: 200 },
    );
  });
});
