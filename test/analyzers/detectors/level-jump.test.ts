import { describe, expect, it } from "vitest";
import { levelJump } from "../../../src/analyzers/detectors/level-jump.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

type Level = (seconds: number) => number;

/** Levels that go up and down as those of speech do. */
const speech: Level = (seconds) => 8 * Math.sin(9 * seconds) + 4 * Math.sin(23 * seconds);

/** For how long, and at which levels, low and high frequencies are. */
function sound(...stretches: (readonly [seconds: number, low: number | Level, high: number | Level])[]): Track {
  const around = (level: number | Level) => (typeof level === "number" ? (seconds: number) => level + speech(seconds) : level);
  return together(
    signal("bands.lowDbfs", 100)(...stretches.map(([seconds, low]): Stretch => [seconds, around(low)])),
    signal("bands.highDbfs", 100)(...stretches.map(([seconds, , high]): Stretch => [seconds, around(high)])),
  );
}

// A jump is told when its best place is known: some tenths of a second after the three seconds that are compared.
testDetector(levelJump, {
  finds: {
    "a programme that is suddenly softer": [sound([8, -20, -30], [8, -36, -46]), [8, 11.59]],
    "one that is suddenly louder": [sound([8, -36, -46], [8, -20, -30]), [8, 11.29]],
  },
  passes: {
    "a programme": sound([20, -25, -35]),
    "a pause": sound([6, -25, -35], [1.5, -60, -60], [6, -25, -35]),
    "a scene with other sounds": sound([8, -20, -30], [8, -40, -32]),
    "a drum that sets in above what plays": sound([8, -40, -50], [8, (seconds) => -18 - 40 * (seconds % 0.5), -48]),
    "a fade": sound([4, -20, -30], [5, (seconds) => -20 - 4 * seconds, (seconds) => -30 - 4 * seconds], [6, -40, -50]),
    "silence, and what follows": sound([6, () => -120, () => -120], [8, -20, -30]),
    "a change that is smaller": sound([8, -20, -30], [8, -27, -37]),
  },
});

describe("level-jump", () => {
  it("says by how much, and how alike everything moved", () => {
    const [told] = judgeTrack(levelJump, sound([8, -20, -30], [8, -36, -46]));
    expect(told?.measured["jumpDb"]).toBeCloseTo(-16, -0.5);
    expect(told?.measured["spreadDb"]).toBeLessThan(3);
  });
});
