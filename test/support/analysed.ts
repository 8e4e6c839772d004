import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { readSignalFile } from "../../src/analyzers/index.js";
import type { Alert, Report } from "../../src/notifier/index.js";
import type { Store } from "../../src/store.js";

/** What a job left, as far as it must be the same wherever and however it was analysed. */
export interface Analysed {
  /** Without `performance`. */
  readonly report: Report;
  /** Columns of each file of signals, bit for bit, and where its time jumps. */
  readonly signals: Readonly<Record<string, unknown>>;
  /** Thumbnails by name, as base64. */
  readonly evidence: Readonly<Record<string, string>>;
  /** Without their times and places in the row, which depend on who was quicker. */
  readonly alerts: readonly unknown[];
}

/** Reads what the job whose folder this is has left. */
export async function analysedIn(store: Store, alerts: readonly Alert[]): Promise<Analysed> {
  const folder = fileURLToPath(store.url);
  const { performance, ...report } = JSON.parse(await readFile(path.join(folder, "report.json"), "utf8")) as Report;
  const filesIn = async (name: string) => (await readdir(path.join(folder, name)).catch(() => [])).sort();
  const signals: Record<string, unknown> = {};
  for (const name of await filesIn("signals")) signals[name] = await columnsOf(path.join(folder, "signals", name));
  const evidence: Record<string, string> = {};
  for (const name of await filesIn("evidence")) {
    evidence[name] = (await readFile(path.join(folder, "evidence", name))).toString("base64");
  }
  return { report, signals, evidence, alerts: comparable(alerts) };
}

async function columnsOf(file: string): Promise<unknown> {
  const { header, outcome, blocks } = await readSignalFile(file);
  const columns: Record<string, (Float64Array | Float32Array)[]> = {};
  const jumps: unknown[] = [];
  for await (const { startIndex, pts, signals, discontinuityBefore, previousEndSeconds } of blocks()) {
    for (const [name, column] of Object.entries({ ...signals, pts })) (columns[name] ??= []).push(column);
    if (discontinuityBefore) jumps.push({ startIndex, previousEndSeconds });
  }
  const bits = ([name, parts]: [string, (Float64Array | Float32Array)[]]) => {
    const bytes = parts.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength));
    return [name, Buffer.concat(bytes).toString("base64")] as const;
  };
  return { header, outcome, jumps, columns: Object.fromEntries(Object.entries(columns).map(bits)) };
}

/** An alert that came twice stands here twice. */
function comparable(alerts: readonly Alert[]): unknown[] {
  return alerts
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
    .map(({ time, data: { sequence, reportUrl, ...data }, ...alert }) => ({ ...alert, data }));
}
