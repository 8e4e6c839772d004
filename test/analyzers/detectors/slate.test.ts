import { expect, it } from "vitest";
import { slate } from "../../../src/analyzers/detectors/slate.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

type Look = readonly [ground: number, luma: number | ((seconds: number) => number), sharp: number, moving: Stretch[1]];

/** Stretches of pictures: how long, and ground, its luma, share of cells with hard edges, share of cells that move. */
function looks(...stretches: readonly (readonly [seconds: number, look: Look])[]): Track {
  const column = (name: string, place: 0 | 1 | 2 | 3): Track =>
    signal(name)(...stretches.map(([seconds, look]): Stretch => [seconds, look[place]]));
  return together(
    column("plain.ratio", 0),
    column("plain.luma", 1),
    column("plain.sharpRatio", 2),
    column("plain.movingRatio", 3),
  );
}

const picture: Look = [0.2, 90, Number.NaN, Number.NaN];
/** Comes by a cut, at which all of the picture changes. */
const fromCut = (moving: number) => (_: number, index: number) => (index === 0 ? 0.9 : moving);
const card: Look = [0.94, 75, 0.05, fromCut(0)];

testDetector(slate, {
  finds: {
    "a card that says that media is offline": [looks([2, picture], [5, card], [2, picture]), [2, 7]],
    "a card of exactly the limit": [looks([1, picture], [2, card], [1, picture]), [1, 3]],
    "a slate whose clock runs": [looks([1, picture], [10, [0.85, 16, 0.15, fromCut(0.01)]], [1, picture]), [1, 11]],
    "a countdown whose figure changes each second, as one": [
      looks([1, picture], [5, [0.9, 60, 0.04, (_, index) => (index % 25 === 0 ? 0.04 : 0)]], [1, picture]),
      [1, 6],
    ],
    "a card until the end of the media": [looks([1, picture], [4, card]), [1, 5]],
  },
  passes: {
    "a picture": looks([20, picture]),
    "a title between two scenes": looks([2, picture], [1.8, card], [2, picture]),
    "credits that roll": looks([20, [0.9, 16, 0.1, 0.09]]),
    "a planet that turns before a black sky": looks([20, [0.82, 18, 0.053, 0.03]]),
    "a page full of text": looks([20, [0.8, 235, 0.6, 0]]),
    "a field of one colour": looks([20, [1, 128, 0, 0]]),
    "a card that fades": looks([8, [0.9, (seconds) => 20 + 20 * seconds, 0.05, 0]]),
  },
});

it("says what the ground is, and that it is not sure", () => {
  const [found] = judgeTrack(slate, looks([5, card]));
  expect(found?.measured).toMatchObject({ groundLuma: 75, meanGroundRatio: expect.closeTo(0.94, 5) });
});
