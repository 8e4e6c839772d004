import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";
import { decodeFile } from "./collect.js";

const run = promisify(execFile);

/** ffmpeg's own MD5 of each frame of the same decode. */
async function frameHashes(file: string, ...options: readonly string[]): Promise<string[]> {
  const { stdout } = await run("ffmpeg", [
    "-v",
    "error",
    "-threads",
    "1",
    "-noautorotate",
    "-i",
    file,
    "-map",
    "0:V:0",
    ...options,
    "-fps_mode",
    "passthrough",
    "-autoscale",
    "0",
    "-f",
    "framemd5",
    "-",
  ]);
  return stdout
    .split("\n")
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(",").at(-1)?.trim() ?? "");
}

const fourSeconds = {
  inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })],
  options: [...h264, "-c:a", "aac"],
  extension: "mp4",
} as const;

test("delivers every frame of an MP4 with its pixels and its time", async () => {
  const file = await makeClip(fourSeconds);
  const { media, outcome, frames, sound } = await decodeFile(file);
  expect(frames.map(({ md5 }) => md5)).toEqual(await frameHashes(file));
  expect(frames.map(({ pts }) => pts)).toEqual(Array.from({ length: 100 }, (_, index) => expect.closeTo(index / 25, 9)));
  expect(frames.filter(({ keyframe }) => keyframe).map(({ pts }) => Math.round(pts))).toEqual([0, 1, 2, 3]);
  expect(sound[0]?.[0]?.pts).toBe(0);
  expect(outcome).toMatchObject({ frames: 100, backwardJump: false, errors: [], decoder: "cpu" });
  expect(outcome.incompleteReason).toBeUndefined();
  expect(outcome.audioSeconds[0]).toBeCloseTo(4, 1);
  expect(media).toMatchObject({ container: "mov", seekable: true, durationDeclared: true });
});

test("keeps variable frame times that lie off every frame grid", async () => {
  const file = await makeClip({
    inputs: [movingPicture({ rate: "1000", seconds: 3 })],
    // Picks frames at uneven milliseconds.
    options: [
      "-vf",
      "select='not(mod(n,37))+not(mod(n,101))'",
      "-fps_mode",
      "passthrough",
      "-enc_time_base",
      "1/1000",
      ...h264,
      "-bf",
      "0",
    ],
    extension: "mkv",
  });
  const { frames, outcome } = await decodeFile(file);
  const wanted = Array.from({ length: 3000 }, (_, n) => n).filter((n) => n % 37 === 0 || n % 101 === 0);
  expect(frames.map(({ pts }) => Math.round(pts * 1000))).toEqual(wanted);
  expect(frames.some(({ discontinuityBefore }) => discontinuityBefore)).toBe(false);
  expect(outcome.incompleteReason).toBeUndefined();
});

test.each([8, 30])("says where a gap of %i s in a transport stream is, in picture and sound", async (gapSeconds) => {
  const part = (offset: number) => ({
    inputs: [movingPicture(), warble()],
    options: [...h264, "-bf", "0", "-c:a", "mp2", "-output_ts_offset", String(offset)],
    extension: "ts",
  });
  const file = await makeClip({ ...part(0), edits: [{ edit: "append", clip: part(2 + gapSeconds) }] });
  const { frames, sound, outcome } = await decodeFile(file);
  const gaps = frames.filter(({ discontinuityBefore }) => discontinuityBefore);
  expect(frames).toHaveLength(100);
  expect(gaps).toHaveLength(1);
  expect((gaps[0]?.pts ?? 0) - (gaps[0]?.previousEndSeconds ?? 0)).toBeCloseTo(gapSeconds, 1);
  const soundGaps = sound[0]?.filter(({ discontinuityBefore }) => discontinuityBefore) ?? [];
  expect(soundGaps).toHaveLength(1);
  expect((soundGaps[0]?.pts ?? 0) - (soundGaps[0]?.previousEndSeconds ?? 0)).toBeCloseTo(gapSeconds, 1);
  expect(outcome.backwardJump).toBe(false);
});

test("delivers what follows a backward jump, and says so", async () => {
  const part = (offset: number) => ({
    inputs: [movingPicture()],
    options: [...h264, "-bf", "0", "-output_ts_offset", String(offset)],
    extension: "ts",
  });
  const file = await makeClip({ ...part(40), edits: [{ edit: "append", clip: part(10) }] });
  const { frames, outcome } = await decodeFile(file);
  expect(frames).toHaveLength(100);
  expect(outcome.backwardJump).toBe(true);
  const jump = frames.filter(({ discontinuityBefore }) => discontinuityBefore);
  expect(jump).toHaveLength(1);
  expect(jump[0]?.previousEndSeconds).toBeCloseTo(2, 6);
  expect(jump[0]?.pts).toBeCloseTo(-30, 6);
});

