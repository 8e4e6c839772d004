import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openKernels } from "../../../src/analyzers/kernels/index.js";
import type { Plane } from "../../../src/decoder/index.js";

const factors = { toRed: 1.5397, fromGreenBlue: 0.1832, fromGreenRed: 0.4577, toBlue: 1.8142 };
const low = 20;
const high = 984;
const kernels = openKernels();

interface Format {
  readonly across: number;
  readonly down: number;
  readonly gray?: boolean;
}

const formats: readonly Format[] = [
  { across: 1, down: 1 },
  { across: 1, down: 0 },
  { across: 0, down: 0 },
  { across: 2, down: 0 },
  { across: 0, down: 0, gray: true },
];

/** Random planes of a picture, in the kernels' memory. */
function picture(width: number, height: number, depth: number, { across, down, gray = false }: Format, seed: number): Plane[] {
  const bytes = depth > 8 ? 2 : 1;
  const shapes = [
    [width, height],
    ...(gray ? [] : [0, 1].map(() => [Math.ceil(width / 2 ** across), Math.ceil(height / 2 ** down)])),
  ];
  const sizes = shapes.map(([w = 0, h = 0]) => w * h * bytes);
  const memory = kernels.memory.frame(
    0,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  let at = 0;
  let state = seed >>> 0;
  return shapes.map(([w = 0, h = 0], index) => {
    const data = memory.subarray(at, (at += sizes[index] ?? 0));
    for (let n = 0; n < w * h; n++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const sample = state >>> (32 - depth);
      data[n * bytes] = sample & 255;
      if (bytes === 2) data[2 * n + 1] = sample >> 8;
    }
    return { data, width: w, height: h, stride: w * bytes };
  });
}

/** The same counts, block by block. */
function plainCounts(planes: readonly Plane[], depth: number, { across, down }: Format) {
  const [luma, blue, red] = planes;
  const sample = (plane: Plane | undefined, x: number, y: number): number => {
    if (plane === undefined) return 2 ** (depth - 1);
    const at = y * plane.stride + x * (depth > 8 ? 2 : 1);
    return (plane.data[at] ?? 0) + (depth > 8 ? 256 * (plane.data[at + 1] ?? 0) : 0);
  };
  const columns = (luma?.width ?? 0) >> 1;
  const rows = (luma?.height ?? 0) >> 1;
  const counts = { blocks: 0, outside: 0, below: 0, above: 0 };
  const loss = Math.max(0, depth - 14);
  const twelve = (value: number): number => (depth > 12 ? value >> (depth - 12) : value << (12 - depth));
  const times = (chroma: number, factor: number): number => Math.floor((chroma * Math.round(factor * 8192)) / 32768 + 0.5);
  for (let j = 0; j < rows; j += 2) {
    for (let i = 0; i < columns; i++) {
      counts.blocks++;
      let sum = 0;
      for (const [x, y] of [
        [0, 0],
        [1, 0],
        [0, 1],
        [1, 1],
      ] as const)
        sum += sample(luma, 2 * i + x, 2 * j + y) >> loss;
      const y = sum >> (depth - 8 - loss);
      const chroma = (plane: Plane | undefined): number => {
        const row = (2 * j) >> down;
        const first = twelve(sample(plane, (2 * i) >> across, row));
        return (across > 0 || plane === undefined ? first : (first + twelve(sample(plane, 2 * i + 1, row))) >> 1) - 2048;
      };
      const cb = chroma(blue);
      const cr = chroma(red);
      const green = y - times(cb, factors.fromGreenBlue) - times(cr, factors.fromGreenRed);
      const levels = [y, y + times(cr, factors.toRed), green, y + times(cb, factors.toBlue)];
      const isBelow = Math.min(...levels) < low;
      const isAbove = Math.max(...levels) > high;
      counts.below += Number(isBelow);
      counts.above += Number(isAbove);
      counts.outside += Number(isBelow || isAbove);
    }
  }
  return counts;
}

describe("the gamut kernel", () => {
  it("equals a plain loop on random pictures of any size, depth and chroma", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 1, max: 12 }),
        fc.constantFrom(8, 10, 12, 16),
        fc.constantFrom(...formats),
        fc.integer(),
        (width, height, depth, format, seed) => {
          const planes = picture(width, height, depth, format, seed);
          expect(kernels.countOutside(planes, depth, factors, low, high)).toEqual(plainCounts(planes, depth, format));
        },
      ),
      { numRuns: 300 },
    );
  });
});
