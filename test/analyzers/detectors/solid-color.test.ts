import { expect, it } from "vitest";
import { solidColor } from "../../../src/analyzers/detectors/solid-color.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

type Look = readonly [ratio: number, luma: number | ((seconds: number) => number), cb: number, cr: number];

/** Stretches of pictures: how long, which share of them is solid, and the colour. */
function looks(...stretches: readonly (readonly [seconds: number, look: Look])[]): Track {
  const column = (name: string, place: 0 | 1 | 2 | 3): Track =>
    signal(name)(...stretches.map(([seconds, look]): Stretch => [seconds, look[place]]));
  return together(column("plain.solidRatio", 0), column("plain.luma", 1), column("plain.cb", 2), column("plain.cr", 3));
}

const picture: Look = [Number.NaN, 90, 120, 135];
const zeros: Look = [1, 0, 0, 0];
const grey: Look = [1, 128, 128, 128];
const white: Look = [1, 235, 128, 128];

testDetector(solidColor, {
  finds: {
    "the green of a decoder without a picture, a fifth of a second long": [
      looks([2, picture], [0.2, zeros], [2, picture]),
      [2, 2.2],
    ],
    "that green under a station's logo": [looks([1, picture], [3, [0.985, 0, 0, 0]], [1, picture]), [1, 4]],
    "magenta of the largest values": [looks([1, picture], [0.4, [1, 255, 255, 255]], [1, picture]), [1, 1.4]],
    "grey of exactly the limit": [looks([1, picture], [2, grey], [1, picture]), [1, 3]],
    "a blue screen until the end of the media": [looks([1, picture], [3, [1, 41, 240, 110]]), [1, 4]],
    "white that stays": [looks([1, picture], [6, white]), [1, 7]],
    "grey, and then green, as two": [looks([3, grey], [3, zeros]), [0, 3], [3, 6]],
  },
  passes: {
    "a picture": looks([20, picture]),
    "black": looks([20, [1, 16, 128, 128]]),
    "a white card with a small logo": looks([20, [0.98, 235, 128, 128]]),
    "a page that loads": looks([2, picture], [3, white], [2, picture]),
    "a slow fade through grey": looks([8, [1, (seconds) => 40 + 15 * seconds, 128, 128]]),
    "a single frame of green": looks([2, picture], [0.04, zeros], [2, picture]),
  },
});

it("says which colour it is", () => {
  const [found] = judgeTrack(solidColor, looks([3, [1, 41, 240, 110]]));
  expect(found?.measured).toMatchObject({ meanRatio: 1, luma: 41, cb: 240, cr: 110 });
});
