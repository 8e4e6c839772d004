import { readFile } from "node:fs/promises";
import type { Report } from "../../src/notifier/index.js";
import type { Analysis, Found } from "./analyse.js";
import type { ContentFile, Split } from "./content.js";
import { deliver } from "./deliver.js";
import { encodingFor } from "./encodings.js";
import type { Span } from "./planter.js";
import { preparePhotograph } from "./prepare.js";
import { overlaps, type Raised } from "./score.js";

/** A defect that was raised in clean content. */
export interface Alarm {
  readonly file: string;
  readonly split: Split;
  readonly isHard: boolean;
  readonly type: string;
  readonly severity: Found["severity"];
  readonly startSeconds: number;
  readonly endSeconds?: number;
  /** Why it is a fault that the clip really has; a person looked. Absent: it counts as false. */
  readonly real?: string;
}

/** What was raised in clean content, hard negatives included. */
export interface CleanResult {
  readonly halves: Readonly<Record<Split, { readonly files: number; readonly seconds: number }>>;
  readonly alarms: readonly Alarm[];
}

/** A fault that a clip of the content really has, though nobody planted it. */
interface KnownFault {
  readonly file: string;
  readonly type: string;
  /** The stretch that was looked at; all of the file where absent. */
  readonly span?: Span;
  readonly why: string;
}

/** One file of clean content that was watched. */
export interface WatchedFile {
  readonly file: ContentFile;
  readonly seconds: number;
  readonly alarms: readonly Alarm[];
}

/** All faults that a person has seen in clips of the content, from known-faults.json. */
export async function readKnownFaults(): Promise<readonly KnownFault[]> {
  return JSON.parse(await readFile(new URL("known-faults.json", import.meta.url), "utf8")) as KnownFault[];
}

/**
 * Looks at one file as it is; a photograph is panned and zoomed first, into a file in `folder`. `source` is what was looked at.
 * @throws Error when it cannot be analysed
 */
export async function watchClean(
  file: ContentFile,
  known: readonly KnownFault[],
  analysis: Analysis,
  folder: string,
): Promise<WatchedFile & { readonly source: string; readonly report: Report }> {
  const source = await watchable(file, folder);
  const report = await analysis.analyse(source);
  const { defects, media } = report;
  return {
    source,
    report,
    file,
    seconds: media?.durationSeconds ?? 0,
    alarms: defects.map(({ type, severity, startSeconds, endSeconds }) => {
      const ended = endSeconds === undefined ? {} : { endSeconds };
      const real = known.find((fault) => isOf(fault, file.name, { type, startSeconds, ...ended }))?.why;
      return {
        file: file.name,
        split: file.split,
        isHard: file.isHard,
        type,
        severity,
        startSeconds,
        ...ended,
        ...(real === undefined ? {} : { real }),
      };
    }),
  };
}

function isOf({ file, type, span }: KnownFault, name: string, raised: Raised): boolean {
  return file === name && type === raised.type && (span === undefined || overlaps(raised, span));
}

async function watchable(file: ContentFile, folder: string): Promise<string> {
  if (file.kind !== "photograph") return file.path;
  const clip = await preparePhotograph(file);
  return (await deliver({ clip, encoding: encodingFor(0, clip) }, folder, file.name.replaceAll(/\W/g, "-"))).file;
}

/** Sums up what was watched, in the order of the files' names. */
export function sumClean(watched: readonly WatchedFile[]): CleanResult {
  const half = (split: Split) => {
    const own = watched.filter(({ file }) => file.split === split);
    return { files: own.length, seconds: Math.round(own.reduce((total, { seconds }) => total + seconds, 0)) };
  };
  const alarms = watched.flatMap((one) => one.alarms);
  return {
    halves: { tune: half("tune"), report: half("report") },
    alarms: alarms.toSorted((one, other) => one.file.localeCompare(other.file) || one.startSeconds - other.startSeconds),
  };
}
