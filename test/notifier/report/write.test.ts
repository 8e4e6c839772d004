import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FramewatchError } from "../../../src/errors.js";
import { writeReport } from "../../../src/notifier/index.js";
import { openFolderStore } from "../../../src/store-folder.js";
import { exampleDefects, examplePage } from "./example-page.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-report-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a written report", () => {
  const picture = { large: Buffer.from("large"), small: Buffer.from("small") };
  const thumbnails = new Map([["black-0", { at: picture, before: picture }]]);

  test("lies whole in the output: page, evidence, signals, and the report itself", async () => {
    const spool = path.join(folder, "spool");
    await writeFile(spool, "signals");
    const facts = { ...examplePage(exampleDefects(1)), thumbnails };
    const store = openFolderStore(path.join(folder, "out"));
    await writeReport({ ...facts, store, signalFiles: [{ name: "picture-0.signals", file: spool }], check: () => {} });
    const files = (await readdir(path.join(folder, "out"), { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map((entry) => entry.name).sort()).toEqual([
      "black-0-before.jpg",
      "black-0.jpg",
      "picture-0.signals",
      "report.html",
      "report.json",
    ]);
    expect(JSON.parse(await readFile(path.join(folder, "out", "report.json"), "utf8"))).toEqual(facts.report);
  });

  test("is not committed when the lease is lost on the way", async () => {
    let left = 3;
    const check = () => {
      left -= 1;
      if (left < 0) throw new FramewatchError("lease-lost", "somebody else has the message");
    };
    const written = writeReport({
      ...examplePage(exampleDefects(1)),
      thumbnails,
      store: openFolderStore(folder),
      signalFiles: [],
      check,
    });
    await expect(written).rejects.toMatchObject({ code: "lease-lost" });
    expect(await readdir(folder)).toEqual(expect.arrayContaining(["evidence", "report.html"]));
    expect(await readdir(folder)).not.toContain("report.json");
  });
});
