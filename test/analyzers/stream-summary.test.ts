import { expect, it } from "vitest";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { openStreamSummary } from "../../src/analyzers/stream-summary.js";

/** Frames at these times; those of `keys` are keyframes, those of `intra` are coded by themselves. */
function frames(pts: readonly number[], keys: readonly number[], intra: readonly number[] = keys): SignalBlock {
  const column = (places: readonly number[]) => Float32Array.from(pts, (_, index) => (places.includes(index) ? 1 : 0));
  return {
    lane: { name: "picture", track: 0 },
    startIndex: 0,
    pts: Float64Array.from(pts),
    signals: { "coding.isKeyframe": column(keys), "coding.isIntra": column(intra) },
    discontinuityBefore: false,
  };
}

const times = (count: number, rate: number, start = 0) => Array.from({ length: count }, (_, index) => start + index / rate);

it("tells the rate, the keyframes and their distances", () => {
  const summary = openStreamSummary();
  summary.push(frames(times(60, 30_000 / 1001), [0, 15, 45], [0, 15, 30, 45]));
  expect(summary.read()).toEqual({
    frames: 60,
    frameRate: expect.closeTo(29.97, 3),
    irregularRatio: 0,
    keyframes: 3,
    otherIntraFrames: 1,
    gop: {
      shortestSeconds: expect.closeTo(0.5005, 4),
      meanSeconds: expect.closeTo(0.75075, 4),
      longestSeconds: expect.closeTo(1.001, 4),
      longestFrames: 30,
    },
  });
});

it("tells the rate of times that were rounded to milliseconds, and how many frames are off it", () => {
  const summary = openStreamSummary();
  const rounded = times(100, 29.97).map((seconds) => Math.round(1000 * seconds) / 1000);
  summary.push(frames([...rounded, 4, 4.5], [0]));
  expect(summary.read()).toMatchObject({
    frameRate: expect.closeTo(29.97, 1),
    irregularRatio: expect.closeTo(2 / 101, 3),
    keyframes: 1,
  });
  expect(summary.read()).not.toHaveProperty("gop");
});

it("counts no group of pictures over a tear in time, and nothing where there is no picture", () => {
  const summary = openStreamSummary();
  expect(summary.read()).toBeUndefined();
  summary.push(frames(times(25, 25), [0]));
  summary.push({ ...frames(times(25, 25, 100), [0]), discontinuityBefore: true });
  expect(summary.read()).toMatchObject({ frames: 50, keyframes: 2, frameRate: expect.closeTo(25, 6) });
  expect(summary.read()).not.toHaveProperty("gop");
});
