import { describe, expect, it } from "vitest";
import { hum } from "../../../src/analyzers/detectors/hum.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** For how long, how many lines of the mains stand, and their level. */
function sound(...stretches: (readonly [seconds: number, lines: number, dbfs?: number])[]): Track {
  return together(
    signal("hum.lines", 100)(...stretches.map(([seconds, lines]): Stretch => [seconds, lines])),
    signal("hum.hertz", 100)(...stretches.map(([seconds, lines]): Stretch => [seconds, lines > 0 ? 50.05 : Number.NaN])),
    signal("hum.levelDbfs", 100)(...stretches.map(([seconds, , dbfs = -120]): Stretch => [seconds, dbfs])),
  );
}

testDetector(hum, {
  finds: {
    "a hum, from when it began": [sound([10, 0], [6, 3, -40], [10, 0]), [6.1, 16]],
    "a hum that stands from the start": [sound([4.75, Number.NaN], [10, 2, -50]), [0.85, 14.75]],
    "a hum that loud bass hides for a while": [sound([10, 0], [6, 3, -40], [4, 0], [6, 2, -42], [10, 0]), [6.1, 26]],
  },
  passes: {
    "a programme": sound([30, 0]),
    "a bass note on the frequency of the mains": sound([10, 0], [4, 1, -20], [10, 0]),
    "a drone of one line": sound([30, 1, -20]),
    "a chance": sound([10, 0], [0.5, 2, -30], [10, 0]),
    "what nobody hears": sound([30, 4, -66]),
  },
});

describe("hum", () => {
  it("says which mains it is, and how loud", () => {
    const [told] = judgeTrack(hum, sound([10, 0], [6, 3, -40], [10, 0]));
    expect(told?.measured).toMatchObject({ hertz: expect.closeTo(50.05), levelDbfs: -40, lines: 3 });
  });
});