test("what a live stream lacks from before it was joined is no fault of it", async () => {
  const clip = { inputs: [movingPicture({ seconds: 8 })], options: [...h264, "-g", "50", "-bf", "2"], extension: "ts" } as const;
  const whole = await readFile(await makeClip(clip));
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-join-"));
  try {
    const file = path.join(folder, "joined.ts");
    await writeFile(file, whole.subarray(188 * Math.floor((0.4 * whole.length) / 188)));
    const joined = await decodeFile(file, { live: true });
    expect(joined.frames.length).toBeGreaterThan(50);
    expect(joined.frames.filter(({ decodeErrors }) => decodeErrors > 0)).toEqual([]);
    // Of a file that was torn off there it is one.
    const torn = await decodeFile(file);
    expect(torn.frames[0]?.decodeErrors).toBeGreaterThan(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("goes on after a change of size", async () => {
  const part = (size: string, offset: number) => ({
    inputs: [movingPicture({ size, seconds: 1 })],
    options: [...h264, "-output_ts_offset", String(offset)],
    extension: "ts",
  });
  const file = await makeClip({ ...part("160x90", 0), edits: [{ edit: "append", clip: part("320x180", 1) }] });
  const { frames } = await decodeFile(file);
  expect(frames.map(({ planeSizes }) => planeSizes[0])).toEqual([...Array(25).fill("160x90"), ...Array(25).fill("320x180")]);
  expect(frames.map(({ md5 }) => md5)).toEqual(await frameHashes(file));
});

test("measures a rotated film as it is coded, and says how a player turns it", async () => {
  const file = await makeClip({
    inputs: [movingPicture({ seconds: 1 })],
    options: [...h264],
    extension: "mov",
    // The track's display matrix: from identity to a quarter turn.
    edits: [
      {
        edit: "overwrite",
        find: "000100000000000000000000" + "000000000001000000000000" + "000000000000000040000000",
        put: "000000000001000000000000" + "ffff00000000000000000000" + "000000000000000040000000",
      },
    ],
  });
  const { media, frames } = await decodeFile(file);
  expect(media.video?.rotationDegrees).toBe(90);
  expect(frames[0]).toMatchObject({ width: 160, height: 90 });
});

test("finds no picture in an MP3 with cover art", async () => {
  const file = await makeClip({
    inputs: [warble({ seconds: 1 }), "color=red:s=64x64:d=0.04"],
    options: [
      "-map",
      "0",
      "-map",
      "1",
      "-c:a",
      "libmp3lame",
      "-c:v",
      "mjpeg",
      "-frames:v",
      "1",
      "-disposition:v",
      "attached_pic",
    ],
    extension: "mp3",
  });
  const { media, frames, outcome } = await decodeFile(file);
  expect(media.video).toBeUndefined();
  expect(frames).toEqual([]);
  expect(outcome.audioSeconds[0]).toBeGreaterThan(0.95);
});

const oddPicture = `${movingPicture({ seconds: 0.4 })},scale=161:91`;

test.each([
  ["10 bit 4:2:2", "yuv422p10le", ["-c:v", "ffv1"], 10, ["161x91", "81x91", "81x91"]],
  ["8 bit 4:2:0", "yuv420p", ["-c:v", "ffv1"], 8, ["161x91", "81x46", "81x46"]],
  ["16 bit gray", "gray16le", ["-c:v", "ffv1"], 16, ["161x91"]],
] as const)("delivers %s of odd size without loss", async (_, pixelFormat, encoder, bitDepth, planeSizes) => {
  const file = await makeClip({
    inputs: [oddPicture],
    options: ["-pix_fmt", pixelFormat, ...encoder],
    extension: "mkv",
  });
  const { frames } = await decodeFile(file);
  expect(frames[0]).toMatchObject({ pixelFormat, bitDepth, planeSizes });
  expect(frames.map(({ md5 }) => md5)).toEqual(await frameHashes(file));
});

test("tells full range from limited range", async () => {
  const clip = (range: string, format: string) =>
    makeClip({
      inputs: [movingPicture({ seconds: 0.2 })],
      options: ["-vf", `scale=out_range=${range},format=${format}`, "-c:v", "mjpeg", "-strict", "-1"],
      extension: "mov",
    });
  expect((await decodeFile(await clip("full", "yuvj420p"))).frames[0]).toMatchObject({
    fullRange: true,
    pixelFormat: "yuvj420p",
  });
  const limited = await makeClip({ inputs: [movingPicture({ seconds: 0.2 })], options: [...h264], extension: "mp4" });
  expect((await decodeFile(limited)).frames[0]?.fullRange).toBe(false);
});

test("turns RGB into planar 4:4:4", async () => {
  const file = await makeClip({
    inputs: [movingPicture({ seconds: 0.2 })],
    options: ["-c:v", "png", "-pix_fmt", "rgb24"],
    extension: "mov",
  });
  expect((await decodeFile(file)).frames[0]).toMatchObject({
    pixelFormat: "yuv444p",
    planeSizes: ["160x90", "160x90", "160x90"],
  });
});

test("delivers two sound tracks of different rates and layouts beside the picture", async () => {
  const file = await makeClip({
    inputs: [
      movingPicture(),
      "sine=f=300:r=48000:d=2,pan=5.1|c0=c0|c1=0*c0|c2=0*c0|c3=0*c0|c4=0*c0|c5=0.5*c0",
      "sine=f=440:r=22050:d=2",
    ],
    options: ["-map", "0", "-map", "1", "-map", "2", ...h264, "-c:a:0", "flac", "-c:a:1", "pcm_s16le"],
    extension: "mkv",
  });
  const { media, outcome, rms } = await decodeFile(file);
  expect(media.audio).toMatchObject([
    { channels: 6, layout: "5.1", layoutGuessed: false, sampleRateHz: 48000 },
    { channels: 1, layout: "mono", sampleRateHz: 22050 },
  ]);
  expect(outcome.audioSeconds).toEqual([expect.closeTo(2, 6), expect.closeTo(2, 6)]);
  const full = 0.125 / Math.SQRT2;
  expect(rms[0]).toEqual([full, 0, 0, 0, 0, full / 2].map((level) => expect.closeTo(level, 3)));
  expect(rms[1]?.[0]).toBeCloseTo(full, 3);
});

test("cuts picture and sound to a start and an end", async () => {
  const file = await makeClip(fourSeconds);
  const { frames, sound, outcome } = await decodeFile(file, { startSeconds: 1.5, endSeconds: 2.5 });
  expect(frames.map(({ pts }) => Math.round(pts * 25))).toEqual(Array.from({ length: 25 }, (_, index) => 38 + index));
  expect(sound[0]?.[0]?.pts).toBeCloseTo(1.5, 6);
  expect(outcome.audioSeconds[0]).toBeCloseTo(1, 6);
  expect(outcome.soundEndSeconds).toBeCloseTo(2.5, 6);
  expect(outcome.incompleteReason).toBeUndefined();
});

test("scales in profile fast, and gives keyframes alone in profile keyframes", async () => {
  const large = await makeClip({
    inputs: [movingPicture({ size: "1280x720", seconds: 0.2 })],
    options: [...h264],
    extension: "mp4",
  });
  const scaled = (await decodeFile(large, { profile: "fast" })).frames;
  expect(scaled[0]).toMatchObject({ width: 640, height: 360 });
  expect(scaled.map(({ md5 }) => md5)).toEqual(await frameHashes(large, "-vf", "scale=640:360:flags=area"));
  const small = await makeClip({ inputs: [oddPicture], options: ["-c:v", "ffv1"], extension: "mkv" });
  expect((await decodeFile(small, { profile: "fast" })).frames.map(({ md5 }) => md5)).toEqual(await frameHashes(small));
  const { frames } = await decodeFile(await makeClip(fourSeconds), { profile: "keyframes" });
  expect(frames.map(({ pts }) => Math.round(pts))).toEqual([0, 1, 2, 3]);
});

test("counts decode errors by kind and gives them to the frames that they damaged", async () => {
  const clip = { inputs: [movingPicture({ seconds: 4 })], options: [...h264], extension: "ts" };
  const file = await makeClip({ ...clip, edits: [{ edit: "damage", from: 0.45, to: 0.55, everyBytes: 101 }] });
  const { frames, outcome } = await decodeFile(file);
  const errors = frames.filter(({ decodeErrors }) => decodeErrors > 0);
  expect(errors.length).toBeGreaterThan(0);
  expect(errors.every(({ pts }) => pts > 1 && pts < 3)).toBe(true);
  const counted = outcome.errors.filter(({ medium }) => medium === "video").reduce((sum, { count }) => sum + count, 0);
  expect(counted).toBe(frames.reduce((sum, { decodeErrors }) => sum + decodeErrors, 0));
  expect(outcome.errors[0]?.kind).not.toMatch(/\d|0x/);
  expect(outcome.errors.every(({ firstSeconds, lastSeconds }) => firstSeconds >= 1 && lastSeconds <= 3)).toBe(true);
});
