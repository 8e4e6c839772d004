import { rm } from "node:fs/promises";
import { type Analysis, openAnalysis } from "./analyse.js";
import { comparedTypes, compareWithFfmpeg, type FileComparison, sumAgreement } from "./agreement.js";
import type { Arguments } from "./arguments.js";
import { readKnownFaults, sumClean, watchClean } from "./clean.js";
import { type ContentFile, readContent } from "./content.js";
import { sumLoudness } from "./loudness-agreement.js";
import type { Planter } from "./planter.js";
import { prepareClips } from "./prepare.js";
import { agreementLines, cleanLines, rowLine } from "./print.js";
import type { Measured } from "./results.js";
import { rowOf } from "./rows.js";
import { sideBySide } from "./side-by-side.js";
import { openTrials } from "./trials.js";

/** Files in work side by side: a run must be possible on a machine of two cores. */
const atOnce = 2;

export interface Run {
  readonly measured: Measured;
  /** Steps of the harness that failed, each with the command: what they would have measured is missing. */
  readonly faults: readonly string[];
}

/** What the parts of one run share. */
interface Room {
  readonly request: Arguments;
  readonly analysis: Analysis;
  readonly folder: string;
  readonly files: readonly ContentFile[];
  readonly comparisons: FileComparison[];
  readonly fault: (text: string) => void;
}

/** Does what was asked for, and tells it on standard output while it goes on. `folder` is for files that may vanish. */
export async function measure(request: Arguments, planters: readonly Planter[], folder: string): Promise<Run> {
  const faults: string[] = [];
  const files = await readContent(request.content);
  const analysis = await openAnalysis(folder);
  const room: Room = { request, analysis, folder, files, comparisons: [], fault: (text) => faults.push(text) };
  try {
    const rows = planters.length === 0 ? [] : await measureRows(planters, room);
    const clean = request.clean ? await measureClean(room) : undefined;
    const types = planters.map(({ type }) => type);
    if (clean === undefined) return { measured: { types, rows }, faults };
    const agreement = sumAgreement(room.comparisons.flatMap(({ spans }) => spans));
    const loudness = sumLoudness(room.comparisons.flatMap((compared) => compared.loudness ?? []));
    process.stdout.write(`${cleanLines(clean)}\n${agreementLines(agreement, loudness)}\n`);
    return { measured: { types, rows, clean, agreement, loudness }, faults };
  } finally {
    await analysis.close();
  }
}

async function measureRows(planters: readonly Planter[], room: Room): Promise<Measured["rows"]> {
  const { request, analysis, folder, files, comparisons, fault } = room;
  const clips = await prepareClips(files, request.split, say);
  say(`${clips.length} clips of half "${request.split}" to plant into`);
  const trials = openTrials({
    analysis,
    clips,
    folder,
    analysed: async ({ type, name }, file, report) => {
      if (!request.clean || !comparedTypes.includes(type)) return;
      const { spans } = await compareWithFfmpeg(name, file, report);
      comparisons.push({ spans: spans.filter((comparison) => comparison.type === type), loudness: undefined });
    },
  });
  const work = planters.flatMap((planter) => planter.strengths.map((strength) => ({ planter, strength })));
  return sideBySide(work, atOnce, async ({ planter, strength }) => {
    const row = rowOf(planter, strength, await trials.tryStrength(planter, strength, request.limit, fault));
    if (row.planted === 0) fault(`${planter.type}, ${strength.name}: no clip of the content is fit for it`);
    process.stdout.write(`${rowLine(row)}\n`);
    return row;
  });
}

async function measureClean({ analysis, folder, files, comparisons, fault }: Room): Promise<ReturnType<typeof sumClean>> {
  const known = await readKnownFaults();
  const watched = await sideBySide(files, atOnce, async (file) => {
    try {
      say(`watching ${file.name}`);
      const { report, source, ...rest } = await watchClean(file, known, analysis, folder);
      if (file.kind === "photograph") await rm(source);
      else comparisons.push(await compareWithFfmpeg(file.name, source, report));
      return [rest];
    } catch (error) {
      fault(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  });
  return sumClean(watched.flat());
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}
