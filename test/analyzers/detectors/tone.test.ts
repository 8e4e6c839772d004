import { describe, expect, it } from "vitest";
import { tone } from "../../../src/analyzers/detectors/tone.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** A channel over time: for how long, what is left without its sine, the sine's frequency and its level. */
function sound(...stretches: (readonly [seconds: number, residualDb: number, hertz?: Stretch[1], dbfs?: Stretch[1]])[]): Track {
  const at = (name: string) => signal(name, 100);
  return together(
    at("tone.residualDb")(...stretches.map(([seconds, residualDb]): Stretch => [seconds, residualDb])),
    at("tone.hertz")(...stretches.map(([seconds, , hertz = Number.NaN]): Stretch => [seconds, hertz])),
    at("tone.levelDbfs")(...stretches.map(([seconds, , , dbfs = Number.NaN]): Stretch => [seconds, dbfs])),
  );
}

testDetector(tone, {
  finds: {
    "three seconds of line-up tone": [sound([2, 0], [3, -60, 1000, -18], [2, 0]), [2, 5]],
    "a tone until the end of the media": [sound([1, -5], [4, -45, 440, -20]), [1, 5]],
    "an interrupted tone as one": [
      sound([1, 0], [2.75, -60, 1000, -18], [0.25, 0], [2.75, -60, 1000, -18], [0.25, 0], [2.75, -60, 1000, -18], [2, 0]),
      [1, 9.75],
    ],
    "a tone that follows a note": [sound([0.5, -35, 880, -25], [3, -50, 1000, -18]), [0.51, 3.5]],
    "a coded tone, whose level is not quite still": [
      sound([4, -40, (seconds) => 1000 + Math.sin(seconds), (seconds) => -18 + 0.4 * Math.sin(9 * seconds)]),
      [0, 4],
    ],
  },
  passes: {
    "a programme": sound([20, -3]),
    "a bleep over a word": sound([2, -3], [1.5, -60, 1000, -18], [2, -3]),
    "a melody of pure notes": sound(...[262, 294, 330, 349, 392].map((hertz) => [1.5, -60, hertz, -18] as const)),
    "a siren": sound([10, -50, (seconds) => 900 + 300 * Math.sin(seconds), -18]),
    "a note that dies away": sound([10, -50, 440, (seconds) => -18 - 2 * seconds]),
    "a note with harmonics": sound([10, -20, 440, -18]),
    "a tone that nobody hears": sound([10, -50, 1000, -58]),
  },
});

describe("tone", () => {
  it("says which tone it was", () => {
    const [told] = judgeTrack(tone, sound([1, 0], [3, -60, 1000, -18], [1, 0]));
    expect(told?.measured).toMatchObject({ hertz: 1000, levelDbfs: -18, residualDb: -60 });
  });
});
