import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { h264, makeClip, movingPicture, warble } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

const film = { inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })], options: [...h264, "-c:a", "aac"] };

/** What `broken-files.test.ts` does not have. */
describe("fails, and says that it is incomplete,", () => {
  const sound = { inputs: [warble({ seconds: 4 })], options: [] };
  test.each([
    ["a program stream", { ...film, options: ["-c:v", "mpeg2video", "-c:a", "mp2"], extension: "mpg" }],
    ["raw AAC", { ...sound, extension: "aac" }],
    ["Opus", { ...sound, extension: "opus" }],
    ["a FLAC", { ...sound, extension: "flac" }],
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
