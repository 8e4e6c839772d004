import { frameDrop } from "../../../src/analyzers/detectors/frame-drop.js";
import { signal, testDetector, together, type Stretch, type Track } from "../../support/test-detector.js";

/** Differences to the frame before, 25 frames a second at even times. */
function differences(...stretches: Stretch[]): Track {
  const difference = signal("diff.mean")([0.04, Number.NaN], ...stretches);
  const interval = signal("timing.intervalSeconds")([0.04, Number.NaN], [difference.endSeconds - 0.04, 0.04]);
  return together(difference, interval);
}

/** A source of which these frames, of 25 a second, did not come; the step over them is as much larger. */
function without(missing: (index: number) => boolean, frames: number): Track {
  const kept = Array.from({ length: frames }, (_, index) => index).filter((index) => !missing(index));
  const steps = kept.map((index, place) => (place === 0 ? Number.NaN : index - (kept[place - 1] ?? 0)));
  return {
    pts: kept.map((index) => index / 25),
    signals: {
      "diff.mean": steps.map((step) => step * 0.01),
      "timing.intervalSeconds": steps.map((step) => step / 25),
    },
    endSeconds: frames / 25,
  };
}

const moving = 0.01;
/** A hold of a second after two of motion, the step after it, and the motion that follows. */
const afterHold = (step: number, then: number): Track => differences([2, moving], [1, 0], [0.04, step], [3, then]);
/** Motion that differs by half from frame to frame, the same at each run. */
const uneven = (index: number): number => moving * (1 + 0.5 * Math.sin(index * 2.4));

/** One frame of every so many stands where a lost one should be; the next step is twice as large. */
const stutter =
  (every: number): Stretch[1] =>
  (_, index) =>
    index % every === 0 ? 0.0001 : index % every === 1 ? 2 * moving : moving;

testDetector(frameDrop, {
  finds: {
    "one frame in five repeated for one that is lost": [differences([2, moving], [2, stutter(5)], [3, moving]), [2.04, 3.96]],
    "repeats at odd times": [
      differences([2, moving], [2, (_, index) => ([3, 7, 16, 18, 30, 41].includes(index) ? 0 : moving)], [3, moving]),
      [2.16, 3.8],
    ],
    "one long hold in motion that never rested": [
      differences([2, moving], [0.4, 0], [0.04, 4 * moving], [3, moving]),
      [2.04, 2.52],
    ],
    "a hold that the coder draws anew": [
      differences([2, moving], [0.3, 0], [0.08, 0.006], [0.3, 0], [0.04, 10 * moving], [3, moving]),
      [2.04, 2.84],
    ],
    "a second's hold, after which the picture is far ahead": [afterHold(20 * moving, moving), [2.04, 3.12]],
    "lost frames in a source of constant rate": [without((index) => [60, 70, 85].includes(index), 200), [2.4, 3.52]],
  },
  passes: {
    "even motion": differences([20, moving]),
    "a still picture": differences([20, 0.00005]),
    "24 frames in 30": differences([20, (_, index) => (index % 5 === 0 ? 0 : moving)]),
    "24 frames in 28, in motion that is uneven": differences([40, (_, index) => (index % 7 === 0 ? 0.0001 : uneven(index))]),
    "a picture that stood and was cut away from, to what moves otherwise": afterHold(20 * moving, 5 * moving),
    "a pause, after which motion goes on where it was": afterHold(moving, moving),
    "animation on twos": differences([20, (_, index) => (index % 2 === 0 ? 0 : moving)]),
    "one lost frame": differences([5, moving], [0.04, 0], [0.04, 2 * moving], [5, moving]),
    "a screen on which things start and stop": differences([20, (_, index) => (index % 40 < 6 ? moving * (1 + (index % 3)) : 0)]),
    "variable frame rate": without((index) => (index * index) % 7 < 3, 500),
  },
});
