import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Arguments, readArguments } from "./arguments.js";
import { loadPlanters } from "./planters.js";
import type { Planter } from "./planter.js";
import { measure } from "./measure.js";
import { mergeResults, readResults, writeResults } from "./results.js";

/** Runs the harness. @returns the exit code: 1 when a step of the harness failed, 2 for wrong words. An interrupted run ends the process with 130. */
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
  const interrupt = (): void => {
    rmSync(folder, { recursive: true, force: true });
    process.exit(130);
  };
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  try {
    const { measured, faults } = await measure(request, planters, folder);
    for (const fault of faults) process.stderr.write(`harness error: ${fault}\n`);
    if (request.write) {
      await writeResults(mergeResults(await readResults(), measured));
      process.stdout.write("Written to test/accuracy/results.json. `npm run generate` brings it into the documents.\n");
    }
    return faults.length === 0 ? 0 : 1;
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
    await rm(folder, { recursive: true, force: true });
  }
}
