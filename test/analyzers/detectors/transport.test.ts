import { expect, it } from "vitest";
import { transport } from "../../../src/analyzers/detectors/transport.js";
import { judgeTrack, signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

const frame = 0.04;

/** One indicator over time, all others at rest. */
function only(name: string, ...stretches: Stretch[]): Track {
  const track = signal(`transport.${name}`)(...stretches);
  const quiet = Object.fromEntries(transport.signals.map((other) => [other, track.pts.map(() => 0)]));
  return { ...track, signals: { ...quiet, ...track.signals } };
}

testDetector(transport, {
  finds: {
    "packets that were lost once": [only("continuityErrors", [2, 0], [frame, 1], [4, 0]), [2, 2.04]],
    "packets that were lost again and again, as one": [
      only("continuityErrors", [2, 0], [frame, 1], [0.6, 0], [frame, 3], [0.6, 0], [frame, 1], [3, 0]),
      [2, 3.32],
    ],
    "losses with a quiet time between them, as two": [
      only("continuityErrors", [2, 0], [frame, 1], [2, 0], [frame, 1], [3, 0]),
      [2, 2.04],
      [4.04, 4.08],
    ],
  },
  passes: { "a stream without errors": only("continuityErrors", [10, 0]) },
});

it("counts each indicator, and is named by the gravest of them", () => {
  const lost = only("continuityErrors", [1, 0], [frame, 2], [1, 0]);
  const changed = signal("transport.crcErrors")([1, 0], [frame, 1], [1, 0]);
  const [found] = judgeTrack(transport, together(lost, changed));
  expect(found).toMatchObject({ kind: "continuity-count-error", measured: { errors: 3, continuityErrors: 2, crcErrors: 1 } });
});
