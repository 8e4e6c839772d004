import { describe, expect, it } from "vitest";
import { channelMissing } from "../../../src/analyzers/detectors/channel-missing.js";
import { judgeTrack, signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

const left = signal("pair.leftPeakRatio", 20);
const right = signal("pair.rightPeakRatio", 20);
const both = (one: readonly Stretch[], other: readonly Stretch[]) => together(left(...one), right(...other));

testDetector(channelMissing, {
  finds: {
    "a dead left channel": [
      both(
        [
          [2, 0.4],
          [8, 0],
          [2, 0.4],
        ],
        [[12, 0.3]],
      ),
      [2, 10],
    ],
    "a dead right channel until the end": [
      both(
        [[12, 0.4]],
        [
          [4, 0.3],
          [8, 0.0005],
        ],
      ),
      [4, 12],
    ],
    "a channel that holds only the other's crosstalk": [both([[12, 0.5]], [[12, 0.0012]]), [0, 12]],
    "a dead channel beside speech with pauses, as one": [
      both([[20, (seconds) => (seconds % 3 < 1.5 ? 0.2 : 0.001)]], [[20, 0]]),
      [0, 18 + 1.5],
    ],
    "first one, then the other": [
      both(
        [
          [7, 0.4],
          [7, 0],
        ],
        [
          [7, 0],
          [7, 0.4],
        ],
      ),
      [0, 7],
      [7, 14],
    ],
  },
  passes: {
    "both silent": both([[12, 0]], [[12, 0]]),
    "four seconds of an effect at one side": both(
      [
        [4, 0.4],
        [8, 0],
      ],
      [[12, 0]],
    ),
    "old stereo with each player at one side, whose room is in both": both([[20, 0.5]], [[20, 0.01]]),
    "one side much quieter": both([[20, 0.5]], [[20, 0.005]]),
    "noise of a quiet room beside a dead channel": both([[20, 0.01]], [[20, 0]]),
  },
});

describe("channel-missing", () => {
  it("says which channel is dead, and what the other one has", () => {
    const [told] = judgeTrack(channelMissing, both([[8, 0.5]], [[8, 0.0005]]));
    expect(told?.measured).toMatchObject({
      channel: 1,
      maximumPeakRatio: expect.closeTo(0.0005, 6),
      otherMaximumPeakRatio: expect.closeTo(0.5, 6),
    });
  });
});
