import { dualMono } from "../../../src/analyzers/detectors/dual-mono.js";
import { signal, testDetector } from "../../support/test-detector.js";

const sideDb = signal("pair.sideDb", 20);

testDetector(dualMono, {
  finds: {
    "the same in both": [sideDb([2, -12], [8, -120], [2, -12]), [2, 10]],
    "the same but for a coder's noise": [sideDb([20, (seconds) => -62 + 10 * Math.sin(seconds)]), [0, 20]],
    "speech with pauses, as one": [sideDb([4, -120], [2, Number.NaN], [4, -120], [1, Number.NaN]), [0, 10]],
  },
  passes: {
    "stereo": sideDb([20, -15]),
    "a voice in the middle of a room": sideDb([20, (seconds) => (seconds % 2 < 1.5 ? -38 : -80)]),
    "four seconds of mono": sideDb([4, -120], [10, -20]),
    "one channel only": sideDb([20, 0]),
    "opposite signs": sideDb([20, 120]),
  },
});
