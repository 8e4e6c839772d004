import { freeze } from "../../../src/analyzers/detectors/freeze.js";
import { signal, testDetector, together, type Stretch, type Track } from "../../support/test-detector.js";

/** Differences to the frame before, with a mean luma that stays. */
function differences(...stretches: Stretch[]): Track {
  return withLuma(100, ...stretches);
}

function withLuma(luma: Stretch[1], ...stretches: Stretch[]): Track {
  const difference = signal("diff.mean")(...stretches);
  return together(difference, signal("luma.mean")([difference.endSeconds, luma]), darkFor(difference.endSeconds, 0.1));
}

function darkFor(seconds: number, darkRatio: Stretch[1], samplesPerSecond?: number): Track {
  return signal("luma.darkRatio", samplesPerSecond)([seconds, darkRatio]);
}

const firstFrame: Stretch = [0.04, Number.NaN];
const moving = 0.02;

/** Still but for a keyframe every `seconds`, at which the coder draws the picture anew. */
function jumpEvery(seconds: number, jump: number): Stretch[1] {
  const frames = Math.round(seconds * 25);
  return (_, index) => (index % frames === frames >> 1 ? jump : 0.00005);
}

testDetector(freeze, {
  finds: {
    // The still picture is the one before the first that does not differ from it.
    "three seconds that stand still": [differences(firstFrame, [2, moving], [3, 0], [2, moving]), [2, 5.04]],
    "a freeze of exactly the limit": [differences(firstFrame, [1, moving], [1.96, 0], [1, moving]), [1, 3]],
    "a freeze from the first frame on": [differences(firstFrame, [3, 0], [1, moving]), [0, 3.04]],
    "a freeze until the end of the media": [differences(firstFrame, [1, moving], [4, 0]), [1, 5.04]],
    "differences at exactly the limit of freezedetect, for as long as they do not add up": [
      differences(firstFrame, [1, moving], [4, (_, index) => (index % 20 === 0 ? 0.000999 : 0)], [1, moving]),
      [1, 5.04],
    ],
    "a freeze that keyframes draw anew every second": [
      differences(firstFrame, [1, moving], [8, jumpEvery(1, 0.008)], [1, moving]),
      [1, 9.04],
    ],
    "a freeze of MPEG-2, whose short groups of pictures move a little": [
      differences(firstFrame, [1, moving], [8, (_, index) => (index % 12 < 2 ? 0.0013 : 0.0001)], [1, moving]),
      [1.08, 9.04],
    ],
    "an hour-long freeze as one": [
      together(
        signal("diff.mean", 1)([1, Number.NaN], [3599, 0.0001]),
        signal("luma.mean", 1)([3600, 100]),
        darkFor(3600, 0.1, 1),
      ),
      [0, 3600],
    ],
    "two freezes with a cut between them": [differences(firstFrame, [3, 0], [0.04, 0.3], [3, 0]), [0, 3.04], [3.04, 6.08]],
  },
  passes: {
    "black, which is a fault of its own": together(
      signal("diff.mean")(firstFrame, [2, moving], [3, 0], [2, moving]),
      signal("luma.mean")([2.04, 100], [3, 16], [2, 100]),
      signal("luma.darkRatio")([2, 0.1], [3.04, 1], [2, 0.1]),
    ),
    "moving pictures": differences(firstFrame, [20, moving]),
    "a stop shorter than the limit": differences(firstFrame, [2, moving], [1.9, 0], [2, moving]),
    "a slow pan, whose steps are tiny but add up": differences(firstFrame, [20, 0.0008]),
    "a speaker far away": differences(firstFrame, [20, 0.00025]),
    "a slow fade, which the luma shows": withLuma((seconds) => 200 - 2 * seconds, firstFrame, [20, 0.0001]),
    "a pan in single steps, which are no keyframes": differences(firstFrame, [20, jumpEvery(0.24, 0.006)]),
    "small movements longer than a keyframe's jump": differences(firstFrame, [
      20,
      (seconds) => (seconds % 1.5 < 0.2 ? 0.004 : 0),
    ]),
  },
});
