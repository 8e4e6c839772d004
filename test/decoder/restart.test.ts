import { expect, test } from "vitest";
import { openErrorCounts } from "../../src/decoder/decode-errors.js";
import type { DecodeRequest, MediaInfo, VideoTrack } from "../../src/decoder/index.js";
import { openPictureLane } from "../../src/decoder/picture-lane.js";
import { openSoundLane } from "../../src/decoder/sound-lane.js";
import { h264, makeClip, movingPicture } from "../media/make.js";
import { decodeFile, openMemory } from "./collect.js";

const input = { kind: "file", url: "file:/none", inputOptions: [], environment: {} } as const;
const audio = [{ streamIndex: 1, codec: "aac", channels: 1, layout: "mono", layoutGuessed: false, sampleRateHz: 1000 }];
const video: VideoTrack = {
  streamIndex: 0,
  codec: "h264",
  width: 2,
  height: 2,
  frameRate: 10,
  pixelFormat: "gray",
  bitDepth: 8,
  fullRange: false,
  scan: "progressive",
  rotationDegrees: 0,
  still: false,
};
const media: MediaInfo = { container: "mov", durationDeclared: false, originSeconds: 0, seekable: true, video, audio };
const request: DecodeRequest = {
  ...{ input, media, picture: true, sound: true, profile: "full", decoder: "cpu", live: false },
  startSeconds: 1,
  endSeconds: 2,
  runInSeconds: 0.2,
};

test("sound that was announced and never delivered is delivered by the next child, and nothing before the start", async () => {
  const delivered: number[] = [];
  const sinks = { memory: openMemory(), frame: () => undefined, sound: ({ pts }: { pts: number }) => void delivered.push(pts) };
  const lane = openSoundLane(request, sinks, 0, openErrorCounts());
  const runs = (from: number) =>
    Array.from({ length: 24 - from }, (_, index) =>
      lane.run({ kind: "sound", track: 0, sampleRate: 1000, channels: 1, samples: 100 }, (from + index) / 10, []),
    );
  lane.begin(true);
  runs(0);
  expect(lane.isPast).toBe(true);
  lane.begin(true);
  for (const { run } of runs(0)) await run.deliver?.([new Float32Array(100)]);
  expect(delivered).toEqual([1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9]);
});

test("frames that were announced and never delivered are delivered by the next child, and none before the start counts", async () => {
  const delivered: [number, boolean][] = [];
  const frame = ({ pts }: { pts: number }, inside: boolean) => void delivered.push([pts, inside]);
  const lane = openPictureLane(request, { memory: openMemory(), frame, sound: () => undefined }, openErrorCounts());
  const frames = () =>
    Array.from({ length: 24 }, (_, index) => {
      const line = {
        kind: "picture",
        pts: index,
        pixelFormat: "gray",
        width: 2,
        height: 2,
        keyframe: true,
        fieldOrder: "progressive",
        intra: true,
        first: false,
      } as const;
      return lane.frame(line, index / 10, []);
    });
  lane.begin(true);
  frames();
  expect(lane.isPast).toBe(true);
  lane.begin(true);
  for (const { frame } of frames()) await frame.deliver?.(new Uint8Array(4));
  const inside = [1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9].map((seconds) => [seconds, true]);
  expect(delivered).toEqual([[0.8, false], [0.9, false], ...inside]);
  expect(lane.result().seam).toEqual({
    lastBeforeSeconds: 0.9,
    firstInsideSeconds: 1,
    lastInsideSeconds: 1.9,
    firstAfterSeconds: 2,
  });
});

test("the frame before a segment's first one is seen, however long it lasted", async () => {
  const file = await makeClip({
    inputs: [`${movingPicture({ seconds: 4 })},setpts='PTS+if(gte(N,50),6/TB,0)'`],
    options: [...h264, "-fps_mode", "passthrough"],
    extension: "mp4",
  });
  const { runIn, frames } = await decodeFile(file, { startSeconds: 5, runInSeconds: 0.5 });
  expect(runIn.map(({ pts }) => pts)).toEqual([expect.closeTo(1.96, 6)]);
  expect(frames[0]?.pts).toBeCloseTo(8, 6);
});
