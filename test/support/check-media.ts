import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openEngine } from "../../src/engine.js";
import { type JobRequest, parseJob } from "../../src/ingest/index.js";
import { openLog } from "../../src/log.js";
import { openMetrics } from "../../src/metrics.js";
import type { Report } from "../../src/notifier/index.js";
import { openStore } from "../../src/open-store.js";
import { runJob } from "../../src/run-job.js";

/** Checks files as `framewatch check` does, in this process, with worker threads from `dist/`; no models, no files written. */
export interface Checking {
  /** @param only defect types to look for; all where absent @throws FramewatchError what is no job at all */
  check(source: string, only?: readonly string[], policy?: JobRequest["policy"]): Promise<Report>;
  close(): Promise<void>;
}

export async function openChecking(): Promise<Checking> {
  const scratch = await mkdtemp(path.join(tmpdir(), "framewatch-checking-"));
  const config = { workDir: scratch, redisUrl: undefined, allowHosts: [], allowLocal: [], allowListen: [], models: undefined };
  const engine = await openEngine({ config, trusted: true, models: false, log: openLog("error"), metrics: openMetrics() });
  return {
    async check(source, only, policy = "default") {
      const state = openStore(await mkdtemp(path.join(scratch, "state-")));
      const { signal } = new AbortController();
      const job = { ...parseJob({ version: 1, source }), policy };
      const { report } = await runJob(job, {
        engine,
        state,
        sinks: [],
        lease: { check: () => undefined },
        signal,
        ...(only === undefined ? {} : { only }),
      });
      if (report === undefined) throw new Error("There is no report.");
      return report;
    },
    async close() {
      await engine.close();
      await rm(scratch, { recursive: true });
    },
  };
}
