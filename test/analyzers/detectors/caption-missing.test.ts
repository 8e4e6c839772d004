import { captionMissing } from "../../../src/analyzers/detectors/caption-missing.js";
import { signal, testDetector, together } from "../../support/test-detector.js";

const isPresent = signal("caption.isPresent");
const hasContent = signal("caption.hasContent");
/** A picture with captions, and some without, at 25 frames a second. */
const sparse = (seconds: number): [number, number][] =>
  Array.from({ length: seconds }, (): [number, number][] => [
    [0.04, 1],
    [0.96, 0],
  ]).flat();

testDetector(captionMissing, {
  finds: {
    "a signal that stays away for longer than ten seconds": [isPresent([5, 1], [12, 0], [5, 1]), [5, 17]],
    "a signal that never comes back": [isPresent([5, 1], [12, 0]), [5, 17]],
  },
  passes: {
    "media that never had captions": isPresent([300, 0]),
    "captions in each picture": isPresent([300, 1]),
    "a short loss of the signal": isPresent([5, 1], [9, 0], [5, 1]),
    "data that is sent only where captions change": isPresent(...sparse(5), [60, 0], ...sparse(5)),
  },
});

testDetector(captionMissing, {
  parameters: { required: true },
  finds: { "media that should have captions and has none": [isPresent([30, 0]), [0, 30]] },
  passes: { "captions from the start": isPresent([30, 1]) },
});

testDetector(captionMissing, {
  parameters: { maximumContentGapSeconds: 20 },
  finds: {
    "stuffing alone where there were letters": [together(isPresent([60, 1]), hasContent([10, 1], [30, 0], [20, 1])), [10, 40]],
  },
  passes: {
    "stuffing alone from the beginning": together(isPresent([60, 1]), hasContent([60, 0])),
    "a stretch in which nobody speaks": together(isPresent([60, 1]), hasContent([10, 1], [15, 0], [35, 1])),
  },
});
