import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { loadConfig } from "../config.js";
import { type Engine, openEngine } from "../engine.js";
import { FramewatchError } from "../errors.js";
import { type JobRequest, parseJob, type Profile } from "../ingest/index.js";
import { openLog } from "../log.js";
import { openMetrics } from "../metrics.js";
import { openStore } from "../open-store.js";
import { type JobEnd, runJob } from "../run-job.js";
import { openProgress } from "./progress.js";
import { summarise } from "./summary.js";

export interface CheckOptions {
  readonly out?: string;
  readonly json?: true;
  readonly policy: string;
  readonly profile: Profile;
  readonly start?: number;
  readonly duration?: number;
  readonly only?: readonly string[];
  readonly models: boolean;
}

const exitCodes = { pass: 0, warn: 0, fail: 1, error: 3 } as const;

/**
 * Analyses inputs one after the other; each may read whatever the caller may read.
 * @returns the worst exit code
 * @throws FramewatchError `usage`, `configuration`, or an infrastructure error
 */
export async function check(inputs: readonly string[], options: CheckOptions): Promise<number> {
  if (options.json && inputs.length > 1) throw new FramewatchError("usage", "--json takes one input.");
  const config = loadConfig(process.env);
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new FramewatchError("interrupted", "Interrupted."));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);

  const scratch = await mkdtemp(path.join(config.workDir, "framewatch-check-"));
  try {
    const engine = await openEngine({
      config: { ...config, workDir: scratch, redisUrl: undefined },
      trusted: true,
      models: options.models,
      log: openLog("warn"),
      metrics: openMetrics(),
    });
    try {
      let worst = 0;
      for (const input of inputs) worst = Math.max(worst, await checkOne(input, options, engine, scratch, interrupted.signal));
      return worst;
    } finally {
      await engine.close();
    }
  } finally {
    process.removeListener("SIGINT", interrupt);
    process.removeListener("SIGTERM", interrupt);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function checkOne(input: string, options: CheckOptions, engine: Engine, scratch: string, signal: AbortSignal): Promise<number> {
  const writesFiles = options.out !== undefined || options.json === undefined;
  const state = openStore(await mkdtemp(path.join(scratch, "state-")));
  const progress = openProgress(path.basename(input));
  let end: JobEnd;
  try {
    end = await runJob(requestFor(input, options), {
      engine,
      output: writesFiles ? openStore(options.out ?? "framewatch-reports") : undefined,
      state,
      sinks: [],
      lease: { check: () => signal.throwIfAborted() },
      signal,
      range: { startSeconds: options.start ?? 0, ...(options.duration === undefined ? {} : { durationSeconds: options.duration }) },
      ...(options.only === undefined ? {} : { only: options.only }),
      listener: { progress: (state) => progress.show(state) },
    });
  } finally {
    progress.close();
  }
  const { report, pageUrl, error, verdict } = end;
  if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (report !== undefined) process.stdout.write(`${summarise(report)}\n${pageUrl === undefined ? "" : `  ${pageUrl}\n`}`);
  if (error !== undefined) process.stderr.write(`framewatch: ${input}: ${error.message}\n`);
  return exitCodes[verdict];
}

/** A job as the queue would bring it, but for its policy, which may be a file here. */
function requestFor(input: string, { profile, policy }: CheckOptions): JobRequest {
  return { ...parseJob({ version: 1, source: input, profile }), policy };
}
