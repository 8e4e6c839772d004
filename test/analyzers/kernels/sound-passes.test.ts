import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openSoundKernels } from "../../../src/analyzers/kernels/sound.js";
import { openDecimation } from "../../../src/analyzers/signals/decimation.js";
import { openFlatTops } from "../../../src/analyzers/signals/flat-tops.js";
import { openMovingSum } from "../../../src/analyzers/signals/moving-sum.js";
import { openPlateauTops } from "../../../src/analyzers/signals/plateaus.js";

const longest = 64;
const windows = fc.array(fc.float32Array({ min: -1, max: 1, noNaN: true, minLength: 1, maxLength: longest }), {
  minLength: 1,
  maxLength: 6,
});
const of = (samples: readonly number[]) => (n: number) => samples[n] ?? 0;
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const runs = { numRuns: 100 };

describe("what goes on from window to window", () => {
  it("gives each slot its mean squares, wherever windows end", () => {
    fc.assert(
      fc.property(windows, fc.integer({ min: 8, max: 21 }), (parts, length) => {
        const sound = openSoundKernels(1, longest);
        const [state, slots] = [sound.reserve(7), sound.reserve(6 * 9)];
        const found: number[][] = [];
        for (const part of parts) {
          sound.place([part]);
          const full = sound.exports.sumSlots(sound.addressOf(0), sound.count, length, state.byteOffset, slots.byteOffset);
          for (let slot = 0; slot < full; slot++) found.push([...slots.subarray(6 * slot, 6 * slot + 6)]);
        }
        const all = parts.flatMap((part) => [...part]);
        const at = of(all);
        const squares = all.map((sample, n) => (sample - 2 * at(n - 1) + at(n - 2)) ** 2);
        const expected = Array.from({ length: Math.floor(all.length / length) }, (_, slot) => {
          const own = all.slice(slot * length, (slot + 1) * length);
          const ownSquares = squares.slice(slot * length, (slot + 1) * length);
          const mean = sum(own) / length;
          const same = own.filter((sample, n) => sample === at(slot * length + n - 1)).length / length;
          const energy = sum(own.map((sample) => sample ** 2)) / length - mean ** 2;
          return [energy, sum(ownSquares) / length, Math.max(...ownSquares), mean, same, Math.max(0, ...own)];
        });
        expect(found).toEqual(expected.map((slot) => slot.map((value) => expect.closeTo(value, 5))));
      }),
      runs,
    );
  });

  it("adds up samples as they are weighed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.float({ min: -1, max: 1, noNaN: true }), fc.float({ min: -1, max: 1, noNaN: true })), {
          maxLength: 70,
        }),
        (pairs) => {
          const sound = openSoundKernels(1, longest);
          const [samples, weights] = [sound.reserveFloats(70), sound.reserveFloats(70)];
          samples.set(pairs.map(([sample]) => sample));
          weights.set(pairs.map(([, weight]) => weight));
          const total = sound.exports.sumWeighted(samples.byteOffset, weights.byteOffset, pairs.length);
          expect(total).toBeCloseTo(sum(pairs.map(([sample, weight]) => sample * weight)), 9);
        },
      ),
      runs,
    );
  });

  it("weighs samples with triangles as long as two of the new ones", () => {
    fc.assert(
      fc.property(windows, (parts) => {
        const factor = 12;
        const sound = openSoundKernels(1, longest);
        const decimation = openDecimation(48000, sound);
        const energy = sum(
          parts.map((part) => {
            sound.place([part]);
            return decimation.take(sound.addressOf(0), () => {});
          }),
        );
        const all = parts.flatMap((part) => [...part]);
        const made = Array.from({ length: Math.floor(all.length / factor) }, (_, one) => {
          const middle = (one + 1) * factor - 0.5 - factor;
          const end = (one + 1) * factor;
          return sum(all.slice(0, end).map((x, n) => x * Math.max(0, factor - Math.abs(n - middle)))) / factor ** 2;
        });
        expect(energy).toBeCloseTo(factor * sum(made.map((sample) => sample ** 2)), 5);
      }),
      runs,
    );
  });

  it("counts tops and their samples the same wherever windows end", () => {
    const wave = Float32Array.from({ length: 480 }, (_, n) => Math.max(-0.5, Math.min(0.5, Math.sin(n / 7))));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: longest }), { minLength: 20, maxLength: 20 }), (lengths) => {
        const sound = openSoundKernels(1, longest);
        const [flat, wide] = [openFlatTops(sound, 0, 0.03), openPlateauTops(sound, 0)];
        const totals = { tops: 0, ledges: 0, samples: 0, wide: 0, near: 0, low: 0 };
        let at = 0;
        for (const length of [...lengths, ...lengths.map(() => longest)]) {
          sound.place([wave.subarray(at, at + length)]);
          at += length;
          const { tops, ledges, samples } = flat.measure(0.5, -0.5);
          const plateaus = wide.measure(0.5, 0);
          totals.tops += tops;
          totals.ledges += ledges;
          totals.samples += samples;
          totals.wide += plateaus.tops;
          totals.near += plateaus.near;
          totals.low += plateaus.samples;
        }
        // 22 halves of the wave, of which the last is not over; each is flat for 14 or 15 samples.
        const halves = 21;
        expect(totals).toMatchObject({ tops: halves, ledges: 0, wide: halves });
        expect(totals.samples / halves).toBeCloseTo((7 * 2 * Math.PI) / 3, 0);
        expect(totals.near / totals.low).toBeCloseTo(Math.acos(0.44) / Math.acos(0.35), 1);
      }),
      runs,
    );
  });
});

describe("a moving sum", () => {
  it("is that of the last values, and exact after one that was far larger", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { maxLength: 40 }), fc.integer({ min: 1, max: 7 }), (values, length) => {
        const moving = openMovingSum(length);
        for (const n of values.keys())
          expect(moving.add(values[n] ?? 0)).toBe(sum(values.slice(Math.max(0, n + 1 - length), n + 1)));
        moving.add(1e300);
        for (let n = 1; n < length; n++) moving.add(0.1);
        expect(moving.add(0.1)).toBeCloseTo(0.1 * length, 12);
      }),
      runs,
    );
  });
});
