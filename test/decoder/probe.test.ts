import { expect, test } from "vitest";
import { probe } from "../../src/decoder/probe.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile, fileInput } from "./collect.js";

const forEver = new AbortController().signal;

test("says what a source holds", async () => {
  const file = await makeClip({
    inputs: [`${movingPicture({ size: "160x96", seconds: 1, rate: "30000/1001" })},interlace`, warble({ seconds: 1 })],
    options: [
      ...h264,
      "-flags",
      "+ildct+ilme",
      "-x264-params",
      "tff=1",
      "-c:a",
      "aac",
      "-ac",
      "2",
      "-metadata:s:a",
      "language=fra",
      "-timecode",
      "10:00:00;00",
    ],
    extension: "mov",
  });
  const media = await probe(fileInput(file), { signal: forEver });
  expect(media).toMatchObject({
    container: "mov",
    durationDeclared: true,
    seekable: true,
    startTimecode: "10:00:00;00",
    originSeconds: 0,
    video: {
      codec: "h264",
      width: 160,
      height: 96,
      pixelFormat: "yuv420p",
      bitDepth: 8,
      fullRange: false,
      scan: "tff",
      rotationDegrees: 0,
      still: false,
    },
    audio: [{ codec: "aac", channels: 2, layout: "stereo", layoutGuessed: false, sampleRateHz: 48000, language: "fra" }],
  });
  expect(media.bytes).toBeGreaterThan(1000);
  expect(media.durationSeconds).toBeCloseTo(1, 1);
});

test("takes the bytes that the source's owner knows over those that ffprobe finds", async () => {
  const file = await makeClip({ inputs: [movingPicture()], options: [...h264], extension: "mp4" });
  expect((await probe(fileInput(file), { bytes: 12345, signal: forEver })).bytes).toBe(12345);
});

test("begins at the first presented frame or sample of all tracks, not where the container says", async () => {
  // The picture comes half a second after the sound, in a stream whose clock starts at an hour.
  const file = await makeClip({
    inputs: [movingPicture(), warble()],
    options: ["-filter:v", "setpts=PTS+0.5/TB", ...h264, "-bf", "2", "-c:a", "mp2", "-output_ts_offset", "3600"],
    extension: "ts",
  });
  const { media, frames, sound } = await decodeFile(file);
  expect(media.originSeconds).toBeGreaterThan(3600);
  expect(sound[0]?.[0]?.pts).toBe(0);
  expect(frames[0]?.pts).toBeCloseTo(0.5, 1);
});

test("takes a channel layout that nobody names for ffmpeg's default, and says so", async () => {
  // The header of an AU file has no room for a layout.
  const file = await makeClip({
    inputs: ["sine=d=1,pan=6c|c0=c0|c1=c0|c2=c0|c3=c0|c4=c0|c5=c0"],
    options: ["-c:a", "pcm_s16be"],
    extension: "au",
  });
  const { media, rms } = await decodeFile(file);
  expect(media.audio[0]).toMatchObject({ channels: 6, layout: "5.1", layoutGuessed: true });
  expect(rms[0]).toHaveLength(6);
});

test("leaves out a sound track that this ffmpeg has no decoder for", async () => {
  const file = await makeClip({
    inputs: [movingPicture(), warble()],
    options: [...h264, "-c:a", "flac", "-strict", "-2"],
    extension: "mp4",
    // The sample description's name: from `fLaC` to `mhm1`, MPEG-H.
    edits: [{ edit: "overwrite", find: "664c6143", put: "6d686d31" }],
  });
  const { media, frames } = await decodeFile(file);
  expect(media.audio).toEqual([]);
  expect(frames).toHaveLength(50);
});

test("knows a still picture", async () => {
  const { media, frames } = await decodeFile(
    await makeClip({ inputs: ["testsrc2=s=64x48:d=0.04"], options: ["-frames:v", "1"], extension: "png" }),
  );
  expect(media.video?.still).toBe(true);
  expect(media.durationSeconds).toBeUndefined();
  expect(frames).toHaveLength(1);
});

test("says by which matrix a picture is coded, where the source says so", async () => {
  const matrixOf = async (...options: readonly string[]) => {
    const file = await makeClip({ inputs: [movingPicture()], options: [...h264, ...options], extension: "mp4" });
    return (await probe(fileInput(file), { signal: forEver })).video?.colorMatrix;
  };
  expect(await matrixOf("-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709")).toBe("bt709");
  expect(await matrixOf()).toBeUndefined();
});
