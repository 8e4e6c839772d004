import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openAnalysis } from "./analyse.js";
import { type Arguments, readArguments } from "./arguments.js";
import { readContent } from "./content.js";
import type { Planter, Strength } from "./planter.js";
import { loadPlanters } from "./planters.js";
import { prepareClips } from "./prepare.js";
import { type Row, rowOf } from "./rows.js";
import { rowLine } from "./print.js";
import { openTrials } from "./trials.js";

/** Strengths that are tried side by side; a machine of two cores is what a run must be possible on. */
const atOnce = 2;

/** Runs the harness. @returns the exit code: 1 when a step of the harness failed, 2 for wrong words */
export async function main(words: readonly string[]): Promise<number> {
  let request: Arguments;
  let planters: Planter[];
  try {
    request = readArguments(words, process.env);
    planters = await loadPlanters(request.types);
  } catch (error) {
    process.stderr.write(`accuracy: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-accuracy-"));
  try {
    const faults = await run(request, planters, folder);
    for (const fault of faults) process.stderr.write(`harness error: ${fault}\n`);
    return faults.length === 0 ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run({ content, split, limit }: Arguments, planters: readonly Planter[], folder: string): Promise<string[]> {
  const faults: string[] = [];
  const clips = await prepareClips(await readContent(content), split, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`${clips.length} clips of half "${split}"\n`);
  const analysis = await openAnalysis(folder);
  try {
    const trials = openTrials({ analysis, clips, folder });
    const work = planters.flatMap((planter) => planter.strengths.map((strength) => ({ planter, strength })));
    await sideBySide(work, async ({ planter, strength }: { planter: Planter; strength: Strength }) => {
      const row: Row = rowOf(planter, strength, await trials.tryStrength(planter, strength, limit, (text) => faults.push(text)));
      process.stdout.write(`${rowLine(row)}\n`);
    });
  } finally {
    await analysis.close();
  }
  return faults;
}

async function sideBySide<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const rest = [...items];
  const lane = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}
