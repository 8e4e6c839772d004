import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Cells, type LightPlaces, type LightScale, openKernels, tableSteps } from "../../../src/analyzers/kernels/index.js";
import type { Plane } from "../../../src/decoder/index.js";

const single = Math.fround;

/** Single precision, step by step as the kernel works. */
function plainLight(
  luma: Cells,
  chroma: readonly [Cells, Cells] | undefined,
  { shares, places, chromaShares }: LightPlaces,
  { table, black, white, gray, factors, weights, flatDeviation, saturatedRed }: LightScale,
) {
  const scale = single(1 / (white - black));
  const times = (a: number, b: number): number => single(single(a) * single(b));
  const plus = (a: number, b: number): number => single(single(a) + single(b));
  const lookUp = (code: number): number => {
    const step = plus(times(code, tableSteps - 1), 0.5);
    return table[Math.trunc(Math.min(tableSteps - 1, Math.max(0, step)))] ?? Number.NaN;
  };
  const found = Array.from({ length: luma.columns * luma.rows }, (_, cell) => {
    const share = shares[cell] ?? 0;
    const mean = times(luma.sums[cell] ?? 0, share);
    const variance = Math.max(0, plus(times(luma.squares[cell] ?? 0, share), -times(mean, mean)));
    const measured = times(Math.sqrt(variance), scale);
    const deviation = measured >= single(flatDeviation) ? measured : 0;
    const code = times(plus(mean, -black), scale);
    const colorOf = (plane: Cells | undefined): number =>
      plane === undefined ? 0 : times(plus(times(plane.sums[places[cell] ?? 0] ?? 0, chromaShares[cell] ?? 0), -gray), scale);
    const [cb, cr] = [colorOf(chroma?.[0]), colorOf(chroma?.[1])];
    const codes = [
      plus(code, times(factors.toRed, cr)),
      plus(plus(code, -times(factors.fromGreenBlue, cb)), -times(factors.fromGreenRed, cr)),
      plus(code, times(factors.toBlue, cb)),
    ];
    const [red = 0, green = 0, blue = 0] = codes.map((of) =>
      times(plus(lookUp(plus(of, -deviation)), lookUp(plus(of, deviation))), 0.5),
    );
    const others = plus(green, blue);
    const isRed = red > 0 && red >= times(saturatedRed, plus(red, others));
    return {
      luminance: plus(plus(times(weights[0], red), times(weights[1], green)), times(weights[2], blue)),
      red: isRed ? Math.max(0, plus(Math.min(1, red), -others)) : 0,
      isRed,
    };
  });
  return {
    luminance: found.map(({ luminance }) => luminance),
    red: found.map(({ red }) => red),
    isRed: found.some(({ isRed }) => isRed),
  };
}

/** Even values, and in between steps of `table` that differ, so that a wrong step is seen. */
const scaleOf = (bitDepth: number): LightScale => ({
  table: Float32Array.from({ length: tableSteps }, (_, step) => (step / (tableSteps - 1)) ** 2.2),
  black: 16 * 2 ** (bitDepth - 8),
  white: 235 * 2 ** (bitDepth - 8),
  gray: 2 ** (bitDepth - 1),
  factors: { toRed: 1.54, fromGreenBlue: 0.18, fromGreenRed: 0.46, toBlue: 1.81 },
  weights: [0.2126, 0.7152, 0.0722],
  flatDeviation: 0.01,
  saturatedRed: 0.8,
});

describe("the light kernel", () => {
  it("equals a plain loop on random cells of any number, with chroma and without", () => {
    const kernels = openKernels();
    fc.assert(
      fc.property(
        fc.record({
          width: fc.integer({ min: 1, max: 90 }),
          height: fc.integer({ min: 1, max: 40 }),
          hasChroma: fc.boolean(),
          levels: fc.constantFrom([0, 255], [60, 66], [16, 16], [235, 235]),
          color: fc.constantFrom([0, 255], [128, 128], [90, 240]),
          seed: fc.integer(),
        }),
        ({ width, height, hasChroma, levels, color, seed }) => {
          const data = kernels.memory.frame(0, 3 * 90 * 40);
          let state = seed >>> 0;
          const planeOf = (place: number, [least = 0, most = 0]: readonly number[], step: number): Plane => {
            const plane = { width: Math.ceil(width / step), height: Math.ceil(height / step), stride: 90 };
            const samples = data.subarray(place * 90 * 40, (place + 1) * 90 * 40);
            for (let at = 0; at < samples.length; at++) {
              state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
              samples[at] = least + ((state >>> 16) % (most - least + 1));
            }
            return { ...plane, data: samples };
          };
          const luma = kernels.measureCells(planeOf(0, levels, 1), undefined, 1, 0, 16, 16);
          const blue = kernels.measureCells(planeOf(1, [255 - (color[1] ?? 0), 255 - (color[0] ?? 0)], 2), undefined, 1, 1, 8, 8);
          const red = kernels.measureCells(planeOf(2, color, 2), undefined, 1, 2, 8, 8);
          const cells = { length: luma.columns * luma.rows };
          const places = {
            shares: Float32Array.from(cells, () => 1 / 256),
            places: Uint32Array.from(cells, (_, at) => cells.length - 1 - at),
            chromaShares: Float32Array.from(cells, () => 1 / 64),
          };
          const chroma = hasChroma ? ([blue, red] as const) : undefined;
          const scale = scaleOf(8);
          const found = kernels.measureLight(luma, chroma, places, scale);
          expect({ ...found, luminance: [...found.luminance], red: [...found.red] }).toEqual(
            plainLight(luma, chroma, places, scale),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("tells whether any cell is a saturated red", () => {
    const kernels = openKernels();
    const data = kernels.memory.frame(0, 3 * 256);
    const plane = (place: number, level: number): Plane => ({
      data: data.subarray(256 * place, 256 * (place + 1)).fill(level),
      width: 16,
      height: 16,
      stride: 16,
    });
    const luma = kernels.measureCells(plane(0, 63), undefined, 1, 0, 16, 16);
    const places = { shares: Float32Array.of(1 / 256), places: Uint32Array.of(0), chromaShares: Float32Array.of(1 / 256) };
    const isRed = (blue: number, red: number): boolean => {
      const chroma = [
        kernels.measureCells(plane(1, blue), undefined, 1, 1, 16, 16),
        kernels.measureCells(plane(2, red), undefined, 1, 2, 16, 16),
      ] as const;
      return kernels.measureLight(luma, chroma, places, scaleOf(8)).isRed;
    };
    expect([isRed(102, 240), isRed(128, 128)]).toEqual([true, false]);
  });
});
