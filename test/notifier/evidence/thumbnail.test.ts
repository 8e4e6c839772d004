import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { MediaInfo } from "../../../src/decoder/index.js";
import { runChild } from "../../../src/ffmpeg.js";
import type { MediaInput } from "../../../src/ingest/index.js";
import { evidenceOf, makeThumbnails } from "../../../src/notifier/index.js";
import { exampleDefect, exampleMedia } from "../examples.js";

const signal = new AbortController().signal;
let folder: string;

/** White, then black from 2 s to 4 s, then white again; 6 s, pixels twice as wide as high. */
async function makeFilm(name: string, ...options: string[]): Promise<MediaInput> {
  const url = path.join(folder, name);
  const source =
    "color=white:size=160x180:rate=25:duration=6,setsar=2,drawbox=color=black:thickness=fill:enable=between(t\\,2\\,3.99)";
  const { code, lastLines } = await runChild({
    program: "ffmpeg",
    arguments: ["-v", "error", "-f", "lavfi", "-i", source, ...options, url],
    signal,
  });
  expect(code, lastLines.join("\n")).toBe(0);
  return { kind: "file", url, inputOptions: [], environment: {} };
}

const black = exampleDefect({ startSeconds: 2, endSeconds: 4 });
const media: MediaInfo = { ...exampleMedia, originSeconds: 0 };

async function brightness(jpeg: Buffer): Promise<number> {
  const { channels } = await sharp(jpeg).stats();
  return channels[0]?.mean ?? Number.NaN;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-thumbnail-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("thumbnails of a defect", () => {
  test("show it and what was before, as wide as players show it", async () => {
    const input = await makeFilm("film.mp4", "-g", "300");
    const thumbnails = await makeThumbnails({ input, media, defects: [black], signal });
    const thumbnail = thumbnails.get(black.id);
    if (thumbnail?.before === undefined) throw new Error("no thumbnails");
    expect(await brightness(thumbnail.at.large)).toBeLessThan(20);
    expect(await brightness(thumbnail.before.large)).toBeGreaterThan(230);
    expect(await sharp(thumbnail.at.large).metadata()).toMatchObject({ format: "jpeg", width: 320, height: 180 });
    expect(evidenceOf(thumbnails).get(black.id)).toEqual({
      thumbnail: "evidence/defect-1.jpg",
      before: "evidence/defect-1-before.jpg",
    });
  });

  test("are of the right time in a transport stream, whose clock does not start at 0", async () => {
    const input = await makeFilm("film.ts", "-g", "25", "-muxdelay", "5");
    const late = exampleDefect({ startSeconds: 4.04, endSeconds: 6 });
    const origin = { ...media, originSeconds: await startTime(input) };
    const thumbnail = (await makeThumbnails({ input, media: origin, defects: [late], signal })).get(late.id);
    if (thumbnail?.before === undefined) throw new Error("no thumbnails");
    expect(await brightness(thumbnail.at.large)).toBeGreaterThan(230);
    expect(await brightness(thumbnail.before.large)).toBeLessThan(20);
  });

  test("have nothing before the first frame, and nothing at all for sound and behind the end", async () => {
    const input = await makeFilm("short.mkv");
    const first = exampleDefect({ id: "first", startSeconds: 0, endSeconds: 1 });
    const sound = exampleDefect({ id: "sound", medium: "audio" });
    const behind = exampleDefect({ id: "behind", startSeconds: 60 });
    const thumbnails = await makeThumbnails({ input, media, defects: [first, sound, behind], signal });
    expect([...thumbnails.keys()]).toEqual(["first"]);
    expect(thumbnails.get("first")?.before).toBeUndefined();
  });

  test("have a box around the region of the defect, which lies in the coded frame, however that is shown", async () => {
    const input = await makeFilm("boxed.mp4");
    const boxed = exampleDefect({ startSeconds: 2, endSeconds: 4, region: { x: 40, y: 60, width: 80, height: 60 } });
    const video = { ...exampleMedia.video, width: 160, height: 180 } as NonNullable<MediaInfo["video"]>;
    const thumbnail = (await makeThumbnails({ input, media: { ...media, video }, defects: [boxed], signal })).get(boxed.id);
    if (thumbnail?.before === undefined) throw new Error("no thumbnails");
    const { data, info } = await sharp(thumbnail.at.large).raw().toBuffer({ resolveWithObject: true });
    const redAt = (x: number, y: number) => data[(y * info.width + x) * info.channels] ?? Number.NaN;
    // The edges lie around x 80 … 240 and y 60 … 120 of 320x180; the picture itself is black.
    expect(Math.max(...[78, 79, 80].map((x) => redAt(x, 90)))).toBeGreaterThan(100);
    expect(Math.max(...[120, 121, 122].map((y) => redAt(160, y)))).toBeGreaterThan(100);
    expect(redAt(160, 90)).toBeLessThan(40);
    expect(redAt(20, 20)).toBeLessThan(40);
    expect(await brightness(thumbnail.before.large)).toBeGreaterThan(230);
  });

  test("are left out where the input cannot be read", async () => {
    const input: MediaInput = { kind: "file", url: path.join(folder, "missing.mp4"), inputOptions: [], environment: {} };
    expect(await makeThumbnails({ input, media, defects: [black], signal })).toEqual(new Map());
  });

  test("stop with the job", async () => {
    const input = await makeFilm("stopped.mp4");
    await expect(
      makeThumbnails({ input, media, defects: [black], signal: AbortSignal.abort(new Error("stopped")) }),
    ).rejects.toThrow("stopped");
  });
});

async function startTime({ url }: MediaInput): Promise<number> {
  const probe = ["-v", "error", "-show_entries", "format=start_time", "-of", "csv=p=0", url];
  return Number((await runChild({ program: "ffprobe", arguments: probe, signal })).stdout.toString());
}
