import { describe, expect, it } from "vitest";
import { levels } from "../../../src/analyzers/detectors/levels.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** A picture with this share of it above white. */
function outside(...stretches: readonly Stretch[]): Track {
  return together(
    signal("gamut.outsideRatio")(...stretches),
    signal("gamut.belowRatio")(...stretches.map(([seconds]): Stretch => [seconds, 0])),
    signal("gamut.aboveRatio")(...stretches),
  );
}

testDetector(levels, {
  finds: {
    "two seconds of white above the limit": [outside([2, 0], [2, 0.05], [2, 0]), [2, 4]],
    "a fault of exactly the shortest time": [outside([2, 0], [0.52, 0.05], [2, 0]), [2, 2.52]],
    "one fault where the share goes to and fro about the limit": [
      outside([2, 0], [1, 0.02], [0.4, 0.007], [0.4, 0.002], [1, 0.02], [2, 0]),
      [2, 4.8],
    ],
    "a fault to the end of the media": [outside([2, 0], [3, 0.3]), [2, 5]],
  },
  passes: {
    "exactly the tolerated area": outside([10, 0.01]),
    "a glint of light": outside([2, 0], [0.4, 0.2], [4, 0]),
    "a picture of full range, of which nothing is measured": outside([5, Number.NaN]),
  },
});

describe("levels", () => {
  it("says on which side and on how much of the picture", () => {
    const [told] = judgeTrack(levels, outside([1, 0], [2, 0.125], [2, 0]));
    expect(told?.measured).toEqual({
      durationSeconds: 2,
      meanOutsideRatio: 0.125,
      maximumOutsideRatio: 0.125,
      maximumBelowRatio: 0,
      maximumAboveRatio: 0.125,
    });
  });
});
