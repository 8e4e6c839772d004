import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

const repository = resolve(import.meta.dirname, "..");

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "framewatch-lint-"));
});
afterEach(() => rm(folder, { recursive: true }));

const report = z.object({ diagnostics: z.array(z.object({ code: z.string(), message: z.string(), filename: z.string() })) });

/** Lints a tree of planted files with the repository's own settings; gives `file code message` of each finding. */
async function lint(files: Record<string, string>): Promise<string[]> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
  const output = await new Promise<string>((done) => {
    const program = join(repository, "node_modules/.bin/oxlint");
    execFile(program, ["--config", join(repository, ".oxlintrc.json"), "--format", "json", "."], { cwd: folder }, (_, stdout) =>
      done(stdout),
    );
  });
  return report.parse(JSON.parse(output)).diagnostics.map(({ filename, code, message }) => `${filename} ${code} ${message}`);
}

/** What is planted, where, and what the lint must say of it. */
const forbidden: readonly (readonly [name: string, file: string, content: string, reason: string])[] = [
  ["an import against the flow", "src/decoder/a.ts", 'import type { A } from "../notifier/index.js";', "Data flows"],
  ["a type of a later room in ingest", "src/ingest/a.ts", 'import type { A } from "../analyzers/index.js";', "Data flows"],
  ["a value of another room", "src/notifier/a.ts", 'import { a } from "../analyzers/index.js";', "others know its types"],
  ["a room entered by a side door", "src/notifier/a.ts", 'import type { A } from "../analyzers/judge.js";', "by its index.js"],
  [
    "a side door from a deeper folder",
    "src/notifier/sinks/a.ts",
    'import type { A } from "../../decoder/frame.js";',
    "by its index.js",
  ],
  ["a side door in the wiring", "src/service.ts", 'import { a } from "./ingest/poller.js";', "by its index.js"],
  ["the worker's door used by others", "src/engine.ts", 'import { a } from "./analyzers/measuring.js";', "by its index.js"],
  ["a value of a room outside the wiring", "src/http.ts", 'import { a } from "./ingest/index.js";', "others know its types"],
  ["a wiring file used by a room", "src/ingest/a.ts", 'import type { A } from "../service.js";', "only these files"],
  ["a re-export against the flow", "src/decoder/a.ts", 'export type { A } from "../notifier/index.js";', "Data flows"],
  ["a dynamic import against the flow", "src/decoder/a.ts", 'export const a = import("../notifier/index.js");', "Data flows"],
  ["a type written as an import", "src/decoder/a.ts", 'export type A = import("../notifier/index.js").A;', "Data flows"],
  ["a file outside src", "src/http.ts", 'import { a } from "../test/support/leaks.js";', "outside it"],
  ["fluent-ffmpeg by a second door", "src/decoder/a.ts", 'import ffmpeg from "fluent-ffmpeg";', "one door: src/ffmpeg.ts"],
  ["onnxruntime on the main thread", "src/analyzers/inference/start.ts", 'import * as a from "onnxruntime-node";', "one door"],
  ["BullMQ by a second door", "src/service.ts", 'import { Queue } from "bullmq";', "one door: src/ingest/run-on-fleet.ts"],
  ["ioredis by a second door", "src/ingest/a.ts", 'import { Redis } from "ioredis";', "one door"],
  [
    "sharp by a second door",
    "src/notifier/a.ts",
    'import sharp from "sharp";',
    "one door: src/notifier/evidence/grab-pictures.ts",
  ],
  [
    "an AWS client by a second door",
    "src/notifier/a.ts",
    'import type { SQSClient } from "@aws-sdk/client-sqs";',
    "one door: src/ingest/sqs.ts",
  ],
  [
    "a child process of a room's own",
    "src/decoder/a.ts",
    'import { spawn } from "node:child_process";',
    "one door: src/ffmpeg.ts",
  ],
  [
    "a detector that reads a clock",
    "src/analyzers/detectors/black.ts",
    'import { hrtime } from "node:process";',
    "A detector is pure",
  ],
  [
    "a detector that knows another",
    "src/analyzers/detectors/black.ts",
    'import { freeze } from "./freeze.js";',
    "A detector is pure",
  ],
];

describe("the lint refuses", () => {
  let findings: readonly string[];
  // One run for all: each lies in a tree of its own.
  beforeEach(async () => {
    findings ??= await lint(Object.fromEntries(forbidden.map(([, file, content], tree) => [`${tree}/${file}`, `${content}\n`])));
  });

  test.each(forbidden.map(([name, ...planted], tree) => ({ name, tree, planted })))("$name", ({ tree, planted }) => {
    const [file, , reason] = planted;
    expect(findings).toContainEqual(expect.stringMatching(new RegExp(`^${tree}/${file} framewatch.*${reason}`)));
  });

  test("a cycle of imports", async () => {
    const findings = await lint({
      "src/ingest/a.ts": 'import { b } from "./b.js";\nexport const a = () => b;\n',
      "src/ingest/b.ts": 'import { a } from "./a.js";\nexport const b = () => a;\n',
    });
    expect(findings.join("\n")).toContain("no-cycle");
  });

  test("a file name that is not kebab-case, a default export and `any`", async () => {
    const findings = (await lint({ "src/jobQueue.ts": "const a: any = 1;\nexport default a;\n" })).join("\n");
    for (const rule of ["filename-case", "no-default-export", "no-explicit-any"]) expect(findings).toContain(rule);
  });
});

test("the lint passes what the house allows", async () => {
  const findings = await lint({
    "src/notifier/a.ts":
      'import type { A } from "../decoder/index.js";\nimport { b } from "../errors.js";\nexport const c = (a: A) => b(a);\n',
    "src/service.ts": 'import { a } from "./ingest/index.js";\nimport { b } from "./http.js";\nexport const c = () => a(b);\n',
    "src/ingest/segments.ts": 'import type { A } from "../decoder/index.js";\nexport const c = (a: A) => a;\n',
    "src/http.ts": 'import type { A } from "./decoder/index.js";\nexport const c = (a: A) => a;\n',
    "src/worker.ts": 'import { a } from "./analyzers/measuring.js";\nexport const b = () => a;\n',
    "src/ffmpeg.ts": 'import { spawn } from "node:child_process";\nexport const c = spawn;\n',
    "src/analyzers/detectors/black.ts": 'import { z } from "zod";\nimport { a } from "../detector.js";\nexport const c = a(z);\n',
    "src/analyzers/detectors/index.ts": 'import { c } from "./black.js";\nexport const d = [c];\n',
  });
  expect(findings).toEqual([]);
});
