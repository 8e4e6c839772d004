import { stall } from "../../../src/analyzers/detectors/stall.js";
import { signal, testDetector } from "../../support/test-detector.js";

const wait = signal("source.waitSeconds");
const frame = 0.04;

testDetector(stall, {
  finds: {
    "a source that kept us waiting for eight seconds": [wait([2, 0], [frame, 8], [2, 0]), [1.96, 2.04]],
    "two waits close to each other, as one": [wait([2, 0], [frame, 8], [0.4, 0], [frame, 6], [2, 0]), [1.96, 2.48]],
  },
  passes: {
    "media that comes": wait([10, 0]),
    "waits that a buffer holds": wait([2, 0], [frame, 3], [2, 0], [frame, 4.9], [2, 0]),
  },
});
