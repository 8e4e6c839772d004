import { dualMono } from "../../../src/analyzers/detectors/dual-mono.js";
import { signal, type Stretch, testDetector, together } from "../../support/test-detector.js";

const medians = signal("pair.sideDb", 20);
const pauses = signal("pair.pauseSideDb", 20);

/** The same in loud windows and in soft ones. */
const sideDb = (...stretches: Stretch[]) => together(medians(...stretches), pauses(...stretches));

testDetector(dualMono, {
  finds: {
    "the same in both": [sideDb([2, -12], [8, -120], [2, -12]), [1.5, 10]],
    "the same but for a coder's noise": [sideDb([20, (seconds) => -62 + 10 * Math.sin(seconds)]), [0, 20]],
    "the same but for the noise of a coder at a low bitrate": [
      together(medians([2, -12], [6, -39], [2, -12]), pauses([3.3, -8], [5.2, -29], [1.5, -8])),
      [1.5, 8],
    ],
    "rain at a low bitrate, whose noise the coder raises at first": [sideDb([3, -30], [9, -45]), [0, 12]],
    "speech with pauses, as one": [sideDb([4, -120], [2, Number.NaN], [4, -120], [1, Number.NaN]), [0, 10]],
  },
  passes: {
    "stereo": sideDb([20, -15]),
    "stereo that is narrow": sideDb([20, -30]),
    "a voice in the middle of a room": sideDb([20, (seconds) => (seconds % 2 < 1.5 ? -28 : -80)]),
    "a loud voice in the middle, between whose words a room is heard": together(
      medians([20, -42]),
      pauses([20, (seconds) => (seconds % 4 < 2.5 ? -6 : -42)]),
    ),
    "four seconds of mono": sideDb([4, -120], [10, -20]),
    "one channel only": sideDb([20, 0]),
    "opposite signs": sideDb([20, 120]),
  },
});
