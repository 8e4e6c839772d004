import { describe, expect, test } from "vitest";
import type { PlacedMark } from "../../../src/decoder/index.js";
import { type Chapter, openChapters } from "../../../src/notifier/index.js";
import { splitAtMarks } from "../../../src/notifier/report/chapters.js";

/** The chapters of so many shots of the same length, one behind the other. */
function chaptersOf(count: number, seconds: number): readonly Chapter[] {
  const chapters = openChapters();
  for (let shot = 0; shot < count; shot++) chapters.push({ startSeconds: shot * seconds, endSeconds: (shot + 1) * seconds });
  return chapters.read();
}

describe("chapters", () => {
  test("are the shots", () => {
    expect(chaptersOf(3, 2)).toEqual([
      { startSeconds: 0, endSeconds: 2 },
      { startSeconds: 2, endSeconds: 4 },
      { startSeconds: 4, endSeconds: 6 },
    ]);
    expect(chaptersOf(2000, 0.5)).toHaveLength(2000);
    expect(chaptersOf(0, 1)).toEqual([]);
  });

  test("join short shots where there are too many, without gaps, and leave long ones alone", () => {
    const chapters = chaptersOf(50_000, 0.5);
    expect(chapters.length).toBeGreaterThan(500);
    expect(chapters.length).toBeLessThanOrEqual(2000);
    expect([chapters[0]?.startSeconds, chapters.at(-1)?.endSeconds]).toEqual([0, 25_000]);
    for (const [index, chapter] of chapters.entries()) {
      expect(chapter.startSeconds).toBe(chapters[index - 1]?.endSeconds ?? 0);
    }
  });

  test("of a day of many shots are as few", () => {
    expect(chaptersOf(86_400, 1).length).toBeLessThanOrEqual(2000);
  });
});

test("begin where a splice is marked, and say what it is", () => {
  const chapters = [
    { startSeconds: 0, endSeconds: 4 },
    { startSeconds: 4, endSeconds: 9 },
  ];
  const marks: PlacedMark[] = [
    { command: "splice-insert", startSeconds: 4, eventId: 7, outOfNetwork: true },
    { command: "time-signal", startSeconds: 6, segmentationType: 0x34 },
    { command: "splice-insert", startSeconds: 6, eventId: 7, outOfNetwork: false },
    { command: "splice-insert", startSeconds: 20 },
  ];
  expect(splitAtMarks(chapters, marks)).toEqual([
    { startSeconds: 0, endSeconds: 4 },
    { startSeconds: 4, endSeconds: 6, title: "SCTE 35 splice-insert 7: out of the programme" },
    {
      startSeconds: 6,
      endSeconds: 9,
      title: "SCTE 35 time-signal: segmentation 0x34; SCTE 35 splice-insert 7: back to the programme",
    },
  ]);
  expect(splitAtMarks(chapters, [])).toBe(chapters);
});
