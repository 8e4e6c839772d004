import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { h264, makeClip, movingPicture, warble } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

const film = { inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })], options: [...h264, "-c:a", "aac"] };

describe("fails, and says that it is incomplete,", () => {
  const sound = { inputs: [warble({ seconds: 4 })], options: [] };
  const mpeg2 = { inputs: film.inputs, options: ["-c:v", "mpeg2video", "-c:a", "mp2"] };
  test.each([
    ["an MP4 with its index in front", { ...film, options: [...film.options, "-movflags", "+faststart"], extension: "mp4" }],
    ["a fragmented MP4", { ...film, options: [...film.options, "-movflags", "+frag_keyframe+empty_moov"], extension: "mp4" }],
    ["a Matroska file", { ...film, extension: "mkv" }],
    ["a transport stream", { ...film, extension: "ts" }],
    ["a program stream", { ...mpeg2, extension: "mpg" }],
    ["an AVI", { ...film, options: ["-c:v", "mpeg4", "-c:a", "mp2"], extension: "avi" }],
    ["an FLV", { ...film, extension: "flv" }],
    ["an MXF", { ...mpeg2, options: ["-c:v", "mpeg2video", "-c:a", "pcm_s16le"], extension: "mxf" }],
    [
      "a WebM",
      { inputs: film.inputs, options: ["-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"], extension: "webm" },
    ],
    ["raw H.264", { inputs: [movingPicture({ seconds: 4 })], options: [...h264], extension: "h264" }],
    ["raw AAC", { ...sound, extension: "aac" }],
    ["Opus", { ...sound, extension: "opus" }],
    ["a WAV", { ...sound, extension: "wav" }],
    ["a FLAC", { ...sound, extension: "flac" }],
    ["an MP3", { ...sound, extension: "mp3" }],
  ])("%s of which the end is missing", async (_, recipe) => {
    expect((await checking.check(await makeClip(recipe))).media).toMatchObject({ complete: true });
    const { verdict, media } = await checking.check(await makeClip({ ...recipe, edits: [{ edit: "cut", keep: 0.777 }] }));
    expect({ verdict, complete: media?.complete }).toEqual({ verdict: "fail", complete: false });
    expect(media?.incompleteReason).toMatch(/^The /);
  });

  test("an MP4 that was cut before its index at the end", async () => {
    const cut = await makeClip({ ...film, extension: "mp4", edits: [{ edit: "cut", keep: 0.8 }] });
    expect(await checking.check(cut)).toMatchObject({ verdict: "error", error: { message: expect.stringMatching(/no index/) } });
  });
});
