import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

/** Each target pixel is the mean of what it covers, weighted by the area covered. */
function plainScale(picture: Picture, width: number, height: number, black: number, white: number): number[] {
  const pixels: number[] = [];
  const shared = (source: number, sources: number, target: number, targets: number): number =>
    Math.max(0, Math.min((source + 1) * targets, (target + 1) * sources) - Math.max(source * targets, target * sources));
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      let sum = 0;
      for (let y = 0; y < picture.height; y++) {
        for (let x = 0; x < picture.width; x++) {
          const area = shared(x, picture.width, i, width) * shared(y, picture.height, j, height);
          sum += area * sampleAt(picture, picture.now, x, y);
        }
      }
      const areas = picture.width * picture.height;
      pixels.push(
        Math.min(
          255,
          Math.max(0, Math.floor(((sum - black * areas) * 510 + (white - black) * areas) / (2 * (white - black) * areas))),
        ),
      );
    }
  }
  return pixels;
}

describe("the scaling kernel", () => {
  it("equals plain area weights on random planes, making them smaller or larger", () => {
    const size = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(pictures, size, size, fc.boolean(), (picture, width, height, fullRange) => {
        const scale = (picture.peak + 1) / 256;
        const black = fullRange ? 0 : 16 * scale;
        const white = fullRange ? picture.peak : 235 * scale;
        const { now } = placed(picture);
        const image = kernels.scalePlane(now, picture.bytesPerSample, { width, height, black, white });
        expect([...image]).toEqual(plainScale(picture, width, height, black, white));
      }),
      { numRuns: 150 },
    );
  });

  it("refuses an image larger than its scratch memory", () => {
    const data = kernels.memory.frame(0, 4);
    const scaling = { width: 4096, height: 4096, black: 0, white: 255 };
    expect(() => kernels.scalePlane({ data, width: 2, height: 2, stride: 2 }, 1, scaling)).toThrow("4096x4096");
  });
});
