import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolatorTaps, openInterpolation, openWeighing, type PairWeights } from "../../../src/analyzers/kernels/sound.js";

const longest = 64;
const samples = fc.float32Array({ min: -2, max: 2, noNaN: true, maxLength: longest });
const windows = fc.array(samples, { minLength: 1, maxLength: 6 });
const coefficient = fc.double({ min: -0.4, max: 0.4, noNaN: true });
const sections = fc
  .tuple(coefficient, coefficient, coefficient, coefficient, coefficient, coefficient, coefficient)
  .map(([b0, b1, b2, a1, a2, c1, c2]) => ({
    first: { b: [b0, b1, b2] as const, a: [a1, a2] as const },
    second: { a: [c1, c2] as const },
  }));

/** The difference equation, over everything at once. */
function section(x: readonly number[], [b0, b1, b2]: readonly number[], [a1, a2]: readonly number[]): number[] {
  const y: number[] = [];
  const at = (values: readonly number[], n: number): number => values[n] ?? 0;
  for (let n = 0; n < x.length; n++) {
    const fed = (b0 ?? 0) * at(x, n) + (b1 ?? 0) * at(x, n - 1) + (b2 ?? 0) * at(x, n - 2);
    y.push(fed - (a1 ?? 0) * at(y, n - 1) - (a2 ?? 0) * at(y, n - 2));
  }
  return y;
}

describe("the weighing kernel", () => {
  it("gives the energy that the two difference equations give, window by window", () => {
    fc.assert(
      fc.property(windows, sections, (parts, { first, second }) => {
        const weigh = openWeighing(2, longest, { first, second });
        const expected = section(
          section(
            parts.flatMap((part) => [...part]),
            first.b,
            first.a,
          ),
          [1, -2, 1],
          second.a,
        );
        let at = 0;
        for (const part of parts) {
          const energy = expected.slice(at, at + part.length).reduce((sum, value) => sum + value * value, 0);
          at += part.length;
          weigh(
            0,
            part.map((sample) => -2 * sample),
          );
          expect(weigh(1, part)).toBeCloseTo(energy, 9);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("forgets a sample that is no number", () => {
    const weigh = openWeighing(1, 4, { first: { b: [1, 0, 0], a: [-0.5, 0] }, second: { a: [0, 0] } });
    expect(weigh(0, Float32Array.of(NaN, Infinity, -Infinity, 0))).toBe(0);
    expect(weigh(0, Float32Array.of(1, 0, 0, 0))).toBeGreaterThan(0);
  });

  it("takes no more samples than there is room for", () => {
    const weigh = openWeighing(1, 4, { first: { b: [1, 0, 0], a: [0, 0] }, second: { a: [0, 0] } });
    expect(() => weigh(0, new Float32Array(5))).toThrow(RangeError);
    expect(() => weigh(1, new Float32Array(4))).toThrow(RangeError);
  });
});

describe("the interpolating kernel", () => {
  const weight = fc.float({ min: -1, max: 1, noNaN: true });
  const pairs = fc.array(fc.record({ half: weight, even: weight, odd: weight }), {
    minLength: interpolatorTaps / 2,
    maxLength: interpolatorTaps / 2,
  });

  it("gives the largest of all samples and of the points that the taps make", () => {
    fc.assert(
      fc.property(windows, pairs, (parts, weights) => {
        const largest = openInterpolation(2, longest, weights);
        const all = parts.flatMap((part) => [...part]);
        let at = 0;
        for (const part of parts) {
          largest(0, new Float32Array(part.length).fill(9));
          const expected = Math.max(0, ...Array.from(part, (_, n) => pointsAt(all, at + n, weights)));
          at += part.length;
          expect(largest(1, part)).toBeCloseTo(expected, 4);
        }
      }),
      { numRuns: 100 },
    );
  });
});

/** The largest of one sample and of the three points that are ready with it. */
function pointsAt(all: readonly number[], newest: number, weights: readonly PairWeights[]): number {
  let [half, quarter, threeQuarters] = [0, 0, 0];
  for (const [pair, weight] of weights.entries()) {
    const older = all[newest - (interpolatorTaps - 1) + pair] ?? 0;
    const newer = all[newest - pair] ?? 0;
    half += weight.half * (older + newer);
    quarter += (weight.even + weight.odd) * older + (weight.even - weight.odd) * newer;
    threeQuarters += (weight.even - weight.odd) * older + (weight.even + weight.odd) * newer;
  }
  return Math.max(...[all[newest] ?? 0, half, quarter, threeQuarters].map(Math.abs));
}
