import { expect, it } from "vitest";
import { black } from "../../../src/analyzers/detectors/black.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** A track of dark pixels of no colour. */
function darkRatio(...stretches: Stretch[]): Track {
  return coloured(128, stretches);
}

function coloured(chroma: number, stretches: readonly Stretch[], samplesPerSecond?: number): Track {
  const flat = stretches.map(([seconds]): Stretch => [seconds, chroma]);
  const track = (name: string, values: readonly Stretch[]): Track => signal(name, samplesPerSecond)(...values);
  return together(track("luma.darkRatio", stretches), track("plain.cb", flat), track("plain.cr", flat));
}

testDetector(black, {
  finds: {
    "three seconds of black": [darkRatio([2, 0.1], [3, 1], [2, 0.1]), [2, 5]],
    "black of exactly the limit": [darkRatio([1, 0.1], [2, 1], [1, 0.1]), [1, 3]],
    "black of exactly the limit at 29.97 frames per second": [
      coloured(
        128,
        [
          [1.001, 0.1],
          [2.002, 1],
          [1.001, 0.1],
        ],
        30000 / 1001,
      ),
      [1.001, 3.003],
    ],
    "black until the end of the media": [darkRatio([1, 0.1], [4, 1]), [1, 5]],
    "black of exactly the limit at the end of the media": [darkRatio([1, 0.1], [2, 1]), [1, 3]],
    "two blacks with a picture between them": [darkRatio([2, 1], [0.04, 0.5], [2.4, 0.99]), [0, 2], [2.04, 4.44]],
    "a picture that is as dark as the limit": [darkRatio([1, 0.1], [3, 0.981]), [1, 4]],
  },
  passes: {
    "the green of a decoder that has no picture, dark by its luma of 0": coloured(0, [[20, 1]]),
    "a dip between two scenes": darkRatio([2, 0.1], [1.9, 1], [2, 0.1]),
    "a night scene with street lamps": darkRatio([20, 0.97]),
    "frames that could not be measured": darkRatio([20, Number.NaN]),
    "a black that one bright frame interrupts in time": darkRatio([1.96, 1], [0.04, 0.2], [1.96, 1]),
  },
});

it("takes its limits from the parameters", () => {
  const track = darkRatio([1, 0.1], [1, 0.9], [1, 0.1]);
  const parameters = { minimumSeconds: 0.5, minimumDarkRatio: 0.9 - 1e-6 };
  expect(judgeTrack(black, track, {}, parameters)).toMatchObject([{ startSeconds: 1, endSeconds: 2, threshold: parameters }]);
});

it("says how long and how dark it was", () => {
  const [found] = judgeTrack(black, darkRatio([1, 0.1], [4, 1], [1, 0.1]));
  expect(found?.measured).toEqual({ durationSeconds: expect.closeTo(4, 6), meanDarkRatio: 1 });
});
