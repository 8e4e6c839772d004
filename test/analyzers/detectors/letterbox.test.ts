import { expect, it } from "vitest";
import { letterbox } from "../../../src/analyzers/detectors/letterbox.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

type Look = readonly [left: Stretch[1], top: Stretch[1], right: Stretch[1], bottom: Stretch[1], straightSides?: number];

/** Stretches of pictures of 320x180: how long, and the black borders at the four sides, in pixels. */
function looks(...stretches: readonly (readonly [seconds: number, look: Look])[]): Track {
  const column = (name: string, place: 0 | 1 | 2 | 3): Track =>
    signal(name)(...stretches.map(([seconds, look]): Stretch => [seconds, look[place]]));
  const straight = signal("border.straightSides")(...stretches.map(([seconds, look]): Stretch => [seconds, look[4] ?? 15]));
  const [left, right] = [column("border.left", 0), column("border.right", 2)];
  return together(left, column("border.top", 1), right, column("border.bottom", 3), straight);
}

const full: Look = [0, 0, 0, 0];
const cinema: Look = [0, 23, 0, 23];
const dark: Look = [Number.NaN, Number.NaN, Number.NaN, Number.NaN];

testDetector(letterbox, {
  finds: {
    "black above and below": [looks([2, full], [4, cinema], [3, full]), [2, 6]],
    "black at both sides until the end of the media": [looks([2, full], [4, [40, 0, 40, 0]]), [2, 6]],
    "black all around from the start": [looks([5, [32, 18, 32, 18]]), [0, 5]],
    "a letterbox of exactly the limit": [looks([2, full], [2, cinema], [3, full]), [2, 4]],
    "one letterbox through a dark scene": [looks([4, cinema], [10, dark], [4, cinema]), [0, 18]],
    "one letterbox through half a second of a lit sky": [looks([4, cinema], [0.48, full], [4, cinema]), [0, 8.48]],
    "another active area, as a defect of its own": [looks([4, cinema], [4, [40, 0, 40, 0]]), [0, 4], [4, 8]],
    "a letterbox that ends in a scene with dark, uneven sides": [
      looks([4, cinema], [4, [Number.NaN, 9, Number.NaN, 12, 0]]),
      [0, 4],
    ],
    "one letterbox through a scene with a dark sky": [looks([4, cinema], [4, [0, 60, 0, 23, 13]], [2, cinema]), [0, 10]],
    "a border that is a pixel more or less by frames, as one": [
      looks([5, [0, (_, index) => 23 + (index % 2), 0, 23]], [3, full]),
      [0, 5],
    ],
  },
  passes: {
    "a picture that reaches all sides": looks([20, full]),
    "black": looks([20, dark]),
    "a dark scene whose edges move": looks([20, [0, (_, index) => 3 * (index % 20), 0, Number.NaN]]),
    "two columns of blanking": looks([20, [2, 0, 2, 0]]),
    "a letterboxed shot that is over at once": looks([4, full], [1.5, cinema], [4, full]),
  },
});

it("says where the active area lies and what shape it has", () => {
  const [found] = judgeTrack(letterbox, looks([5, [40, 0, 40, 0]]));
  expect(found?.measured).toEqual({
    durationSeconds: expect.closeTo(5, 6),
    leftPixels: 40,
    topPixels: 0,
    rightPixels: 40,
    bottomPixels: 0,
    activeWidth: 240,
    activeHeight: 180,
    activeAspectRatio: expect.closeTo(4 / 3, 6),
    activeAreaRatio: 0.75,
  });
});

it("goes on with the same area when a side that was dark is seen", () => {
  const told = judgeTrack(letterbox, looks([5, [0, 23, 0, Number.NaN]], [5, cinema]));
  expect(told).toHaveLength(1);
  expect(told[0]?.measured).toMatchObject({ topPixels: 23, bottomPixels: 23 });
});
