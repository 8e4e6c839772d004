import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runChild } from "../../../src/ffmpeg.js";
import type { MediaInput } from "../../../src/ingest/index.js";
import { chapterPaths, makeChapterPictures, pictured } from "../../../src/notifier/index.js";
import { exampleMedia } from "../examples.js";

const signal = new AbortController().signal;
const black = { startSeconds: 0, endSeconds: 2 };
const white = { startSeconds: 2, endSeconds: 4 };
let folder: string;

/** Black for 2 s, then white for 2 s, with a keyframe every so many frames. */
async function makeFilm(name: string, ...options: string[]): Promise<MediaInput> {
  const url = path.join(folder, name);
  const source = "color=white:size=160x90:rate=25:duration=4,drawbox=color=black:thickness=fill:enable=lt(t\\,1.99)";
  const { code, lastLines } = await runChild({
    program: "ffmpeg",
    arguments: ["-v", "error", "-f", "lavfi", "-i", source, ...options, url],
    signal,
  });
  expect(code, lastLines.join("\n")).toBe(0);
  return { kind: "file", url, inputOptions: [], environment: {} };
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-chapters-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("pictures of chapters", () => {
  test("show the chapter that they are of", async () => {
    const input = await makeFilm("film.mp4", "-g", "25");
    const pictures = await makeChapterPictures({ input, media: exampleMedia, chapters: [black, white], signal });
    const means = await Promise.all(
      pictures.map(async ({ picture }) => (await sharp(picture.large).stats()).channels[0]?.mean ?? 128),
    );
    expect(means.map((mean) => Math.round(mean / 255))).toEqual([0, 1]);
    expect([...chapterPaths(pictures)]).toEqual([
      [0, "evidence/chapter-001.jpg"],
      [2, "evidence/chapter-002.jpg"],
    ]);
  });

  test("are missing where a chapter has no keyframe, rather than of another chapter", async () => {
    const input = await makeFilm("rare.mp4", "-g", "500", "-sc_threshold", "0");
    const pictures = await makeChapterPictures({ input, media: exampleMedia, chapters: [black, white], signal });
    expect(pictures.map(({ chapter }) => chapter)).toEqual([black]);
  });

  test("are spread evenly over long media, and as few as it allows", () => {
    const shots = Array.from({ length: 1440 }, (_, index) => ({ startSeconds: index * 5, endSeconds: index * 5 + 5 }));
    const chosen = pictured(shots);
    expect(chosen).toHaveLength(120);
    const gaps = chosen.slice(1).map(({ startSeconds }, index) => startSeconds - (chosen[index]?.startSeconds ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(65);
    expect(pictured(shots.slice(0, 4))).toHaveLength(3);
    expect(pictured(shots.slice(0, 2))).toHaveLength(2);
    expect(pictured([])).toEqual([]);
  });
});
