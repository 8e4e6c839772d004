import { describe, expect, test } from "vitest";
import { timecodeAt } from "../../src/notifier/timecode.js";
import { exampleMedia } from "./examples.js";

function at(seconds: number, frameRate: number, startTimecode?: string): string | undefined {
  const video = { ...exampleMedia.video, frameRate } as NonNullable<typeof exampleMedia.video>;
  return timecodeAt(seconds, startTimecode === undefined ? { video } : { video, startTimecode });
}
const ntsc = 30_000 / 1001;

describe("a timecode", () => {
  test.each([
    ["counts from 00:00:00:00 where the file has none", at(61.48, 25), "00:01:01:12"],
    ["counts from the file's own", at(1, 25, "09:59:59:24"), "10:00:00:24"],
    ["wraps after a day", at(2, 25, "23:59:59:00"), "00:00:01:00"],
    ["names a frame whose time is rounded to 1 ms", at(0.033, ntsc), "00:00:00:01"],
    ["drifts from the clock at 29.97 without drop-frame", at(3600, ntsc), "00:59:56:12"],
    ["keeps to the clock at 29.97 with drop-frame", at(3600, ntsc, "00:00:00;00"), "01:00:00;00"],
    ["drops two numbers when a minute begins", at(1800 / ntsc, ntsc, "00:00:00;00"), "00:01:00;02"],
    ["has the last number before", at(1799 / ntsc, ntsc, "00:00:00;00"), "00:00:59;29"],
    ["drops none at the tenth minute", at(17_982 / ntsc, ntsc, "00:00:00;00"), "00:10:00;00"],
    ["starts in mid-count with drop-frame", at(1 / ntsc, ntsc, "01:00:59;29"), "01:01:00;02"],
    ["drops four at 59.94", at(3600 / (60_000 / 1001), 60_000 / 1001, "00:00:00;00"), "00:01:00;04"],
    ["does not drop at 25, whatever the file writes", at(60, 25, "00:00:00;00"), "00:01:00:00"],
    ["needs a frame rate", at(1, 0), undefined],
  ])("%s", (_, timecode, expected) => expect(timecode).toBe(expected));

  test("of drop-frame goes through a day", () => {
    const frames = [0, 1, 1799, 1800, 17_981, 17_982, 107_891, 107_892, 2_589_407];
    expect(frames.map((frame) => at(frame / ntsc, ntsc, "00:00:00;00"))).toEqual([
      "00:00:00;00",
      "00:00:00;01",
      "00:00:59;29",
      "00:01:00;02",
      "00:09:59;29",
      "00:10:00;00",
      "00:59:59;29",
      "01:00:00;00",
      "23:59:59;29",
    ]);
  });
});
