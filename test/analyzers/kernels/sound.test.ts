import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { interpolatorTaps, openSoundKernels } from "../../../src/analyzers/kernels/sound.js";
import { openInterpolation, openWeighing, type PairWeights } from "../../../src/analyzers/kernels/sound-filters.js";

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
        const sound = openSoundKernels(3, longest);
        const weigh = openWeighing(sound, [1, 0, 2], { first, second });
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
          sound.place([part.map((sample) => -2 * sample), part, part]);
          const [one = Number.NaN, other = Number.NaN, last = Number.NaN] = weigh();
          expect([one, last]).toEqual([expect.closeTo(energy, 9), expect.closeTo(energy, 9)]);
          expect(other).toBeCloseTo(4 * energy, 8);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("forgets a sample that is no number", () => {
    const sound = openSoundKernels(1, 4);
    const weigh = openWeighing(sound, [0], { first: { b: [1, 0, 0], a: [-0.5, 0] }, second: { a: [0, 0] } });
    sound.place([Float32Array.of(NaN, Infinity, -Infinity, 0)]);
    expect(weigh()[0]).toBe(0);
    sound.place([Float32Array.of(1, 0, 0, 0)]);
    expect(weigh()[0]).toBeGreaterThan(0);
  });
});

describe("a window of sound", () => {
  it("is as long and has as many channels as there is room for", () => {
    const sound = openSoundKernels(1, 4);
    expect(() => sound.place([new Float32Array(5)])).toThrow(RangeError);
    expect(() => sound.place([new Float32Array(4), new Float32Array(4)])).toThrow(RangeError);
    expect(() => openSoundKernels(1, 4).reserve(100_000)).toThrow(RangeError);
  });

  it("is summed up", () => {
    fc.assert(
      fc.property(samples, (window) => {
        const sound = openSoundKernels(2, longest);
        sound.place([new Float32Array(window.length).fill(1), window]);
        const all = [...window];
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        expect(sound.sums[1]).toEqual({
          peak: Math.max(0, ...all.map(Math.abs)),
          maximum: Math.max(...all),
          minimum: Math.min(...all),
          energy: expect.closeTo(sum(all.map((value) => value * value)), 9),
          sum: expect.closeTo(sum(all), 9),
          zeros: all.filter((value) => value === 0).length,
        });
        expect(sound.exports.sumProducts(sound.addressOf(0), sound.addressOf(1), sound.count)).toBeCloseTo(sum(all), 9);
      }),
      { numRuns: 100 },
    );
  });

  it("with samples that are no numbers has no energy, and other sums that are those of the rest", () => {
    const sound = openSoundKernels(1, 8);
    sound.place([Float32Array.of(0.5, NaN, -0.25, 0, 0, 0, NaN)]);
    expect(sound.sums).toEqual([{ peak: 0.5, maximum: 0.5, minimum: -0.25, energy: NaN, sum: NaN, zeros: 3 }]);
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
        const sound = openSoundKernels(2, longest);
        const largest = openInterpolation(sound, weights);
        const all = parts.flatMap((part) => [...part]);
        let at = 0;
        for (const part of parts) {
          sound.place([new Float32Array(part.length).fill(9), part]);
          const expected = Math.max(0, ...Array.from(part, (_, n) => pointsAt(all, at + n, weights)));
          at += part.length;
          expect(largest(1)).toBeCloseTo(expected, 4);
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
