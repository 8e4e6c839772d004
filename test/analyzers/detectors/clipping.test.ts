import { describe, expect, it } from "vitest";
import { clipping } from "../../../src/analyzers/detectors/clipping.js";
import { judgeTrack, signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

const topCount = signal("clipping.tops", 100);
const plateauRatio = signal("clipping.plateauRatio", 100);
const tops = (...stretches: readonly Stretch[]) => {
  const seconds = stretches.reduce((sum, [length]) => sum + length, 0);
  return together(topCount(...stretches), plateauRatio([seconds, Number.NaN]));
};
const plateaus = (...stretches: readonly Stretch[]) => {
  const seconds = stretches.reduce((sum, [length]) => sum + length, 0);
  return together(topCount([seconds, 0]), plateauRatio(...stretches));
};

testDetector(clipping, {
  finds: {
    "a passage of cut tops": [tops([1, 0], [2, 3], [1, 0]), [1, 3]],
    "drums that clip twice a second, as one": [tops([6, (_, index) => (index % 50 < 2 ? 2 : 0)]), [0, 5.52]],
    "wide tops behind a coder": [plateaus([1, 0.55], [2, 0.78], [1, 0.55]), [1, 3]],
    "wide tops between pauses": [plateaus([1, 0.78], [0.5, Number.NaN], [1, 0.78], [2, Number.NaN]), [0, 2.5]],
  },
  passes: {
    "a sine": plateaus([10, 0.62]),
    "limited music": plateaus([10, (seconds) => 0.5 + 0.1 * Math.sin(7 * seconds)]),
    "a square wave": plateaus([10, 0.99]),
    "a few cut tops": tops([1, 0], [0.03, 3], [3, 0], [0.03, 3], [3, 0]),
  },
});

describe("clipping", () => {
  it("says how many tops were cut, and how wide they are", () => {
    const [told] = judgeTrack(clipping, together(topCount([1, 2]), plateauRatio([1, 0.75])));
    expect(told?.measured).toMatchObject({ clippedTops: 200, maximumPlateauRatio: 0.75 });
  });
});
