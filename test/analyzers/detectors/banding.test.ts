import { banding } from "../../../src/analyzers/detectors/banding.js";
import { signal, testDetector } from "../../support/test-detector.js";

const ratio = signal("banding.ratio");

testDetector(banding, {
  finds: {
    "three seconds of bands": [ratio([2, 0.02], [3, 0.5], [2, 0.02]), [2, 5]],
    "one fault where keyframes draw the picture anew": [ratio([2, 0.5], [0.32, 0.2], [2, 0.5], [2, 0]), [0, 4.32]],
    "bands to the end of the media": [ratio([1, 0], [4, 0.4]), [1, 5]],
  },
  passes: {
    "a sky with a few contours": ratio([20, 0.2]),
    "a fade from black": ratio([1.9, 0.7], [5, 0]),
    "pictures that could not be measured": ratio([20, Number.NaN]),
  },
});
