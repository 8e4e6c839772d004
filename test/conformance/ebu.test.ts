import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { loudnessOf } from "../support/loudness-of.js";
import { columnsOf } from "../support/signal-columns.js";
import {
  integratedCases,
  momentaryFiles,
  momentaryRun,
  peakCases,
  rangeCases,
  rangeSound,
  shortTermFiles,
  shortTermRun,
  steadyMomentary,
  steadyShortTerm,
} from "./ebu-signals.js";

const page = readFileSync(new URL("../../docs/loudness.md", import.meta.url), "utf8");
const rows: string[] = [];

/** Notes a row of the table in docs/loudness.md, which must say the same. */
function note(id: string, expected: string, ...measured: readonly number[]): void {
  const [least, most] = [Math.min(...measured).toFixed(2), Math.max(...measured).toFixed(2)];
  rows.push(`| ${id} | ${expected} | ${least === most ? least : `${least} … ${most}`} |`);
}

afterAll(() => {
  if (process.env["FRAMEWATCH_TABLE"] !== undefined) console.log(rows.join("\n"));
});

/** The values of a signal from a time on, and up to another. */
function valuesOf(blocks: readonly SignalBlock[], name: string, fromSeconds = 0, toSeconds = Infinity): number[] {
  const { pts = [], [name]: values = [] } = columnsOf(blocks, "sound:0");
  return values.filter(
    (value, n) => !Number.isNaN(value) && (pts[n] ?? 0) >= fromSeconds - 1e-9 && (pts[n] ?? 0) < toSeconds - 1e-9,
  );
}

function expectWithin(values: readonly number[], expected: number, tolerance = 0.1): void {
  expect(values.length).toBeGreaterThan(0);
  for (const value of values) expect(Math.abs(value - expected), `${value} for ${expected}`).toBeLessThanOrEqual(tolerance);
}

describe("EBU Tech 3341", { timeout: 30_000 }, () => {
  it.each(integratedCases)("case $id: integrated loudness of $lufs LUFS", async ({ id, sound, lufs }) => {
    const { summary, blocks } = await loudnessOf(sound());
    expectWithin([summary.integratedLufs ?? NaN], lufs);
    note(id, `I = ${lufs.toFixed(1)} ±0.1 LUFS`, summary.integratedLufs ?? NaN);
    if (id !== "3341-1" && id !== "3341-2") return;
    for (const name of ["momentary", "shortTerm"]) expectWithin(valuesOf(blocks, `loudness.${name}Lufs`), lufs);
  });

  it("case 3341-9: short-term loudness is constant after 3 s", async () => {
    const { blocks } = await loudnessOf(steadyShortTerm());
    const values = valuesOf(blocks, "loudness.shortTermLufs", 3);
    expectWithin(values, -23);
    note("3341-9", "S = -23.0 ±0.1 LUFS, constant after 3 s", ...values);
  });

  it("case 3341-10: the largest short-term loudness, wherever in the file the tone begins", async () => {
    const files = await Promise.all(shortTermFiles().map((sound) => loudnessOf(sound)));
    const values = files.map(({ summary }) => summary.maxShortTermLufs ?? NaN);
    expectWithin(values, -23);
    note("3341-10", "max S = -23.0 ±0.1 LUFS in each of 20 files", ...values);
  });

  it("case 3341-12: momentary loudness is constant after 1 s", async () => {
    const { blocks } = await loudnessOf(steadyMomentary());
    const values = valuesOf(blocks, "loudness.momentaryLufs", 1);
    expectWithin(values, -23);
    note("3341-12", "M = -23.0 ±0.1 LUFS, constant after 1 s", ...values);
  });

  it("case 3341-13: the largest momentary loudness, wherever in the file the tone begins", async () => {
    const files = await Promise.all(momentaryFiles().map((sound) => loudnessOf(sound)));
    const values = files.map(({ summary }) => summary.maxMomentaryLufs ?? NaN);
    expectWithin(values, -23);
    note("3341-13", "max M = -23.0 ±0.1 LUFS in each of 20 files", ...values);
  });

  it.each([
    { id: "3341-11", letter: "S", name: "loudness.shortTermLufs", ...shortTermRun },
    { id: "3341-14", letter: "M", name: "loudness.momentaryLufs", ...momentaryRun },
  ])("case $id: successive maxima of a live meter from -38 to -19 LUFS", async ({ id, letter, name, seconds, sound }) => {
    const { blocks } = await loudnessOf(sound());
    const errors = Array.from({ length: 20 }, (_, i) => {
      return Math.max(...valuesOf(blocks, name, i * seconds, (i + 1) * seconds)) - (i - 38);
    });
    expectWithin(errors, 0);
    note(id, `max ${letter} = -38.0, -37.0 … -19.0 ±0.1 LUFS: the error`, ...errors);
  });

  it.each(peakCases)("case $id: true peak of $dbtp dBTP", async ({ id, sound, dbtp }) => {
    const { summary } = await loudnessOf(sound());
    const peak = summary.truePeakDbtp ?? NaN;
    expect(peak).toBeLessThanOrEqual(dbtp + 0.2);
    expect(peak).toBeGreaterThanOrEqual(dbtp - 0.4);
    note(id, `${dbtp.toFixed(1)} +0.2/-0.4 dBTP`, peak);
  });
});

describe("EBU Tech 3342", { timeout: 30_000 }, () => {
  it.each(rangeCases)("case $id: loudness range of $rangeLu LU", async ({ id, levels, rangeLu }) => {
    const { summary } = await loudnessOf(rangeSound(levels));
    expectWithin([summary.rangeLu ?? NaN], rangeLu, 1);
    note(id, `LRA = ${rangeLu} ±1 LU`, summary.rangeLu ?? NaN);
  });
});

describe("the page about loudness", () => {
  it("has a row for every case that is measured here", () => {
    const ids = rows.map((row) => row.split("|")[1]?.trim());
    for (const id of ids) expect(page).toContain(`| ${id} |`);
  });
});
