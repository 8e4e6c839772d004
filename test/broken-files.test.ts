import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../src/notifier/index.js";
import { breakages, impostors, wholeFiles } from "./media/broken.js";
import { makeClip } from "./media/make.js";
import { type Checking, openChecking } from "./support/check-media.js";

/** Set it to renew docs/broken-files.md from what this test sees. */
const writesPage = process.env["FRAMEWATCH_WRITE_BROKEN_FILES"] !== undefined;
const page = new URL("../docs/broken-files.md", import.meta.url).pathname;
const types = ["decode-error", "block-corruption", "timestamp-gap", "transport", "format-change", "freeze", "silence"];

/**
 * Damage that leaves a file that is whole and right by all that its container and codec say: zeros in PCM are silence, a changed bit
 * of it is another sample.
 */
const mayPass = new Set(["WAV, 10 % zeroed"]);

let checking: Checking;
let folder: string;
const rows = new Map<string, string[]>();
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-broken-"));
  checking = await openChecking();
});
afterAll(async () => {
  await checking.close();
  await rm(folder, { recursive: true });
  if (writesPage) await writeFile(page, pageOf(rows));
});

function reasonOf({ error, media, defects }: Report): string {
  if (error !== null) return error.message;
  if (media?.incompleteReason !== undefined) return media.incompleteReason;
  return [...new Set(defects.map(({ type, kind }) => (kind === undefined ? type : `${type} (${kind})`)))].join(", ");
}

async function check(name: string, damage: string, file: string): Promise<Report> {
  const report = await checking.check(file, types);
  const reason = reasonOf(report);
  const cells = [damage, report.verdict, reason.replaceAll("|", "\\|").replace(/\s+/g, " ").slice(0, 140)];
  rows.set(name, [...(rows.get(name) ?? []), `| ${cells.join(" | ")} |`]);
  return report;
}

describe.each(Object.entries(wholeFiles))("%s", (name, recipe) => {
  test("passes where it is whole", async () => {
    const report = await check(name, "whole", await makeClip(recipe));
    expect({ verdict: report.verdict, complete: report.media?.complete, reason: reasonOf(report) }).toEqual({
      verdict: "pass",
      complete: true,
      reason: "",
    });
  });

  test.each(Object.entries(breakages))("does not pass, and says why: %s", async (damage, edits) => {
    const report = await check(name, damage, await makeClip({ ...recipe, edits }));
    const passes = damage === "400 bits flipped" || mayPass.has(`${name}, ${damage}`);
    if (!passes) expect(report.verdict).toMatch(/^(fail|error)$/);
    if (report.verdict !== "pass") expect(reasonOf(report)).toMatch(/\w/);
    if (damage.startsWith("cut at") && report.verdict !== "error") expect(report.media?.complete).toBe(false);
  });

  test.each(Object.entries(impostors))("is refused, and says why: %s", async (damage, content) => {
    const file = path.join(folder, `${damage.replaceAll(" ", "-")}.${recipe.extension}`);
    await writeFile(file, content);
    const report = await check(name, damage, file);
    expect(report.verdict).toMatch(/^(fail|error)$/);
    expect(reasonOf(report)).toMatch(/\w/);
  });
});

function pageOf(tables: ReadonlyMap<string, readonly string[]>): string {
  const sections = [...tables].map(([name, lines]) =>
    [`## ${name}`, "", "| file | verdict | reason, or defects found |", "| --- | --- | --- |", ...lines].join("\n"),
  );
  return [
    "# Broken files",
    "",
    "What `framewatch check` says of files of each container that are whole, cut, damaged, or no media at all, by policy `default`: written by `test/broken-files.test.ts`, which also holds that none but the whole ones pass (a few flipped bits may), that none hangs, and that no child process and no file is left. The same films with two seconds of 64x48 pixels are damaged at several places by `test/damage-anywhere.test.ts`.",
    "",
    sections.join("\n\n"),
    "",
    "## What a file does not tell",
    "",
    "- Zeros in PCM are silence, and up to 4 KB of them between the pictures of a raw stream are padding.",
    "- A raw HEVC stream has no times, and ffmpeg's decoder says nothing of a slice that ends too early: a cut or a hole in one is only found by what is seen. A raw AC-3 stream that ends inside its last frame passes.",
    "- Fragments, clusters and pages are walked through one by one: in a file all of them, from S3 or a host the first 100 or so, each by a request; those behind them are known by gaps in their time. A host that gives no ranges is not asked.",
    "- Recordings of live streams in Matroska do not say how long their clusters are.",
    "",
  ].join("\n");
}
