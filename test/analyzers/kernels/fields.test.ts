import fc from "fast-check";
import { expect, it } from "vitest";
import { fieldsStep } from "../../../src/analyzers/kernels/fields.js";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** idet's sums over samples that moved, one sample after the other. */
function plainFields(picture: Picture, step: number, bitDepth: number, moved: number) {
  const shift = Math.max(0, bitDepth - 12);
  const limit = moved * 2 ** (bitDepth - 8 - shift);
  const sums = {
    topFirst: 0,
    bottomFirst: 0,
    comb: 0,
    withinField: 0,
    topChange: 0,
    bottomChange: 0,
    movedSamples: 0,
    samples: 0,
  };
  for (let block = 0; block * step + 4 < picture.height; block++) {
    const first = 2 + block * step + 2 * (block % (step / 2));
    for (let y = first; y < Math.min(first + 2, picture.height - 2); y++) {
      for (let x = 0; x < picture.width; x++) {
        const now = (row: number) => sampleAt(picture, picture.now, x, row) >> shift;
        const before = (row: number) => sampleAt(picture, picture.before, x, row) >> shift;
        const isTop = y % 2 === 0;
        const change = Math.abs(now(y) - before(y));
        sums.samples++;
        sums[isTop ? "topChange" : "bottomChange"] += change * 2 ** shift;
        if (change < limit) continue;
        sums.movedSamples++;
        const around = now(y - 1) + now(y + 1);
        const aroundBefore = before(y - 1) + before(y + 1);
        sums[isTop ? "topFirst" : "bottomFirst"] += Math.abs(around - 2 * before(y)) * 2 ** shift;
        sums[isTop ? "bottomFirst" : "topFirst"] += Math.abs(aroundBefore - 2 * now(y)) * 2 ** shift;
        sums.comb += (Math.abs(around - 2 * now(y)) + Math.abs(aroundBefore - 2 * before(y))) * 2 ** shift;
        const inField = Math.abs(now(y - 2) + now(y + 2) - 2 * now(y));
        const inFieldBefore = Math.abs(before(y - 2) + before(y + 2) - 2 * before(y));
        sums.withinField += (inField + inFieldBefore) * 2 ** shift;
      }
    }
  }
  return sums;
}

const bitDepthOf = ({ peak }: Picture): number => Math.log2(peak + 1);

it("the fields kernel equals a plain loop on random planes of any size, padding and depth", () => {
  fc.assert(
    fc.property(pictures, fc.integer({ min: 1, max: 40 }), (picture, moved) => {
      const { now, before } = placed(picture);
      const found = kernels.measureFields(now, before, bitDepthOf(picture), moved);
      expect(found).toEqual(plainFields(picture, fieldsStep(picture.height), bitDepthOf(picture), moved));
    }),
    { numRuns: 300 },
  );
});

it("the fields kernel looks at pairs of rows from all over a high picture", () => {
  const picture: Picture = {
    width: 9,
    height: 1081,
    stride: 9,
    bytesPerSample: 1,
    now: Uint8Array.from({ length: 9 * 1081 }, (_, at) => (at * 7919) % 251),
    before: Uint8Array.from({ length: 9 * 1081 }, (_, at) => (at * 104729) % 241),
    peak: 255,
  };
  const { now, before } = placed(picture);
  expect(kernels.measureFields(now, before, 8, 10)).toEqual(plainFields(picture, 12, 8, 10));
});
