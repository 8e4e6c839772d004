import path from "node:path";
import { describe, expect, test } from "vitest";
import { decodeFile } from "./collect.js";

/** A folder of real clips, which are not part of the repository. */
const corpus = process.env["FRAMEWATCH_CORPUS"];
if (corpus === undefined) console.warn("FRAMEWATCH_CORPUS is not set: tests on real clips are skipped.");
const clip = (name: string) => path.join(corpus ?? "", name);

describe.skipIf(corpus === undefined)("real clips", () => {
  test.each([
    "video/band_rehearsal.ts",
    "video/bbb_edit_list.mp4",
    "video/news_interlaced_scte20.ts",
    "video/skyline_phone_vfr.mp4",
    "video/signing_book.mkv",
    "broken/start_without_sps.ts",
  ])("%s gives the same frames in segments as uncut", async (name) => {
    const uncut = await decodeFile(clip(name), { sound: false });
    const { media } = uncut;
    const duration = media.durationSeconds ?? 0;
    const cuts = [0, 0.31 * duration, 0.64 * duration, undefined];
    const segments = await Promise.all(
      cuts.slice(0, -1).map((startSeconds = 0, index) => {
        const endSeconds = cuts[index + 1];
        return decodeFile(clip(name), {
          media,
          sound: false,
          startSeconds,
          runInSeconds: 0.2,
          ...(endSeconds === undefined ? {} : { endSeconds }),
        });
      }),
    );
    expect(segments.flatMap(({ frames }) => frames)).toEqual(uncut.frames);
  });

  test("a manifest that is read for ever without giving media is given up", async () => {
    await expect(decodeFile(clip("broken/dash_cea608/manifest.mpd"), { stallSeconds: 1.5 })).rejects.toMatchObject({
      code: "media-stalled",
    });
  });

  test("a stream without its first keyframe begins where decoding does", async () => {
    const { frames, sound, media } = await decodeFile(clip("broken/no_initial_keyframe.ts"));
    expect(sound[0]?.[0]?.pts).toBe(0);
    expect(frames[0]?.pts).toBeGreaterThan(2);
    expect(media.originSeconds).toBeCloseTo(112.713, 3);
  });
});
