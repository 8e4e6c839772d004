import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeClip, type ClipEdit } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

/** A flight over shapes of all sizes, with a keyframe each second. */
const inputs = [
  "mandelbrot=s=640x384:r=25:start_scale=1:end_scale=0.05:end_pts=100:maxiter=200,trim=duration=4,crop=320:192:20+3*n:20+n",
];
const codecs = {
  "H.264": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "25", "-sc_threshold", "0"],
  "HEVC": ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "20", "-x265-params", "log-level=error:keyint=25:scenecut=0"],
  "MPEG-2": ["-c:v", "mpeg2video", "-q:v", "5", "-g", "25", "-sc_threshold", "1000000000"],
};
/** Stretches of packets are lost in the second quarter of the stream. */
const lostPackets: ClipEdit[] = Array.from({ length: 4 }, (_, n) => {
  const from = 0.3 + 0.05 * n;
  return { edit: "drop", from, to: from + 0.012, multipleBytes: 188 };
});

describe("a picture that was damaged on its way", () => {
  let checking: Checking;
  beforeAll(async () => {
    checking = await openChecking();
  });
  afterAll(() => checking.close());

  it.each(Object.entries(codecs))("shows its damaged blocks once, as one defect, in %s", async (_, codec) => {
    const recipe = { inputs, options: [...codec, "-pix_fmt", "yuv420p", "-threads", "1", "-f", "mpegts"], extension: "ts" };
    const [whole, damaged] = await Promise.all([makeClip(recipe), makeClip({ ...recipe, edits: lostPackets })]);
    const types = ["block-corruption", "blockiness"];
    expect((await checking.check(whole, types)).defects).toEqual([]);
    const { defects } = await checking.check(damaged, ["block-corruption"]);
    expect(defects).toHaveLength(1);
    const [found] = defects;
    expect(found).toMatchObject({ type: "block-corruption", severity: "error", measured: { errorCount: expect.any(Number) } });
    expect(found?.startSeconds).toBeGreaterThan(0.6);
    expect(found?.startSeconds).toBeLessThan(2);
    expect(found?.endSeconds).toBeLessThan(3.2);
  });
});
