import { describe, expect, it } from "vitest";
import { phase } from "../../../src/analyzers/detectors/phase.js";
import { judgeTrack, signal, testDetector } from "../../support/test-detector.js";

const correlation = signal("pair.correlation", 20);

testDetector(phase, {
  finds: {
    "stereo with one side turned": [correlation([10, -0.6]), [0, 10]],
    "speech with pauses, as one": [correlation([3, -0.9], [1, Number.NaN], [3, -0.9], [3, 0.6]), [0, 7]],
  },
  passes: {
    "mono": correlation([10, 1]),
    "wide stereo that wavers about 0": correlation([20, (seconds) => 0.38 * Math.sin(seconds)]),
    "a moment out of phase": correlation([3, 0.5], [1.5, -0.8], [3, 0.5]),
    "silence": correlation([10, Number.NaN]),
  },
});

describe("phase", () => {
  it("begins where a side was turned, not where the mean over the last moments shows it", () => {
    const turning = correlation(
      [3, 1],
      [0.4, (seconds) => 1 - 5 * seconds],
      [6, -1],
      [0.4, (seconds) => -1 + 5 * seconds],
      [3, 1],
    );
    const [told] = judgeTrack(phase, turning);
    expect(told?.startSeconds).toBeCloseTo(3, 1);
    expect(told?.endSeconds).toBeCloseTo(9.55, 6);
  });
});
