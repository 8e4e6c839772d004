import { expect, it } from "vitest";
import type { Lane, LaneSignals, SignalBlock } from "../../src/analyzers/signal-block.js";
import { openSyncSummary, type TrackSync } from "../../src/analyzers/sync-summary.js";
import { every, flashing, pattern } from "../support/flashes-and-beeps.js";
import type { Track } from "../support/test-detector.js";

const picture: Lane = { name: "picture", track: 0 };
const sound: Lane = { name: "sound", track: 0 };

function blockOf(lane: Lane, { pts, signals }: Omit<Track, "sound">): SignalBlock {
  const columns = Object.entries(signals).map(([name, values]) => [name, Float32Array.from(values)]);
  return {
    lane,
    startIndex: 0,
    pts: Float64Array.from(pts),
    signals: Object.fromEntries(columns),
    discontinuityBefore: false,
  };
}

function syncOf(track: Track): TrackSync[] {
  const ofSound = track.sound ?? { pts: [], signals: {}, endSeconds: 0 };
  const lanes: LaneSignals[] = [
    { lane: picture, signals: Object.keys(track.signals) },
    { lane: sound, signals: ["audio.rmsDbfs", "onset.riseDbfs", "onset.atSeconds"] },
  ];
  const summary = openSyncSummary(lanes);
  if (ofSound.pts.length > 0) summary.push(blockOf(sound, ofSound));
  summary.end(sound, ofSound.endSeconds);
  summary.push(blockOf(picture, track));
  summary.end(picture, track.endSeconds);
  return summary.read();
}

it("says how late the sound is", () => {
  const [track, ...more] = syncOf(pattern(30, every(2, 30), 0.03));
  expect(track).toMatchObject({ track: 0, state: "measured", confidence: 0.99, offsetSeconds: expect.closeTo(0.03, 3) });
  expect(more).toEqual([]);
});

it("says how much later the sound becomes", () => {
  const drifting = pattern(600, every(2, 600), (flash) => (flash / 600) * 0.1);
  expect(syncOf(drifting)[0]).toMatchObject({
    driftMillisecondsPerMinute: expect.closeTo(10, 1),
    offsetSeconds: expect.closeTo(0.05, 2),
  });
});

it("says that nothing can be measured where nothing goes by pairs", () => {
  expect(syncOf(flashing(30, every(2, 30)))).toEqual([{ track: 0, state: "not-measurable" }]);
});

it("says nothing where it was not looked", () => {
  const summary = openSyncSummary([{ lane: picture, signals: ["luma.mean"] }]);
  summary.end(picture, 1);
  expect(summary.read()).toEqual([]);
});
