import { flicker } from "../../../src/analyzers/detectors/flicker.js";
import { signal, testDetector, together, type Stretch, type Track } from "../../support/test-detector.js";

/** Changes of the light in the four quarters of the picture. */
function quarters(...places: readonly (readonly Stretch[])[]): Track {
  const names = ["firstChange", "secondChange", "thirdChange", "fourthChange"];
  return together(...names.map((name, place) => signal(`flicker.${name}`)(...(places[place] ?? places[0] ?? []))));
}

const steady: Stretch = [2, 0];
/** Up and down by so much, a step of each in turn after so many frames. */
const pumping =
  (swing: number, frames: number): Stretch[1] =>
  (_, index) =>
    (Math.floor(index / frames) % 2 === 0 ? swing : -swing) / frames;

testDetector(flicker, {
  finds: {
    "light that goes up and down six times a second": [quarters([steady, [3, pumping(0.04, 2)], steady]), [1.96, 4.96]],
    "slow pumping about the light that there was, by half of a swing to each side": [
      quarters([steady, [0.24, 0.0033], [6, (_, index) => (Math.floor(index / 6) % 2 === 0 ? -0.0066 : 0.0066)], steady]),
      [2.2, 8.2],
    ],
    "what a coder leaves of quick flicker: smaller swings than those of slow pumping, slower than quick ones": [
      quarters([steady, [4, pumping(0.025, 5)], steady]),
      [1.96, 5.96],
    ],
    "slow pumping by three parts in a hundred": [quarters([steady, [6, pumping(0.032, 9)], steady]), [1.96, 7.72]],
    "flicker of three quarters from where the third of them begins": [
      quarters(
        [steady, [0.4, 0], [3, pumping(0.04, 2)], [1.6, 0]],
        [steady, [0.4, 0], [3, pumping(0.04, 2)], [1.6, 0]],
        [steady, [3.4, pumping(0.04, 2)], [1.6, 0]],
        [[7, 0]],
      ),
      [2.36, 5.36],
    ],
    "a coder that pumps once a second": [quarters([steady, [8, pumping(0.1, 10)], steady]), [1.96, 9.96]],
    "slow pumping as one, which ends where the light only creeps on": [
      quarters([steady, [3, pumping(0.08, 6)], [6, 0.0004]]),
      [1.96, 4.96],
    ],
    "flicker after light that trembled and crept, from where it begins": [
      quarters([steady, [4, (_, index) => (index % 2 === 0 ? 0.006 : -0.005)], [3, pumping(0.04, 2)], steady]),
      [5.96, 8.96],
    ],
    "flicker that comes back as another": [
      quarters([steady, [3, pumping(0.04, 2)], [4, 0], [3, pumping(0.04, 2)], steady]),
      [1.96, 4.96],
      [8.96, 11.96],
    ],
  },
  passes: {
    "steady light": quarters([[20, 0]]),
    "noise too small to see": quarters([[20, pumping(0.004, 2)]]),
    "slow pumping too small to see, as large as quick flicker": quarters([[20, pumping(0.018, 9)]]),
    "a slow fade": quarters([[20, -0.004]]),
    "a television in a corner": quarters([[20, 0]], [[20, 0]], [[20, pumping(0.05, 2)]], [[20, pumping(0.05, 2)]]),
    "three strokes of lightning": quarters([
      [5, 0],
      [0.6, pumping(0.15, 3)],
      [5, 0],
    ]),
    "flashes, which are a fault of their own": quarters([[20, pumping(0.4, 1)]]),
  },
});
