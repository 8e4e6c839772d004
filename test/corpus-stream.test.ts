import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Report } from "../src/notifier/index.js";
import { type Checking, openChecking } from "./support/check-media.js";

/**
 * Real broken files, and real transport streams: a folder with a MANIFEST.json, which is not part of the repository. Set
 * FRAMEWATCH_WRITE_STREAM_CORPUS to renew docs/stream-corpus.md from what this test sees.
 */
const corpus = process.env["FRAMEWATCH_CORPUS"];
const manifestFile = path.join(corpus ?? "", "MANIFEST.json");
const hasManifest = corpus !== undefined && existsSync(manifestFile);
if (!hasManifest) console.warn("FRAMEWATCH_CORPUS names no folder with a MANIFEST.json: real streams are not checked.");
const writesPage = process.env["FRAMEWATCH_WRITE_STREAM_CORPUS"] !== undefined;
const page = new URL("../docs/stream-corpus.md", import.meta.url).pathname;

const types = [
  ...["decode-error", "block-corruption", "timestamp-gap", "format-change", "transport", "caption-missing", "duration-mismatch"],
  ...["black", "freeze", "silence"],
];

/** Longer ones only take longer. */
const mostSeconds = 60;

const clipSchema = z.object({
  file: z.string(),
  kind: z.string(),
  description: z.string(),
  ground_truth: z.string().nullable(),
  duration_s: z.number().nullable(),
});
type Clip = z.output<typeof clipSchema>;

function clips(): Clip[] {
  const all = z.array(clipSchema).parse(JSON.parse(readFileSync(manifestFile, "utf8")));
  // It is read for ever without giving media, and takes a minute to be given up: the decoder's tests have it.
  return all.filter(
    ({ file, kind, duration_s: seconds }) =>
      (kind === "broken" || file.endsWith(".ts")) && !file.endsWith(".mpd") && (seconds ?? 0) <= mostSeconds,
  );
}

function foundIn({ error, media, defects }: Report): string[] {
  if (error !== null) return [error.message];
  const told = defects.map(({ type, kind, severity, startSeconds, endSeconds }) => {
    const name = kind === undefined ? type : `${type} (${kind})`;
    return `${name} ${startSeconds.toFixed(2)}-${endSeconds?.toFixed(2) ?? ""} s, ${severity}`;
  });
  const most = 5;
  const rest = told.length > most ? [`and ${told.length - most} more`] : [];
  return [...(media?.incompleteReason === undefined ? [] : [media.incompleteReason]), ...told.slice(0, most), ...rest];
}

/** What of the packets is worth a word: what was counted, and how much of the stream is stuffing. */
function packetsOf({ stream }: Report): string {
  const transport = stream?.transport;
  if (transport === undefined) return "";
  const counted = transport.indicators.filter(({ count = 0 }) => count > 0).map(({ name, count }) => `${name}: ${count}`);
  const idle = transport.indicators.filter(({ notApplicable }) => notApplicable !== undefined).length;
  return `${transport.packets} packets; ${counted.join(", ") || "nothing counted"}; ${idle} indicators not applicable`;
}

describe.skipIf(!hasManifest)("a real stream", () => {
  let checking: Checking;
  const rows: { clip: Clip; report: Report }[] = [];
  beforeAll(async () => {
    checking = await openChecking();
  });
  afterAll(async () => {
    await checking.close();
    if (writesPage) await writeFile(page, pageOf(rows));
  });

  test.each(hasManifest ? clips().map((clip) => [clip.file, clip] as const) : [])("%s", async (file, clip) => {
    const report = await checking.check(path.join(corpus ?? "", file), types);
    rows.push({ clip, report });
    if (report.verdict !== "pass") expect(foundIn(report).join("")).toMatch(/\w/);
    // Nothing is wrong with the others, but what their pictures show.
    if (clip.kind !== "broken") expect(report.verdict, foundIn(report).join()).toMatch(/^(pass|warn)$/);
  });
});

function pageOf(rows: readonly { readonly clip: Clip; readonly report: Report }[]): string {
  const cell = (text: string) => text.replaceAll("|", "\\|").replace(/\s+/g, " ").slice(0, 400);
  const line = ({ clip, report }: (typeof rows)[number]) => {
    const { file, description, ground_truth: known } = clip;
    const what = known === null ? description : `${description} (known: ${known})`;
    const cells = [file, what, report.verdict, foundIn(report).join("; "), packetsOf(report)];
    return `| ${cells.map(cell).join(" | ")} |`;
  };
  const head = ["| file | what it is | verdict | found | packets |", "| --- | --- | --- | --- | --- |"];
  return [
    "# Real streams, and what was found in them",
    "",
    "Broken files and transport streams out of a collection of public test clips, which is not part of the repository, as `framewatch check` sees them by policy `default`. Only what belongs to the stream is looked for, with black, freeze and silence beside it. Written by `test/corpus-stream.test.ts`, which also holds that no clip without a fault fails:",
    "",
    "    FRAMEWATCH_CORPUS=FOLDER FRAMEWATCH_WRITE_STREAM_CORPUS=1 npx vitest run test/corpus-stream.test.ts",
    "",
    "## Broken files",
    "",
    ...head,
    ...rows.filter(({ clip }) => clip.kind === "broken").map(line),
    "",
    "## Transport streams",
    "",
    ...head,
    ...rows.filter(({ clip }) => clip.kind !== "broken").map(line),
    "",
  ].join("\n");
}
