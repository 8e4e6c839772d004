import { expect, it } from "vitest";
import { decodeError } from "../../../src/analyzers/detectors/decode-error.js";
import { judgeTrack, signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

/** Complaints, the place of which the decoder does not name. */
const errorCount = (...stretches: Stretch[]) => {
  const track = signal("decode.errorCount")(...stretches);
  const unknown = track.pts.map(() => Number.NaN);
  return { ...track, signals: { ...track.signals, "decode.damagedTop": unknown, "decode.damagedHeight": unknown } };
};
const frame = 0.04;

testDetector(decodeError, {
  finds: {
    "one damaged frame": [errorCount([2, 0], [frame, 3], [4, 0]), [2, 2.04]],
    "errors of one damaged stretch, as one": [
      errorCount([1, 0], [frame, 2], [0.8, 0], [frame, 1], [0.96, 0], [frame, 1], [3, 0]),
      [1, 2.88],
    ],
    "two stretches with a quiet time between them": [
      errorCount([frame, 1], [1.04, 0], [frame, 1], [3, 0]),
      [0, 0.04],
      [1.08, 1.12],
    ],
    "errors with exactly the quiet time that is bridged": [errorCount([frame, 1], [1, 0], [frame, 1], [3, 0]), [0, 1.08]],
    "errors until the end of the media": [errorCount([1, 0], [2, 1]), [1, 3]],
    "an error in the last frame": [errorCount([1, 0], [frame, 1]), [1, 1.04]],
    "an error shortly before the end, without the quiet time": [errorCount([1, 0], [frame, 1], [0.5, 0]), [1, 1.04]],
  },
  passes: {
    "media without errors": errorCount([20, 0]),
  },
});

it("counts the errors and tells at the first", () => {
  const track = errorCount([1, 0], [frame, 2], [0.8, 0], [frame, 3], [2, 0]);
  const [found] = judgeTrack(decodeError, track, { sizes: [1] });
  expect(found?.measured).toEqual({
    durationSeconds: expect.closeTo(0.88, 6),
    errorCount: 5,
    mostErrorsPerSecond: 5,
  });
  expect(found?.openedAtSeconds).toBe(1);
});

it("says how many errors came in the worst second, and in which rows the first one was", () => {
  const track = together(
    errorCount([1, 0], [frame, 2], [0.96, 0], [frame, 7], [2, 0]),
    signal("decode.damagedTop")([1, Number.NaN], [frame, 32], [3, Number.NaN]),
    signal("decode.damagedHeight")([1, Number.NaN], [frame, 48], [3, Number.NaN]),
  );
  const [found] = judgeTrack(decodeError, track);
  expect(found?.measured).toMatchObject({ errorCount: 9, mostErrorsPerSecond: 7 });
  expect(found?.region).toEqual({ x: 0, y: 32, width: 320, height: 48 });
});
