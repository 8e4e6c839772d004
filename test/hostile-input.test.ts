import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { h264, makeClip, movingPicture, warble } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

let checking: Checking;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-hostile-"));
  checking = await openChecking();
});
afterAll(async () => {
  await checking.close();
  await rm(folder, { recursive: true });
});

const noise = Uint8Array.from({ length: 300_000 }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 13) & 255);

describe("refuses, and says why,", () => {
  test.each<[what: string, name: string, content: string | Uint8Array, reason: RegExp]>([
    ["an empty file", "empty.mp4", "", /is empty/],
    ["a text", "notes.txt", "These are no pictures.\n", /no media that ffmpeg knows/],
    ["a web page that was saved as a film", "film.mp4", "<html><body>404 Not Found</body></html>", /no index/],
    ["random bytes", "noise.ts", noise, /no media that ffmpeg knows/],
    ["the mere name of a raw stream", "start.h264", new Uint8Array([0, 0, 0, 1]), /missing picture/],
    [
      "a playlist of a file of the system",
      "list.m3u8",
      "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n/etc/passwd\n#EXT-X-ENDLIST\n",
      /passwd/,
    ],
    ["a list of files to join", "list.ffconcat", "ffconcat version 1.0\nfile /etc/passwd\n", /list of other files/],
  ])("%s", async (_, name, content, reason) => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    const { verdict, media, error } = await checking.check(file);
    expect({ verdict, media, code: error?.code }).toEqual({ verdict: "error", media: undefined, code: "media-unreadable" });
    expect(error?.message).toMatch(reason);
    expect(error?.message).not.toContain("root:");
  });

  test("a file of 30 GB that holds nothing", async () => {
    const file = path.join(folder, "hole.mp4");
    const handle = await open(file, "w");
    await handle.truncate(30e9);
    await handle.close();
    expect(await checking.check(file)).toMatchObject({ verdict: "error", error: { code: "media-unreadable" } });
  });

  test("a small file that unpacks to a picture of 16000x16000, and one of more tracks than anyone hears", async () => {
    const bomb = await makeClip({
      inputs: ["color=red:s=16000x16000:d=0.04"],
      options: ["-frames:v", "1", "-pix_fmt", "monob"],
      extension: "png",
    });
    const tracks = Array.from({ length: 99 }, () => ["-map", "1:a"]).flat();
    const crowd = await makeClip({
      inputs: [movingPicture({ seconds: 1 }), warble({ seconds: 1 })],
      options: ["-map", "0:v", ...tracks, ...h264, "-c:a", "pcm_s16le"],
      extension: "mov",
    });
    for (const file of [bomb, crowd]) {
      expect(await checking.check(file)).toMatchObject({ verdict: "error", error: { code: "media-too-large" } });
    }
  });

  test("what is no file, before it becomes a job", async () => {
    await mkdir(path.join(folder, "folder.mp4"));
    const pipe = path.join(folder, "pipe.mp4");
    spawnSync("mkfifo", [pipe]);
    for (const source of [path.join(folder, "folder.mp4"), pipe, "/dev/zero"]) {
      await expect(checking.check(source)).rejects.toMatchObject({
        code: "source-unsupported",
        message: expect.stringMatching(/no regular file/),
      });
    }
    expect(await checking.check(path.join(folder, "nothing.mp4"))).toMatchObject({
      verdict: "error",
      error: { code: "source-not-found" },
    });
  });
});
