import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { loadPolicy, wantedSignals } from "../analyzers/index.js";
import { type Config, loadConfig } from "../config.js";
import { type Engine, openEngine } from "../engine.js";
import { type ErrorCode, FramewatchError } from "../errors.js";
import { type JobRequest, parseJob, type Profile, sourceKind } from "../ingest/index.js";
import { judgeAgain } from "../judge-again.js";
import { goesOn } from "../live/is-live.js";
import { openLog, redact } from "../log.js";
import { openMetrics } from "../metrics.js";
import { openStore } from "../open-store.js";
import type { Report } from "../notifier/index.js";
import { publishPage } from "../publish-report.js";
import type { JobEnd } from "../job-in-hand.js";
import { runJob } from "../run-job.js";
import { faultLine } from "./fault-line.js";
import { openProgress } from "./progress.js";
import { summarise, verdictExitCodes } from "./summary.js";

export interface CheckOptions {
  readonly out?: string;
  readonly json?: true;
  readonly policy: string;
  readonly profile: Profile;
  readonly start?: number;
  readonly duration?: number;
  readonly only?: readonly string[];
  readonly models: boolean;
  /** Folder of stored signals that are judged again, instead of inputs. */
  readonly signals?: string;
}

/** What is wrong with more than the input at hand. */
const endsAll: ReadonlySet<ErrorCode> = new Set(["interrupted", "program-missing"]);

/**
 * Analyses inputs one after the other; each may read whatever the caller may read. What is wrong with one input keeps
 * none of the others from being looked at.
 * @returns the worst exit code
 * @throws FramewatchError `usage`, `configuration`, `interrupted`, or what keeps everything from working
 */
export async function check(inputs: readonly string[], options: CheckOptions): Promise<number> {
  if (options.signals !== undefined) return checkSignals(inputs, options.signals, options);
  if (inputs.length === 0) throw new FramewatchError("usage", "Name at least one file or URL.");
  if (options.json && inputs.length > 1) throw new FramewatchError("usage", "--json takes one input.");
  // Refused here rather than once for each input: a wrong policy or type is no fault of theirs.
  const policy = loadPolicy(options.policy);
  if (options.only !== undefined) wantedSignals(policy, options.only);
  const config = loadConfig(process.env);

  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new FramewatchError("interrupted", "Interrupted."));
  process.once("SIGINT", interrupt);
  process.once("SIGTERM", interrupt);
  const scratch = await openScratch(config);
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

/** @throws FramewatchError `usage`, `configuration`, `signals-damaged`, `store-unavailable` */
async function checkSignals(inputs: readonly string[], folder: string, options: CheckOptions): Promise<number> {
  if (inputs.length > 0) throw new FramewatchError("usage", "--signals takes no input: the signals are of one already.");
  const policy = loadPolicy(options.policy);
  const { id, ...page } = await judgeAgain({ folder, policy, ...(options.only === undefined ? {} : { only: options.only }) });
  const output = options.out === undefined ? undefined : openStore(options.out);
  const { pageUrl } = await publishPage({ job: { id }, output, check: () => {} }, page);
  show(page.report, pageUrl, options);
  return verdictExitCodes[page.report.verdict];
}

function show(report: Report, pageUrl: string | undefined, { json }: CheckOptions): void {
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else process.stdout.write(`${summarise(report)}\n${pageUrl === undefined ? "" : `  report: ${pageUrl}\n`}`);
}

async function openScratch({ workDir }: Config): Promise<string> {
  try {
    await mkdir(workDir, { recursive: true });
    return await mkdtemp(path.join(workDir, "framewatch-check-"));
  } catch (cause) {
    throw new FramewatchError(
      "configuration",
      `FRAMEWATCH_WORK_DIR is ${workDir}, where nothing can be written: ${String(cause)}`,
      { cause },
    );
  }
}

async function checkOne(
  input: string,
  options: CheckOptions,
  engine: Engine,
  scratch: string,
  signal: AbortSignal,
): Promise<number> {
  let end: JobEnd;
  try {
    end = await runOne(input, options, engine, scratch, signal);
  } catch (error) {
    if (!(error instanceof FramewatchError) || endsAll.has(error.code)) throw error;
    process.stderr.write(faultLine(error, input));
    return error.exitCode;
  }
  const { report, pageUrl, error, verdict } = end;
  if (report !== undefined) show(report, pageUrl, options);
  if (error !== undefined) process.stderr.write(faultLine(error, report?.job.source ?? input));
  return verdictExitCodes[verdict];
}

async function runOne(
  input: string,
  options: CheckOptions,
  engine: Engine,
  scratch: string,
  signal: AbortSignal,
): Promise<JobEnd> {
  if (sourceKind(input) === "live" || (options.duration === undefined && (await goesOn(input, engine, signal)))) {
    const shown = redact(input);
    throw new FramewatchError("usage", `It has no end: follow it by \`framewatch watch ${shown}\`.`);
  }
  const writesFiles = options.out !== undefined || options.json === undefined;
  const state = openStore(await mkdtemp(path.join(scratch, "state-")));
  const progress = openProgress(path.basename(redact(input)));
  try {
    return await runJob(requestFor(input, options), {
      engine,
      output: writesFiles ? openStore(options.out ?? "framewatch-reports") : undefined,
      state,
      sinks: [],
      lease: { check: () => signal.throwIfAborted() },
      signal,
      range: {
        startSeconds: options.start ?? 0,
        ...(options.duration === undefined ? {} : { durationSeconds: options.duration }),
      },
      ...(options.only === undefined ? {} : { only: options.only }),
      listener: { progress: (state) => progress.show(state) },
      endsWhenRefused: true,
    });
  } finally {
    progress.close();
  }
}

/** A job as the queue would bring it, but for its policy, which may be a file here. */
function requestFor(input: string, { profile, policy }: CheckOptions): JobRequest {
  return { ...parseJob({ version: 1, source: input, profile }), policy };
}
