import { afterAll, beforeAll, expect, test } from "vitest";
import { type ClipRecipe, h264, makeClip, movingPicture, warble } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

let checking: Checking;
beforeAll(async () => {
  checking = await openChecking();
});
afterAll(() => checking.close());

const streamTypes = ["timestamp-gap", "format-change", "stall"];

/** Two seconds of a transport stream, which begins at this time of its clock. */
function part({ size = "160x90", startSeconds = 0, sampleRate = 48_000, channels = 2 } = {}): ClipRecipe {
  return {
    inputs: [movingPicture({ size, seconds: 2 }), warble({ sampleRate, seconds: 2 })],
    options: [
      ...[...h264, "-bf", "0", "-c:a", "mp2", "-ar", String(sampleRate), "-ac", String(channels)],
      ...["-output_ts_offset", String(startSeconds), "-muxdelay", "0", "-muxpreload", "0"],
    ],
    extension: "ts",
  };
}

async function found(first: ClipRecipe, second: ClipRecipe) {
  const report = await checking.check(await makeClip({ ...first, edits: [{ edit: "append", clip: second }] }), streamTypes);
  return report.defects.map(({ type, kind, affects, startSeconds, measured }) => ({
    type,
    kind,
    affects,
    startSeconds,
    measured,
  }));
}

test("finds nothing in two parts that follow each other", async () => {
  expect(await found(part(), part({ startSeconds: 2 }))).toEqual([]);
});

test.each([
  ["missing", part({ startSeconds: 5 })],
  ["jump", part({ startSeconds: 30 })],
  ["backward", part({ startSeconds: 1 })],
])("finds that time is %s, of picture and sound apart", async (kind, second) => {
  const defects = await found(part(), second);
  expect(
    defects
      .map(({ type, kind: form, affects }) => ({ type, form, affects }))
      .toSorted((a, b) => ((a.affects ?? "") < (b.affects ?? "") ? -1 : 1)),
  ).toEqual([
    { type: "timestamp-gap", form: kind, affects: "picture" },
    { type: "timestamp-gap", form: kind, affects: "sound" },
  ]);
  for (const { startSeconds } of defects) expect(Math.abs(startSeconds - 2)).toBeLessThan(0.1);
});

test("finds another size in mid-stream, and goes on", async () => {
  const defects = await found(part(), part({ size: "320x180", startSeconds: 2 }));
  expect(defects).toEqual([
    {
      type: "format-change",
      kind: "size",
      affects: "picture",
      startSeconds: expect.closeTo(2, 1),
      measured: { changes: 1, widthBefore: 160, heightBefore: 90, width: 320, height: 180 },
    },
  ]);
});

test("finds another rate and other channels of the sound in mid-stream", async () => {
  const [change] = await found(part(), part({ sampleRate: 32_000, channels: 1, startSeconds: 2 }));
  expect(change).toMatchObject({
    type: "format-change",
    kind: expect.stringMatching(/channels|sample-rate/),
    affects: "sound",
    // Rate and channels change one after the other.
    measured: { changes: expect.any(Number), sampleRateHzBefore: 48_000, sampleRateHz: 32_000, channelsBefore: 2, channels: 1 },
  });
});

test("finds the packets that were lost, and names them as the cause of what they did", async () => {
  const clip: ClipRecipe = {
    inputs: [`${movingPicture({ size: "320x180", seconds: 4 })},noise=alls=20:allf=t`, warble({ seconds: 4 })],
    options: [...h264, "-c:a", "mp2"],
    extension: "ts",
    edits: [{ edit: "drop", from: 0.5, to: 0.52, multipleBytes: 188 }],
  };
  const report = await checking.check(await makeClip(clip), ["transport", "decode-error", "block-corruption"]);
  expect(report.stream?.transport?.tracks).toMatchObject([{ medium: "picture" }, { medium: "sound" }]);
  expect(report.defects.find(({ type }) => type === "transport")).toMatchObject({
    kind: "continuity-count-error",
    affects: "transport",
    severity: "error",
    measured: { continuityErrors: expect.any(Number) },
  });
  const damage = report.defects.filter(({ affects, medium }) => affects === "picture" || medium === "video");
  expect(damage).toHaveLength(1);
  expect(damage[0]?.causes).toContain("transport: continuity-count-error");
  expect(Math.abs((damage[0]?.startSeconds ?? 0) - 2)).toBeLessThan(0.5);
});
