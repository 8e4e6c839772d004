import { expect, it } from "vitest";
import { blockiness } from "../../../src/analyzers/detectors/blockiness.js";
import { judgeTrack, signal, testDetector, together, type Track, type Stretch } from "../../support/test-detector.js";

function blocky(...stretches: Stretch[]): Track {
  const ratio = signal("blockiness.ratio")(...stretches);
  const period = (name: string) => signal(name)(...stretches.map(([seconds]) => [seconds, 8] as const));
  return together(ratio, period("blockiness.columnPeriod"), period("blockiness.rowPeriod"));
}

testDetector(blockiness, {
  finds: {
    "two seconds of visible blocks": [blocky([2, 0.01], [2, 0.12], [2, 0.01]), [2, 4]],
    "blocks that fade after each keyframe, as one stretch": [
      blocky([0.8, 0.1], [0.4, 0.02], [0.8, 0.1], [0.4, 0.02], [0.8, 0.1], [2, 0.02]),
      [0, 3.2],
    ],
    "blocks that wander about the limit, as one stretch": [blocky([1, 0.01], [1, 0.08], [4, 0.05], [2, 0.01]), [1, 6]],
    "blocks until the end of the media": [blocky([1, 0], [0.8, 0.2]), [1, 1.8]],
  },
  passes: {
    "a picture coded well": blocky([20, 0.03]),
    "a few bad stills at a cut": blocky([2, 0.01], [0.4, 0.3], [2, 0.01]),
    "traces that stay below the limit": blocky([10, 0.065]),
  },
});

it("says how strong the blocks were and on which grid", () => {
  const [found] = judgeTrack(blockiness, blocky([1, 0.125], [1, 0.25], [2, 0]));
  expect(found?.measured).toMatchObject({
    meanRatio: expect.closeTo(0.1875, 2),
    maximumRatio: 0.25,
    columnPeriod: 8,
    rowPeriod: 8,
  });
});
