import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { blockPictures, kernels, type Picture, pictures, placed, sampleAt } from "./pictures.js";

const margin = 4;

/** The profiles, sample by sample. */
function plainProfiles(picture: Picture, smallest: number, largest: number, lineStep: number) {
  const { width, height } = picture;
  const end = picture.bytesPerSample === 1 ? 255 : 65535;
  const sample = (x: number, y: number) => sampleAt(picture, picture.now, x, y);
  const isStep = (far: number, before: number, after: number, beyond: number): boolean => {
    const step = Math.abs(after - before);
    const beside = Math.max(Math.abs(before - far), Math.abs(beyond - after));
    return step >= smallest && step <= largest && step > Math.min(end, 2 * beside);
  };
  const columns = Array.from({ length: width }, () => 0);
  const rows = Array.from({ length: height }, () => 0);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (y % lineStep === 0 && x >= margin && x < width - margin) {
        if (isStep(sample(x - 4, y), sample(x - 2, y), sample(x + 1, y), sample(x + 3, y))) columns[x] = (columns[x] ?? 0) + 1;
      }
      const stretch = Math.floor(x / 16);
      if (stretch % lineStep === 0 && 16 * stretch + 16 <= width && y >= margin && y < height - margin) {
        if (isStep(sample(x, y - 4), sample(x, y - 2), sample(x, y + 1), sample(x, y + 3))) rows[y] = (rows[y] ?? 0) + 1;
      }
    }
  }
  return {
    columns,
    rows,
    samplesOfColumn: Math.ceil(height / lineStep),
    samplesOfRow: 16 * Math.ceil(Math.floor(width / 16) / lineStep),
  };
}

describe("the step profiles kernel", () => {
  it("equals a plain loop on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(
        fc.oneof(blockPictures, pictures),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 0, max: 225 }),
        fc.integer({ min: 1, max: 3 }),
        (picture, least, room, lineStep) => {
          const scale = (picture.peak + 1) / 256;
          const smallest = least * scale;
          const largest = Math.min(picture.peak, (least + room) * scale);
          const profiles = kernels.measureStepProfiles(
            placed(picture).now,
            picture.bytesPerSample,
            { smallest, largest },
            lineStep,
          );
          expect({ ...profiles, columns: [...profiles.columns], rows: [...profiles.rows] }).toEqual(
            plainProfiles(picture, smallest, largest, lineStep),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("counts more rows than fit a byte", () => {
    const [width, height] = [48, 700];
    const data = kernels.memory.frame(0, width * height).map((_, at) => (at % width < 24 ? 80 : 90));
    const plane = { data: kernels.memory.frame(0, width * height), width, height, stride: width };
    plane.data.set(data);
    const { columns } = kernels.measureStepProfiles(plane, 1, { smallest: 4, largest: 40 }, 1);
    expect([...columns.subarray(22, 27)]).toEqual([0, 700, 700, 700, 0]);
  });
});
