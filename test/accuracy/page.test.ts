import { expect, test } from "vitest";
import type { Results } from "./results.js";
import type { Row } from "./rows.js";

const script = new URL("../../scripts/accuracy-page.mjs", import.meta.url).href;
const { accuracyPage, accuracyLine } = (await import(script)) as {
  accuracyPage(results: Results): string;
  accuracyLine(results: Results, type: string): string | undefined;
};

const row = (type: string, found: number, actionable = true): Row => ({
  ...{ type, strength: "2 s", actionable, planted: 10, found, falsePositives: 0, fragments: 0, recall: found / 10, precision: 1 },
  ...{ sideAlarms: { noise: 2 }, remarks: found < 10 ? ["a clip (HEVC) 2.00-4.00 s: missed"] : [] },
});
const results: Results = {
  version: 1,
  rows: [row("black", 10), row("black", 0, false), row("freeze", 9), row("blur", 9)],
  clean: {
    halves: { report: { files: 3, seconds: 90 }, tune: { files: 2, seconds: 60 } },
    alarms: [
      { file: "night.mp4", split: "report", isHard: true, type: "black", severity: "error", startSeconds: 1, endSeconds: 4 },
      {
        file: "fade.mp4",
        split: "report",
        isHard: false,
        type: "black",
        severity: "error",
        startSeconds: 0,
        real: "It is black.",
      },
    ],
  },
  agreement: [],
};

test("targets are held against what counts, strictly where operators rely on it most", () => {
  const page = accuracyPage(results);
  expect(page).toContain("| `black` | 10 | 100 % | 100 % | 95 % | yes | 1 | 0 |");
  expect(page).toContain("| `freeze` | 10 | 90 % | 100 % | 95 % | **no** | 0 | 0 |");
  expect(page).toContain("| `blur` | 10 | 90 % | 100 % | 85 % | yes | 0 | 0 |");
});

test("false alarms are told with the minutes in which they were looked for, and without real faults", () => {
  expect(accuracyPage(results)).toContain(
    "severity error or worse: 1 in 1.5 minutes of the reported half, 1 in 2.5 minutes of all",
  );
  expect(accuracyLine(results, "black")).toContain("recall 100 % (10 of 10 planted)");
  expect(accuracyLine(results, "black")).toContain("false alarms in clean content 1 in 1.5 min");
  expect(accuracyLine(results, "noise")).toBeUndefined();
});

test("what was missed is named, so that a person can look", () => {
  expect(accuracyPage(results)).toContain("- `freeze`, 2 s\n  - a clip (HEVC) 2.00-4.00 s: missed");
});
