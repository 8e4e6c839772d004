import { expect, it } from "vitest";
import { formatChange } from "../../../src/analyzers/detectors/format-change.js";
import { judgeTrack, signal, testDetector, together } from "../../support/test-detector.js";

const isNew = signal("format.isNew");
const frame = 0.04;

testDetector(formatChange, {
  finds: {
    "one change": [isNew([2, 0], [frame, 1], [2, 0]), [2, 2]],
    "a change there and back, as one": [isNew([2, 0], [frame, 1], [0.5, 0], [frame, 1], [2, 0]), [2, 2.56]],
    "two changes far apart": [isNew([2, 0], [frame, 1], [3, 0], [frame, 1], [2, 0]), [2, 2], [5.04, 5.04]],
  },
  passes: { "one format": isNew([10, 0]) },
});

it("says what the format was and what it is", () => {
  const track = together(
    isNew([1, 0], [frame, 1], [1, 0]),
    signal("format.width")([1, 640], [1 + frame, 320]),
    signal("format.height")([1, 360], [1 + frame, 180]),
  );
  const [found] = judgeTrack(formatChange, track);
  expect(found).toMatchObject({
    kind: "size",
    measured: { changes: 1, widthBefore: 640, heightBefore: 360, width: 320, height: 180 },
  });
});
