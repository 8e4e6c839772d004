import { describe, expect, it } from "vitest";
import { truePeak } from "../../../src/analyzers/detectors/true-peak.js";
import { judgeTrack, signal, testDetector } from "../../support/test-detector.js";

const dbtp = signal("truePeak.dbtp", 100);

testDetector(truePeak, {
  finds: {
    "one over, as long as its window": [dbtp([2, -3], [0.01, -0.5], [8, -3]), [2, 2.01]],
    "a loud passage of many overs, as one": [dbtp([2, -3], [6, (_, index) => (index % 10 === 0 ? 0.4 : -2)], [8, -3]), [2, 7.91]],
    "overs that lie far apart, one by one": [dbtp([1, -3], [0.02, 0], [6, -3], [0.02, 1], [6, -3]), [1, 1.02], [7.02, 7.04]],
    "overs between digital silence, as one": [dbtp([1, -0.2], [1, -120], [1, -0.2], [6, -120]), [0, 3]],
    "a level above full scale until the end": [dbtp([1, -3], [2, 3]), [1, 3]],
  },
  passes: {
    "exactly the limit": dbtp([10, -1]),
    "loud music that keeps to it": dbtp([10, (seconds) => -1.05 - (seconds % 1)]),
    "digital silence": dbtp([10, -120]),
  },
});

describe("true-peak", () => {
  it("says how high the sound went, and when", () => {
    const [told] = judgeTrack(truePeak, dbtp([1, -3], [0.1, -0.5], [0.1, 1.5], [0.1, 0], [1, -3]));
    expect(told?.measured).toMatchObject({ maximumDbtp: 1.5, maximumAtSeconds: 1.1, overWindows: 30 });
    expect(told?.threshold).toEqual({ maximumDbtp: -1 });
  });

  it("takes another limit from the policy", () => {
    const track = dbtp([1, -10], [1, -1.5], [1, -10]);
    expect(judgeTrack(truePeak, track)).toEqual([]);
    expect(judgeTrack(truePeak, track, {}, { maximumDbtp: -2 })).toHaveLength(1);
  });
});
