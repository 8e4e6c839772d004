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
  /**
   * @param watchSeconds it is watched for so long, as a stream that does not end
   * @throws FramewatchError when the file is no job at all; Error when it could not be analysed
   */
  analyse(file: string, policy?: Record<string, unknown>, watchSeconds?: number): Promise<Report>;
  close(): Promise<void>;
}

/** Opens the analysis; its files lie in `folder`. */
export async function openAnalysis(folder: string): Promise<Analysis> {
  const config = { workDir: folder, redisUrl: undefined, allowHosts: [], allowLocal: [], allowListen: [], models: undefined };
  const engine = await openEngine({ config, trusted: true, models: false, log: openLog("error"), metrics: openMetrics() });
  return {
    async analyse(file, policy, watchSeconds) {
      const state = await mkdtemp(path.join(folder, "state-"));
      try {
        const { signal } = new AbortController();
        const mode = watchSeconds === undefined ? {} : { mode: "live" };
        const until = watchSeconds === undefined ? {} : { until: AbortSignal.timeout(Math.round(1000 * watchSeconds)) };
        const job = { ...parseJob({ version: 1, source: file, ...mode }), policy: policy ?? "default" };
        const lease = { check: () => undefined };
        const store = openStore(state);
        const { report, error } = await runJob(job, { engine, state: store, output: store, sinks: [], lease, signal, ...until });
        if (report === undefined || error !== undefined) throw new Error(`${file}: ${error?.message ?? "there is no report"}`);
        return report;
      } finally {
        await rm(state, { recursive: true, force: true });
      }
    },
    close: () => engine.close(),
  };
}
