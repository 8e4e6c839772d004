import { expect, it } from "vitest";
import { manifest } from "../../../src/analyzers/detectors/manifest.js";
import type { OpenedDefect } from "../../../src/analyzers/detector.js";
import { openLiveManifest } from "../../../src/analyzers/signals/live-manifest.js";
import type { ManifestFaultKind, PlaylistEvent } from "../../../src/ingest/index.js";
import { testMedia } from "../../support/test-detector.js";

function event(kind: ManifestFaultKind, what: "opened" | "resolved", url = "https://host/v.m3u8"): PlaylistEvent {
  return { event: what, kind, url, atSeconds: 0, reason: `${kind} of ${url}.` };
}

/** The lane, read by the real detector, which says what it opens and closes. */
function judged() {
  const told: string[] = [];
  const opened: OpenedDefect[] = [];
  const times: number[] = [];
  const emit = {
    open(defect: OpenedDefect) {
      opened.push(defect);
      told.push(`${defect.startSeconds} ${defect.kind} opened`);
      return { kind: defect.kind };
    },
    update: () => undefined,
    close: (handle: object, seconds: number) =>
      void told.push(`${seconds} ${"kind" in handle ? String(handle.kind) : ""} closed`),
  };
  const blocks: Parameters<typeof judging.push>[0][] = [];
  const live = openLiveManifest({ lane: { name: "manifest", track: 0 }, signals: manifest.signals }, (block) => {
    blocks.push(block);
    times.push(block.pts[0] ?? Number.NaN);
    judging.push(block, emit);
  });
  const judging = manifest.begin(manifest.parameters.parse({}), { ...testMedia, manifest: live.facts }, "full");
  return { live, told, opened, times, end: (seconds: number) => judging.end(seconds, emit) };
}

it("opens a defect while a playlist is stale, says why, and closes it when the playlist goes on", () => {
  const { live, told, opened } = judged();
  live.tick(5);
  live.take(event("stale", "opened"), 12);
  live.tick(20);
  expect(told).toEqual(["12 stale opened"]);
  expect(opened[0]?.causes).toEqual(["https://host/v.m3u8 stale of https://host/v.m3u8."]);
  live.take(event("stale", "resolved"), 30);
  expect(told).toEqual(["12 stale opened", "30 stale closed"]);
  expect(live.facts.faults).toEqual([expect.objectContaining({ kind: "stale", startSeconds: 12, endSeconds: 30 })]);
});

it("keeps one defect open for as long as any rendition has the fault", () => {
  const { live, told } = judged();
  live.take(event("missing-playlist", "opened", "https://host/one.m3u8"), 1);
  live.take(event("missing-playlist", "opened", "https://host/two.m3u8"), 2);
  live.take(event("missing-playlist", "resolved", "https://host/one.m3u8"), 3);
  expect(told).toEqual(["1 missing-playlist opened"]);
  live.take(event("missing-playlist", "resolved", "https://host/two.m3u8"), 4);
  expect(told).toEqual(["1 missing-playlist opened", "4 missing-playlist closed"]);
});

it("closes a fault of a moment after a second, and keeps what comes again within it as one", () => {
  const { live, told, times } = judged();
  live.take(event("sequence", "opened"), 3);
  live.take(event("sequence", "opened"), 3.5);
  live.take(event("stale", "opened"), 6);
  live.tick(9);
  expect(told).toEqual(["3 sequence opened", "4.5 sequence closed", "6 stale opened"]);
  expect(times).toEqual(times.toSorted((one, other) => one - other));
});

it("emits a block only when something changes, whatever the clock does", () => {
  const { live, times } = judged();
  for (const seconds of [0, 1, 2, 1, 3]) live.tick(seconds);
  live.take(event("syntax", "resolved"), 2);
  expect(times).toEqual([0]);
});
