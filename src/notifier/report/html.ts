import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import type { SignalDeclaration } from "../../analyzers/index.js";
import { type ChapterPicture, chapterPaths } from "../evidence/chapter-pictures.js";
import type { StoredPictures } from "../evidence/incident-evidence.js";
import type { Thumbnail } from "../evidence/thumbnail.js";
import type { Envelope } from "./envelope.js";
import type { Report } from "./schema.js";

/** The pictures within one page, in characters of their data: URIs; further defects link to theirs. */
const maximumPictureCharacters = 8 * 1024 * 1024;

/** The page's own script, in the order of its parts. */
const scriptParts = [
  "words",
  "view",
  "timeline",
  "chapters",
  "markers",
  "plots",
  "signals",
  "card",
  "defects",
  "loudness",
  "facts",
  "start",
];

/** What the page tells of a defect type. */
export interface TypeFacts {
  /** What is wrong, in a few words. */
  readonly summary: string;
  /** The signals that its detector reads. */
  readonly signals: readonly string[];
}

export interface PageFacts {
  readonly report: Report;
  readonly thumbnails: ReadonlyMap<string, Thumbnail>;
  /** Of live incidents, by defect id: their files are in the store by now. */
  readonly storedPictures?: ReadonlyMap<string, StoredPictures>;
  readonly chapterPictures: readonly ChapterPicture[];
  readonly envelopes: readonly Envelope[];
  /** What is known of each signal, for units and explanations. */
  readonly signals: Readonly<Record<string, SignalDeclaration>>;
  /** What is known of each defect type. */
  readonly types: Readonly<Record<string, TypeFacts>>;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** JSON that a script element can hold: no `</script>` and no `<!--` can come of a text in it. */
function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Steps between a signal's least and largest value; the number behind the last stands for what was not measured. */
const steps = 65_534;

/** Values as steps of two bytes, little endian, base64: a quarter of what they take as decimals, and finer than any screen. */
function packed(values: Float32Array, least: number, largest: number): string {
  const bytes = Buffer.alloc(values.length * 2);
  const scale = largest > least ? steps / (largest - least) : 0;
  for (const [index, value] of values.entries()) {
    bytes.writeUInt16LE(Number.isFinite(value) ? Math.round((value - least) * scale) : steps + 1, index * 2);
  }
  return bytes.toString("base64");
}

function drawnSignal(
  { name, minimum, maximum }: Envelope["signals"][number],
  declaration: SignalDeclaration | undefined,
): object {
  const isLine = minimum.every((value, index) => Object.is(value, maximum[index]));
  const words = declaration === undefined ? {} : { unit: declaration.unit, meaning: declaration.meaning };
  let least = Number.POSITIVE_INFINITY;
  let largest = Number.NEGATIVE_INFINITY;
  for (const value of minimum) if (value < least) least = value;
  for (const value of maximum) if (value > largest && value < Number.POSITIVE_INFINITY) largest = value;
  if (!(least <= largest)) least = largest = 0;
  if (least === Number.NEGATIVE_INFINITY) least = largest;
  return {
    ...{ name, ...words, least, largest },
    minimum: packed(minimum, least, largest),
    ...(isLine ? {} : { maximum: packed(maximum, least, largest) }),
  };
}

function dataUri(jpeg: Buffer): string {
  return `data:image/jpeg;base64,${jpeg.toString("base64")}`;
}

function inlinePictures({ report, thumbnails, storedPictures }: PageFacts): Record<string, Record<string, string>> {
  const pictures: Record<string, Record<string, string>> = {};
  let characters = 0;
  for (const { id } of report.defects) {
    const { at, before } = thumbnails.get(id) ?? {};
    const stored = storedPictures?.get(id);
    const small = { before: stored?.before ?? before?.small, at: stored?.at ?? at?.small, after: stored?.after };
    const uris = Object.entries(small).flatMap(([name, jpeg]) => (jpeg === undefined ? [] : [[name, dataUri(jpeg)] as const]));
    if (uris.length === 0) continue;
    characters += uris.reduce((sum, [, uri]) => sum + uri.length, 0);
    if (characters > maximumPictureCharacters) break;
    pictures[id] = Object.fromEntries(uris);
  }
  return pictures;
}

/** Pictures by the number of their chapter, counted from 0. */
function inlineChapters(report: Report, pictures: readonly ChapterPicture[]): Record<number, string> {
  const paths = chapterPaths(pictures);
  const byPath = new Map(pictures.map(({ chapter, picture }) => [paths.get(chapter.startSeconds), picture.small]));
  const inlined = (report.chapters ?? []).flatMap(({ thumbnail }, index) => {
    const small = byPath.get(thumbnail);
    return thumbnail === undefined || small === undefined ? [] : [[index, dataUri(small)] as const];
  });
  return Object.fromEntries(inlined);
}

function ownFile(name: string): Promise<string> {
  return readFile(new URL(`page/${name}`, import.meta.url), "utf8");
}

function plotFile(name: string): Promise<string> {
  return readFile(createRequire(import.meta.url).resolve(`uplot/dist/${name}`), "utf8");
}

/** Allows the page its own two scripts, clips from where it lies itself, and nothing from outside, whatever the media has put into it. */
function contentPolicy(scripts: readonly string[]): string {
  const hashes = scripts.map((script) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`);
  return `default-src 'none'; img-src data:; media-src 'self' file:; style-src 'unsafe-inline'; script-src ${hashes.join(" ")}; base-uri 'none'; form-action 'none'`;
}

/** report.html: one page that needs no other file and no network. Only large evidence, pictures and clips, needs the folder around it. */
export async function renderPage(facts: PageFacts): Promise<string> {
  const { report, chapterPictures, envelopes, signals, types } = facts;
  const [template, style, script, plotStyle, plotScript] = await Promise.all([
    ownFile("report.html"),
    ownFile("report.css"),
    Promise.all(scriptParts.map((part) => ownFile(`${part}.client.js`))).then((parts) => parts.join("\n")),
    plotFile("uPlot.min.css"),
    plotFile("uPlot.iife.min.js"),
  ]);
  const lanes = envelopes.map((envelope) => ({
    ...envelope.lane,
    seconds: Array.from(envelope.seconds, (seconds) => Math.round(seconds * 1e4) / 1e4),
    signals: envelope.signals.map((signal) => drawnSignal(signal, signals[signal.name])),
  }));
  const parts: Readonly<Record<string, string>> = {
    contentPolicy: contentPolicy([plotScript, script]),
    title: escapeHtml(`${report.verdict}: ${report.job.stream ?? report.job.source} — Framewatch`),
    plotStyle,
    style,
    data: scriptJson({
      report,
      lanes,
      pictures: inlinePictures(facts),
      chapterPictures: inlineChapters(report, chapterPictures),
      types,
    }),
    plotScript,
    script,
  };
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name] ?? "");
}
