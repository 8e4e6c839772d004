import { expect, it } from "vitest";
import { colorBars } from "../../../src/analyzers/detectors/color-bars.js";
import { judgeTrack, signal, testDetector } from "../../support/test-detector.js";

const ratio = signal("bars.ratio");

testDetector(colorBars, {
  finds: {
    "bars over all of the height": [ratio([2, 0], [3, 1], [2, 0]), [2, 5]],
    "SMPTE bars, letterboxed": [ratio([1, 0], [10, 0.43]), [1, 11]],
    "bars of exactly the limit": [ratio([1, 0], [1, 0.6], [1, 0]), [1, 2]],
    "bars that a burst of noise interrupts, once": [ratio([3, 0.6], [0.12, 0], [3, 0.6], [1, 0]), [0, 6.12]],
  },
  passes: {
    "bars on a screen in the scene": ratio([20, 0.3]),
    "bars that flash up": ratio([2, 0], [0.8, 1], [2, 0]),
    "a picture": ratio([20, 0]),
  },
});

it("says how much of the picture's height shows bars", () => {
  const [found] = judgeTrack(colorBars, ratio([4, 0.675]));
  expect(found?.measured).toMatchObject({ durationSeconds: expect.closeTo(4, 6), meanRatio: expect.closeTo(0.675, 5) });
});
