import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LumaSums, openKernels } from "../../../src/analyzers/kernels/index.js";
import type { Plane } from "../../../src/decoder/index.js";

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
  readonly bytesPerSample: 1 | 2;
  /** Rows of `stride` bytes; what lies behind a row's samples is padding, which nobody may count. */
  readonly now: Uint8Array;
  readonly before: Uint8Array;
  readonly peak: number;
}

/** Two random planes of one random shape, 8, 10 or 16 bit; a third of them flat, as pictures often are. */
const pictures: fc.Arbitrary<Picture> = fc
  .record({
    width: fc.integer({ min: 1, max: 70 }),
    height: fc.integer({ min: 1, max: 9 }),
    padding: fc.integer({ min: 0, max: 9 }),
    depth: fc.constantFrom(8, 10, 16),
    flat: fc.constantFrom(undefined, undefined, 0, 255),
    seed: fc.integer(),
  })
  .map(({ width, height, padding, depth, flat, seed }) => {
    const bytesPerSample = depth > 8 ? 2 : 1;
    const stride = width * bytesPerSample + padding;
    const peak = 2 ** depth - 1;
    const plane = (salt: number): Uint8Array => {
      const data = new Uint8Array(stride * height);
      const random = numbers(seed + salt);
      for (let at = 0; at < data.length; at++) data[at] = flat ?? random();
      if (bytesPerSample === 2) {
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const at = y * stride + 2 * x + 1;
            data[at] = (data[at] ?? 0) & (peak >> 8);
          }
        }
      }
      return data;
    };
    return { width, height, stride, bytesPerSample, now: plane(0), before: plane(1), peak };
  });

/** Bytes from a small generator, so that failures print a seed and not a picture. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  };
}

const kernels = openKernels();

function placed(picture: Picture): { now: Plane; before: Plane } {
  const plane = (slot: 0 | 1, data: Uint8Array): Plane => {
    const memory = kernels.memory.frame(slot, data.length);
    memory.set(data);
    return { data: memory, width: picture.width, height: picture.height, stride: picture.stride };
  };
  // The larger request first: memory that grows voids the views given before.
  const before = plane(0, picture.before);
  return { now: plane(1, picture.now), before };
}

function sampleAt({ stride, bytesPerSample }: Picture, data: Uint8Array, x: number, y: number): number {
  const at = y * stride + x * bytesPerSample;
  return (data[at] ?? 0) + (bytesPerSample === 2 ? 256 * (data[at + 1] ?? 0) : 0);
}

function plainLuma(picture: Picture, darkLimit: number): LumaSums {
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

describe("the luma kernel", () => {
  it("equals two plain loops on random planes of any width, padding and depth", () => {
    fc.assert(
      fc.property(pictures, fc.integer({ min: 0, max: 65535 }), (picture, limit) => {
        const darkLimit = limit & picture.peak;
        const { now, before } = placed(picture);
        expect(kernels.measureLuma(now, before, picture.bytesPerSample, darkLimit)).toEqual(plainLuma(picture, darkLimit));
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

describe("the difference kernel", () => {
  it("equals a plain loop on random planes", () => {
    fc.assert(
      fc.property(pictures, (picture) => {
        const { now, before } = placed(picture);
        expect(kernels.sumDifferences(now, before, picture.bytesPerSample)).toBe(plainLuma(picture, 0).difference);
      }),
      { numRuns: 200 },
    );
  });
});

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

describe("the frames' memory", () => {
  it("keeps both slots apart, also after it has grown", () => {
    const { memory } = openKernels();
    memory.frame(0, 100).fill(1);
    memory.frame(1, 5_000_001).fill(2);
    memory.frame(0, 5_000_001).fill(1);
    expect(memory.frame(1, 5_000_001).every((byte) => byte === 2)).toBe(true);
  });

  it("refuses planes that lie elsewhere or are shorter than their shape", () => {
    const elsewhere = { data: new Uint8Array(16), width: 4, height: 4, stride: 4 };
    expect(() => kernels.measureLuma(elsewhere, undefined, 1, 0)).toThrow(RangeError);
    const short = { data: kernels.memory.frame(0, 15), width: 4, height: 4, stride: 4 };
    expect(() => kernels.measureLuma(short, undefined, 1, 0)).toThrow(RangeError);
  });
});
