import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SignalBlock } from "../../../src/analyzers/index.js";
import { openEnvelopes } from "../../../src/notifier/index.js";

const lane = { name: "picture", track: 0 } as const;

function block(startIndex: number, values: readonly number[], changes: Partial<SignalBlock> = {}): SignalBlock {
  const pts = Float64Array.from(values, (_, index) => (startIndex + index) / 25);
  return { lane, startIndex, pts, signals: { "luma.mean": Float32Array.from(values) }, discontinuityBefore: false, ...changes };
}

describe("an envelope", () => {
  test("of a short signal is the signal", () => {
    const envelopes = openEnvelopes();
    envelopes.push(block(0, [1, 2, Number.NaN, 4]));
    const [envelope] = envelopes.read();
    expect([...(envelope?.seconds ?? [])]).toEqual([0, 0.04, 0.08, 0.12]);
    expect([...(envelope?.signals[0]?.minimum ?? [])]).toEqual([1, 2, Number.NaN, 4]);
    expect(envelope?.signals[0]?.maximum).toEqual(envelope?.signals[0]?.minimum);
  });

  test("keeps the least and the largest value of any signal, in bounded room, however it is cut into blocks", () => {
    const signals = fc.tuple(fc.integer({ min: 1, max: 30_000 }), fc.integer({ min: 1, max: 5000 }), fc.nat());
    fc.assert(
      fc.property(signals, ([length, size, seed]) => {
        const values = Array.from({ length }, (_, index) => ((index * 7919 + seed) % 1009) - 500);
        const envelopes = openEnvelopes();
        const whole = openEnvelopes();
        whole.push(block(0, values));
        for (let start = 0; start < length; start += size) envelopes.push(block(start, values.slice(start, start + size)));
        const [envelope] = envelopes.read();
        const { minimum = new Float32Array(), maximum = new Float32Array() } = envelope?.signals[0] ?? {};
        expect(envelopes.read()).toEqual(whole.read());
        expect(envelope?.seconds.length).toBeLessThanOrEqual(2000);
        expect(envelope?.seconds.length).toBeGreaterThanOrEqual(Math.min(length, 1000));
        expect(Math.min(...minimum)).toBe(values.reduce((least, value) => Math.min(least, value)));
        expect(Math.max(...maximum)).toBe(values.reduce((largest, value) => Math.max(largest, value)));
        expect(minimum.every((value, index) => value <= (maximum[index] ?? Number.NaN))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test("breaks where media time is missing", () => {
    const envelopes = openEnvelopes();
    envelopes.push(block(0, [1, 1]));
    envelopes.push(block(100, [2], { discontinuityBefore: true, previousEndSeconds: 0.08 }));
    const [envelope] = envelopes.read();
    expect([...(envelope?.seconds ?? [])]).toEqual([0, 0.04, 0.08, 4]);
    expect([...(envelope?.signals[0]?.minimum ?? [])]).toEqual([1, 1, Number.NaN, 2]);
  });

  test("puts the picture before the sound, and tracks in order", () => {
    const envelopes = openEnvelopes();
    envelopes.push(block(0, [1], { lane: { name: "sound", track: 1 } }));
    envelopes.push(block(0, [1], { lane: { name: "sound", track: 0 } }));
    envelopes.push(block(0, [1]));
    expect(envelopes.read().map((envelope) => `${envelope.lane.name} ${envelope.lane.track}`)).toEqual([
      "picture 0",
      "sound 0",
      "sound 1",
    ]);
  });
});
