import { expect, it } from "vitest";
import { manifest } from "../../../src/analyzers/detectors/manifest.js";
import type { OpenedDefect } from "../../../src/analyzers/detector.js";
import { manifestBlock } from "../../../src/analyzers/signals/manifest.js";
import type { ManifestFault } from "../../../src/ingest/index.js";
import { signal, testDetector, testMedia } from "../../support/test-detector.js";

const missing = signal("manifest.missingSegments");

testDetector(manifest, {
  finds: {
    "a segment that is missing": [missing([6, 0], [2, 1], [4, 0]), [6, 8]],
    "several one after the other, as one": [missing([6, 0], [2, 1], [2, 3], [4, 0]), [6, 10]],
    "one at the end": [missing([6, 0], [2, 1]), [6, 8]],
  },
  passes: {
    "playlists without a fault": missing([10, 0]),
  },
});

it("tells line, rendition and reason of what follows each other, each kind by itself", () => {
  const fault = (kind: ManifestFault["kind"], startSeconds: number): ManifestFault => ({
    kind,
    rendition: 1,
    url: "https://host/v1.m3u8",
    line: 3 + startSeconds,
    startSeconds,
    endSeconds: startSeconds + 2,
    reason: `${kind} at ${startSeconds}.`,
  });
  const faults = [
    fault("missing-segment", 4),
    fault("wrong-duration", 4),
    fault("missing-segment", 6),
    fault("missing-segment", 20),
  ];
  const facts = { ended: true, renditions: [], faults };
  const told: OpenedDefect[] = [];
  const judging = manifest.begin(manifest.parameters.parse({}), { ...testMedia, manifest: facts }, "full");
  const emit = {
    open: (defect: OpenedDefect) => ({ number: told.push(defect) }),
    update: () => undefined,
    close: () => undefined,
  };
  judging.push(manifestBlock(facts, { lane: { name: "manifest", track: 0 }, signals: manifest.signals }, 0), emit);
  judging.end(30, emit);
  expect(told).toEqual([
    expect.objectContaining({
      startSeconds: 4,
      kind: "missing-segment",
      measured: { faults: 2, rendition: 1, line: 7 },
      causes: ["https://host/v1.m3u8:7 missing-segment at 4.", "https://host/v1.m3u8:9 missing-segment at 6."],
    }),
    expect.objectContaining({ startSeconds: 4, kind: "wrong-duration" }),
    expect.objectContaining({ startSeconds: 20, kind: "missing-segment", measured: { faults: 1, rendition: 1, line: 23 } }),
  ]);
});
