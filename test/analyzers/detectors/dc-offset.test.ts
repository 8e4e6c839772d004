import { describe, expect, it } from "vitest";
import { dcOffset } from "../../../src/analyzers/detectors/dc-offset.js";
import { judgeTrack, signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

const ratio = signal("dc.offsetRatio", 20);
const channel = signal("dc.channel", 20);
const offset = (...stretches: readonly Stretch[]) => {
  const seconds = stretches.reduce((sum, [length]) => sum + length, 0);
  return together(ratio(...stretches), channel([seconds, 1]));
};

testDetector(dcOffset, {
  finds: {
    "an offset of 5 %": [offset([3, 0], [5, 0.05], [3, 0]), [2.5, 8]],
    "a negative one": [offset([10, -0.02]), [0, 10]],
    "one that wavers about the limit, as one": [
      offset([3, 0.012], [7, (seconds) => 0.0095 + 0.002 * Math.sin(5 * seconds)]),
      [0, 10],
    ],
  },
  passes: {
    "a little that a converter leaves": offset([20, 0.002]),
    "a deep note": offset([20, (seconds) => 0.05 * Math.sin(6 * seconds)]),
    "rumble of an explosion": offset([20, (seconds) => -0.035 + 0.03 * Math.sin(4 * seconds)]),
    "a thump": offset([3, 0], [0.6, 0.2], [3, 0]),
  },
});

describe("dc-offset", () => {
  it("begins where the offset came, not where the mean over the last moments shows it", () => {
    const rising = (seconds: number) => 0.1 * Math.min(1, seconds / 0.5);
    const [told] = judgeTrack(dcOffset, offset([3, 0], [5, rising], [0.5, (seconds) => 0.1 - 0.2 * seconds], [2, 0]));
    expect(told?.startSeconds).toBeCloseTo(3, 1);
    expect(told?.endSeconds).toBeCloseTo(8.22, 1);
  });

  it("says how large it is, which way, and in which channel", () => {
    const [told] = judgeTrack(dcOffset, offset([5, -0.125]));
    expect(told?.measured).toMatchObject({ offsetRatio: -0.125, channel: 1 });
  });
});
