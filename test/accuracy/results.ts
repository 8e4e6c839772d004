import { readFile, writeFile } from "node:fs/promises";
import type { Agreement } from "./agreement.js";
import type { CleanResult } from "./clean.js";
import type { LoudnessAgreement } from "./loudness-agreement.js";
import type { Row } from "./rows.js";

/** What is committed of the runs that were written; `docs/accuracy.md` is generated from it. */
export interface Results {
  readonly version: 1;
  /** Sorted by type, then as the planter has them. */
  readonly rows: readonly Row[];
  /** Absent until a run has looked at clean content. */
  readonly clean?: CleanResult;
  /** By name of the filter. */
  readonly agreement: readonly Agreement[];
  readonly loudness?: LoudnessAgreement;
}

const file = new URL("results.json", import.meta.url);

/** @throws Error when results.json is gone or no JSON */
export async function readResults(): Promise<Results> {
  return JSON.parse(await readFile(file, "utf8")) as Results;
}

/** What a run measured; parts that it left out are absent. */
export interface Measured {
  /** Types that were run: all their rows take the place of those before. */
  readonly types: readonly string[];
  readonly rows: readonly Row[];
  readonly clean?: CleanResult;
  readonly agreement?: readonly Agreement[];
  readonly loudness?: LoudnessAgreement;
}

/** Results with what was measured in its place, and all else as it was. */
export function mergeResults(before: Results, { types, rows, ...rest }: Measured): Results {
  const kept = before.rows.filter(({ type }) => !types.includes(type));
  const sorted = [...kept, ...rows].toSorted((one, other) => one.type.localeCompare(other.type));
  return { ...before, ...rest, version: 1, rows: sorted };
}

export async function writeResults(results: Results): Promise<void> {
  await writeFile(file, `${JSON.stringify(results, null, 2)}\n`);
}
