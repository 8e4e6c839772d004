import { blur } from "../../../src/analyzers/detectors/blur.js";
import { signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

/** Edge widths, in a picture with plenty of edges. */
function widths(...stretches: Stretch[]) {
  return together(
    signal("sharpness.edgeWidthPixels")(...stretches),
    signal("sharpness.edgeShare")(...stretches.map(([seconds]): Stretch => [seconds, 0.2])),
  );
}

testDetector(blur, {
  finds: {
    "four seconds out of focus": [widths([2, 2.2], [4, 7], [2, 2.2]), [2, 6]],
    "focus that wavers about the limit, once": [widths([2, 2], [3, 5], [1, 4.5], [2, 5], [1, 2]), [2, 8]],
    "a blur to the end of the media": [widths([1, 2], [3, 6]), [1, 4]],
  },
  passes: {
    "a sharp picture": widths([10, 2]),
    "a soft lens": widths([20, 4]),
    "a moment of lost focus": widths([2, 2], [1.5, 8], [2, 2]),
    "fog, where nearly nothing has edges": together(
      signal("sharpness.edgeWidthPixels")([10, 9]),
      signal("sharpness.edgeShare")([10, 0.005]),
    ),
  },
});
