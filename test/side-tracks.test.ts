import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addCaptions, type Caption } from "./accuracy/damage-captions.js";
import { ffmpeg } from "./accuracy/program.js";
import { makeClip } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";
import { addSpliceTrack, spliceInsert, timeSignal } from "./support/splice-track.js";

let checking: Checking;
let folder: string;
let clip: string;
beforeAll(async () => {
  checking = await openChecking();
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-side-"));
  clip = await makeClip({
    inputs: ["testsrc2=s=160x90:r=25:d=20", "sine=d=20"],
    options: ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "0", "-g", "50", "-c:a", "aac", "-shortest"],
    extension: "ts",
  });
});
afterAll(async () => {
  await checking.close();
  await rm(folder, { recursive: true });
});

async function captioned(name: string, captionAt: (seconds: number) => Caption): Promise<string> {
  const file = path.join(folder, name);
  await copyFile(clip, file);
  await addCaptions(file, 25, (frame) => captionAt(frame / 25));
  return file;
}

const only = ["caption-missing"];
const strict = { parameters: { maximumSignalGapSeconds: 5, maximumContentGapSeconds: 8 } };
const policy = { version: 1, name: "captions", detectors: { "caption-missing": strict } };

describe("captions in the picture", () => {
  it("that never stop are none missing, and neither are those of a picture that never had any", async () => {
    const report = await checking.check(await captioned("steady.ts", () => "text"), only, policy);
    expect(report.defects).toEqual([]);
    expect((await checking.check(clip, only, policy)).defects).toEqual([]);
  });

  it("whose signal stops are missing from there on", async () => {
    const file = await captioned("lost.ts", (seconds) => (seconds >= 6 && seconds < 14 ? "none" : "text"));
    const { defects } = await checking.check(file, only, policy);
    expect(defects).toEqual([expect.objectContaining({ kind: "signal", startSeconds: 6, endSeconds: 14, severity: "warning" })]);
  });

  it("of which only the stuffing is left have no content, though the signal is there", async () => {
    const file = await captioned("stuffing.ts", (seconds) => (seconds >= 6 && seconds < 16 ? "stuffing" : "text"));
    const { defects } = await checking.check(file, only, policy);
    expect(defects).toEqual([expect.objectContaining({ kind: "content", startSeconds: 6, endSeconds: 16 })]);
  });

  it("are missing where a policy requires them and there are none", async () => {
    const { defects } = await checking.check(clip, only, "broadcast-atsc");
    expect(defects).toEqual([
      expect.objectContaining({ type: "caption-missing", startSeconds: expect.closeTo(0, 1), severity: "error" }),
    ]);
  });
});

it("captions on a track of text have times of their own", async () => {
  const [file, text] = [path.join(folder, "text.mp4"), path.join(folder, "text.srt")];
  await writeFile(text, "1\n00:00:01,000 --> 00:00:03,000\nHere.\n\n2\n00:00:17,000 --> 00:00:19,000\nThere.\n");
  await ffmpeg(["-y", "-i", clip, "-i", text, "-map", "0", "-map", "1", "-c", "copy", "-c:s", "mov_text", file]);
  const { defects } = await checking.check(file, only, policy);
  expect(defects).toEqual([
    expect.objectContaining({ kind: "content", startSeconds: expect.closeTo(3, 0), endSeconds: expect.closeTo(17, 0) }),
  ]);
});

it("marks of where something is spliced in are told, on the clock of the picture", async () => {
  const file = path.join(folder, "spliced.ts");
  await copyFile(clip, file);
  // ffmpeg begins its transport streams at 1.4 s.
  const origin = 1.4;
  await addSpliceTrack(file, [
    { place: 0.2, section: spliceInsert(7, origin + 8, 30) },
    { place: 0.6, section: timeSignal(9, origin + 15, 0x35) },
  ]);
  const { markers } = await checking.check(file, ["black"]);
  expect(markers).toEqual([
    {
      kind: "scte-35",
      command: "splice-insert",
      eventId: 7,
      outOfNetwork: true,
      durationSeconds: 30,
      startSeconds: expect.closeTo(8, 1),
      sentSeconds: expect.any(Number),
    },
    {
      kind: "scte-35",
      command: "time-signal",
      eventId: 9,
      segmentationType: 0x35,
      startSeconds: expect.closeTo(15, 1),
      sentSeconds: expect.any(Number),
    },
  ]);
});
