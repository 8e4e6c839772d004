import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { openEngine } from "../../src/engine.js";
import { parseJob } from "../../src/ingest/index.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";
import type { Report } from "../../src/notifier/index.js";
import { openStore } from "../../src/open-store.js";
import { runJob } from "../../src/run-job.js";

/** A defect as the report names it. */
export type Found = Report["defects"][number];

/** Runs all detectors of a policy, `default` where none is given, over files, in this process; no models. */
export interface Analysis {
  /** @throws FramewatchError when the file is no job at all; Error when it could not be analysed */
  analyse(file: string, policy?: Record<string, unknown>): Promise<Report>;
  close(): Promise<void>;
}

/** Opens the analysis; its files lie in `folder`. */
export async function openAnalysis(folder: string): Promise<Analysis> {
  const config = { workDir: folder, redisUrl: undefined, allowHosts: [], allowLocal: [], allowListen: [], models: undefined };
  const engine = await openEngine({ config, trusted: true, models: false, log: openLog("error"), metrics: openMetrics() });
  return {
    async analyse(file, policy) {
      const state = await mkdtemp(path.join(folder, "state-"));
      try {
        const { signal } = new AbortController();
        const job = { ...parseJob({ version: 1, source: file }), policy: policy ?? "default" };
        const lease = { check: () => undefined };
        const { report, error } = await runJob(job, { engine, state: openStore(state), sinks: [], lease, signal });
        if (report === undefined || error !== undefined) throw new Error(`${file}: ${error?.message ?? "there is no report"}`);
        return report;
      } finally {
        await rm(state, { recursive: true, force: true });
      }
    },
    close: () => engine.close(),
  };
}
