import { ghosting } from "../../../src/analyzers/detectors/ghosting.js";
import { signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

/** How far an echo stands out, and where it is. */
function echoes(...stretches: readonly (readonly [seconds: number, prominence: number, shift: Stretch[1]])[]): Track {
  return together(
    signal("echo.prominence")(...stretches.map(([seconds, prominence]): Stretch => [seconds, prominence])),
    signal("echo.shiftPixels")(...stretches.map(([seconds, , shift]): Stretch => [seconds, shift])),
  );
}

testDetector(ghosting, {
  finds: {
    "six seconds of an echo": [echoes([2, 0.01, 90], [6, 0.3, 24], [2, 0.01, -70]), [1.55, 8]],
    "an echo that pales in between, once": [echoes([5, 0.2, -12], [2, 0.05, -12], [3, 0.2, -12]), [0, 10]],
    "an echo that a chance likeness came before, from its own beginning": [
      echoes([2, 0.01, 90], [0.4, 0.08, -21], [6, 0.3, 18], [2, 0.01, -70]),
      [1.95, 8.4],
    ],
    "an echo whose place is not told well while it comes up": [
      echoes([2, 0.01, 90], [0.4, 0.1, 38.6], [3, 0.4, 37.9], [3, 0.4, 37], [2, 0.01, -70]),
      [1.55, 8.4],
    ],
    "an echo that something plainer covers for a moment, once": [
      echoes([3, 0.2, 12], [0.6, 0.4, 60], [4, 0.2, 12], [2, 0.01, 50]),
      [0, 7.6],
    ],
  },
  passes: {
    "what sticks out somewhere in any picture": echoes([20, 0.05, 40]),
    "steps that repeat elsewhere all the time": echoes([20, 0.2, (seconds) => 20 + 40 * Math.floor(seconds)]),
    "a likeness that creeps along with what moves": echoes([20, 0.2, (seconds) => 20 + seconds]),
    "a cross-fade": echoes([2, 0.01, 80], [2, 0.3, 30], [2, 0.01, 80]),
  },
});
