import { deadPixels } from "../../../src/analyzers/detectors/dead-pixels.js";
import { signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** Dots seen to stand still, and where the first of them is. */
function seen(...stretches: readonly (readonly [seconds: number, stuck: number, left?: Stretch[1]])[]): Track {
  return together(
    signal("dots.stuck")(...stretches.map(([seconds, stuck]): Stretch => [seconds, stuck])),
    ...["dots.stoodSeconds", "dots.movedSeconds"].map((name) =>
      signal(name)(...stretches.map(([seconds, , left]): Stretch => [seconds, left === undefined ? Number.NaN : 0.8])),
    ),
    signal("dots.left")(...stretches.map(([seconds, , left = Number.NaN]): Stretch => [seconds, left])),
    signal("dots.top")(...stretches.map(([seconds, , left]): Stretch => [seconds, left === undefined ? Number.NaN : 20])),
  );
}

testDetector(deadPixels, {
  finds: {
    "a pixel that stands still for five seconds, from when its time began": [seen([2, 0], [5, 1, 100], [7, 0]), [1.2, 6.96]],
    "a pixel over which the picture sometimes rests, once": [seen([1, 0], [2, 1, 7], [3, 0], [2, 1, 7], [6, 0]), [0.2, 7.96]],
  },
  passes: {
    "a picture without dots": seen([20, 0]),
    "sparks that stand still nowhere": seen([20, 1, (seconds) => 10 * Math.floor(seconds * 2)]),
    "a lamp behind which a car passes now and then": seen([2, 0], [0.08, 1, 50], [3, 0], [0.08, 1, 50], [8, 0]),
  },
});
