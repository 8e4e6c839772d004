/** Random planes for comparing kernels with plain loops. */
import fc from "fast-check";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import type { Plane } from "../../../src/decoder/index.js";

export interface Picture {
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
export const pictures: fc.Arbitrary<Picture> = fc
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

export const kernels = openKernels();

/** Puts both planes of a picture into the kernels' memory. */
export function placed(picture: Picture): { now: Plane; before: Plane } {
  const plane = (slot: 0 | 1, data: Uint8Array): Plane => {
    const memory = kernels.memory.frame(slot, data.length);
    memory.set(data);
    return { data: memory, width: picture.width, height: picture.height, stride: picture.stride };
  };
  // The larger request first: memory that grows voids the views given before.
  const before = plane(0, picture.before);
  return { now: plane(1, picture.now), before };
}

/** The sample at a place of `picture.now` or `picture.before`. */
export function sampleAt({ stride, bytesPerSample }: Picture, data: Uint8Array, x: number, y: number): number {
  const at = y * stride + x * bytesPerSample;
  return (data[at] ?? 0) + (bytesPerSample === 2 ? 256 * (data[at + 1] ?? 0) : 0);
}
