import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openShots, type Shot } from "../../src/analyzers/index.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";

/** The shots of these scores, 25 a second, cut into blocks of these sizes; media time is missing before one sample. */
function shotsOf(scores: readonly number[], sizes: readonly number[] = [scores.length], gapBefore = -1): Shot[] {
  const shots: Shot[] = [];
  const finder = openShots((shot) => shots.push(shot));
  for (let start = 0, turn = 0; start < scores.length; turn++) {
    const end = Math.min(start + (sizes[turn % sizes.length] ?? 1), start < gapBefore ? gapBefore : scores.length);
    const seconds = (index: number) => index / 25 + (gapBefore >= 0 && index >= gapBefore ? 10 : 0);
    const block: SignalBlock = {
      lane: { name: "picture", track: 0 },
      startIndex: start,
      pts: Float64Array.from({ length: end - start }, (_, index) => seconds(start + index)),
      signals: { "scene.score": Float32Array.from(scores.slice(start, end)) },
      discontinuityBefore: start === gapBefore,
      ...(start === gapBefore && { previousEndSeconds: start / 25 }),
    };
    finder.push(block);
    start = end;
  }
  finder.end(scores.length / 25 + (gapBefore >= 0 ? 10 : 0));
  return shots;
}

/** Scores of a calm picture, with others at some samples. */
function calm(samples: number, others: Record<number, number> = {}): number[] {
  return Array.from({ length: samples }, (_, index) => others[index] ?? (index === 0 ? Number.NaN : 1));
}

describe("shots", () => {
  it("end at cuts, and without one last as long as the media", () => {
    expect(shotsOf(calm(50))).toEqual([{ startSeconds: 0, endSeconds: 2 }]);
    expect(shotsOf(calm(100, { 25: 60, 75: 30 }))).toEqual([
      { startSeconds: 0, endSeconds: 1 },
      { startSeconds: 1, endSeconds: 3 },
      { startSeconds: 3, endSeconds: 4 },
    ]);
  });

  it("do not end at a flash, nor amid fast motion", () => {
    expect(shotsOf(calm(100, { 50: 60, 52: 60 }))).toHaveLength(1);
    expect(shotsOf(calm(100).map((score, index) => (index > 20 && index < 80 ? 25 : score)))).toHaveLength(1);
  });

  it("end where media time jumps", () => {
    expect(shotsOf(calm(50), [50], 25)).toEqual([
      { startSeconds: 0, endSeconds: 1 },
      { startSeconds: 11, endSeconds: 12 },
    ]);
  });

  it("are the same however the signals are cut into blocks", () => {
    const score = fc.oneof(fc.double({ min: 0, max: 10, noNaN: true }), fc.double({ min: 20, max: 100, noNaN: true }));
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 120 }), sizes, (scores, cut) => {
        expect(shotsOf(scores, cut)).toEqual(shotsOf(scores));
      }),
    );
  });
});
