import { expect, test } from "vitest";
import { familyOf, splitOf } from "./content.js";
import { mergeResults, type Results } from "./results.js";
import type { Row } from "./rows.js";

const row = (type: string, strength: string): Row => ({
  ...{ type, strength, actionable: true, planted: 1, found: 1, falsePositives: 0, fragments: 0, sideAlarms: {}, remarks: [] },
});
const names = ({ rows }: Results) => rows.map(({ type, strength }) => `${type} ${strength}`);

test("a run of some types replaces all their rows and no others", () => {
  const before: Results = { version: 1, rows: [row("black", "old"), row("black", "gone"), row("freeze", "kept")], agreement: [] };
  const after = mergeResults(before, { types: ["black", "blur"], rows: [row("blur", "new"), row("black", "new")] });
  expect(names(after)).toEqual(["black new", "blur new", "freeze kept"]);
});

test("files of one source are in one half, wherever they lie", () => {
  expect(["video/bbb_720p_5s.mp4", "bbb-hevc.ts", "other/bbb1.mov"].map(familyOf)).toEqual(["bbb", "bbb", "bbb"]);
  expect(familyOf("audio/speech_en_librispeech_198.ogg")).toBe(familyOf("audio/speech_en_librispeech_3436.ogg"));
  expect(splitOf("kodak")).toBe(splitOf("kodak"));
});

test("both halves hold something", () => {
  const halves = Array.from({ length: 100 }, (_, index) => splitOf(`family ${index}`));
  expect(halves.filter((half) => half === "tune").length).toBeGreaterThan(30);
  expect(halves.filter((half) => half === "report").length).toBeGreaterThan(30);
});
