import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type Checking, openChecking } from "./support/check-media.js";

/**
 * Real clips, which are not part of the repository: a folder with a MANIFEST.json that says what ffprobe finds in each
 * and whether it is whole. The lighter ones; `npm run bench -- corpus` checks all, and compares more.
 */
const corpus = process.env["FRAMEWATCH_CORPUS"];
const manifestFile = path.join(corpus ?? "", "MANIFEST.json");
const hasManifest = corpus !== undefined && existsSync(manifestFile);
if (!hasManifest) console.warn("FRAMEWATCH_CORPUS names no folder with a MANIFEST.json: real clips are not checked.");

const clipSchema = z.object({
  file: z.string(),
  kind: z.string(),
  bytes: z.number(),
  width: z.number().nullable(),
  height: z.number().nullable(),
  fps: z.number().nullable(),
  duration_s: z.number().nullable(),
  video_codec: z.string().nullable(),
  audio_codec: z.string().nullable(),
  audio_channels: z.number().nullable(),
  sample_rate: z.number().nullable(),
});
type Clip = z.output<typeof clipSchema>;

/** The most pixels in a clip of this test: 4 s of 720p where something is wrong with it, 2 s of it in others, which are many and alike. */
const mostPixels = (kind: string): number => (kind === "broken" ? 4 : 2) * 25 * 1280 * 720;

function lightClips(): Clip[] {
  const clips = z.array(clipSchema).parse(JSON.parse(readFileSync(manifestFile, "utf8")));
  const media = clips.filter(({ file, kind }) => !/\.(csv|json)$/.test(file) && kind !== "image");
  const images = clips.filter(({ kind }) => kind === "image").filter((_, index) => index % 20 === 0);
  const light = media.filter(({ kind, width, height, fps, duration_s }) => {
    return (width ?? 0) * (height ?? 0) * (fps ?? 0) * (duration_s ?? 10) <= mostPixels(kind);
  });
  // This one is read for ever without giving media, and takes a minute to be given up: the decoder's tests have it.
  return [...light, ...images].filter(({ file }) => !file.endsWith(".mpd"));
}

/** Clips that are called broken for what a decoder does not see, or that is no damage: what is found in them instead. */
const harmless: Readonly<Record<string, readonly string[]>> = {
  "broken/airplane_failing_audio.mp4": ["freeze", "silence"],
  "broken/no_duration.webm": ["black", "silence"],
  // Fragments that are whole by themselves, packets with one time, and alpha data that no player without alpha reads.
  "broken/dash_cea608/audio-dash0000000000.m4s": [],
  "broken/dash_cea608/sd-dash0000000000.m4s": [],
  "broken/duplicate_audio_dts.ts": [],
  "broken/transparency_faulty.webm": [],
};

/** Parts of a presentation that is in several files: not media by themselves. */
const isPart = (clip: Clip): boolean => clip.kind === "stream" && !clip.file.endsWith(".m3u8");

const run = promisify(execFile);

/** How many frames ffmpeg itself decodes. */
async function countFrames(file: string): Promise<number> {
  const options = [
    "-hide_banner",
    "-nostdin",
    "-threads",
    "1",
    "-i",
    file,
    "-map",
    "0:V:0",
    "-fps_mode",
    "passthrough",
    "-f",
    "null",
    "-",
  ];
  const { stderr } = await run("ffmpeg", options, { maxBuffer: 1 << 26 });
  return Number([...stderr.matchAll(/frame= *(\d+)/g)].at(-1)?.[1]);
}

describe.skipIf(!hasManifest)("real clips", () => {
  let checking: Checking;
  beforeAll(async () => {
    checking = await openChecking();
  });
  afterAll(() => checking.close());

  test.for(hasManifest ? lightClips() : [])("$file ($kind)", { timeout: 120_000 }, async (clip) => {
    const file = path.join(corpus ?? "", clip.file);
    const { verdict, media, defects, error } = await checking.check(file);
    const found = [...new Set(defects.map(({ type }) => type))];

    if (verdict === "error") expect(error?.message).toMatch(/^\S.{20}/);
    if (media?.complete === false) expect(media.incompleteReason).toMatch(/^\S.{20}/);

    if (isPart(clip)) return;
    if (clip.file in harmless) expect(found).toEqual(expect.arrayContaining([...(harmless[clip.file] ?? [])]));
    else if (clip.kind === "broken") expect(["fail", "error"]).toContain(verdict);
    else
      expect({ verdict, complete: media?.complete, found }).toMatchObject({
        verdict: expect.stringMatching(/^(pass|warn)$/),
        complete: true,
      });
    if (media === undefined) return;

    if (media.video !== undefined) expect(media.video.frames).toBe(await countFrames(file));
    if (clip.kind === "stream") return;
    expect(media.bytes).toBe(clip.bytes);
    if (media.video !== undefined) {
      expect(media.video).toMatchObject({ codec: clip.video_codec, width: clip.width, height: clip.height });
    }
    expect(media.audio[0]?.codec ?? null).toBe(clip.audio_codec);
    if (clip.audio_codec !== null) {
      expect(media.audio[0]).toMatchObject({ channels: clip.audio_channels, sampleRateHz: clip.sample_rate });
    }
    if (clip.kind === "image") expect(media.durationSeconds).toBeUndefined();
    else if (clip.duration_s !== null) expect(Math.abs((media.durationSeconds ?? 0) - clip.duration_s)).toBeLessThan(0.25);
  });
});
