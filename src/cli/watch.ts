import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { loadPolicy, wantedSignals } from "../analyzers/index.js";
import { loadConfig } from "../config.js";
import { openEngine } from "../engine.js";
import { FramewatchError } from "../errors.js";
import { parseJob, type Profile, sourceKind } from "../ingest/index.js";
import { goesOn } from "../live/is-live.js";
import type { StreamStatus } from "../live/stream-status.js";
import { openLog, redact } from "../log.js";
import { openMetrics } from "../metrics.js";
import { stdoutSink } from "../notifier/index.js";
import { openStore } from "../open-store.js";
import { runJob } from "../run-job.js";
import { faultLine } from "./fault-line.js";
import { openStatusView } from "./status-view.js";
import { verdictExitCodes } from "./summary.js";

export interface WatchOptions {
  readonly out?: string;
  readonly policy: string;
  readonly profile: Profile;
  readonly duration?: number;
  readonly only?: readonly string[];
  readonly models: boolean;
}

/**
 * Follows one live input until it ends, is interrupted, or `duration` seconds of wall clock are over. Alerts go to standard output
 * as NDJSON, its state to standard error.
 * @returns the exit code of the verdict; 130 when it was interrupted
 * @throws FramewatchError `usage`, `configuration`, or what keeps everything from working
 */
export async function watch(input: string, options: WatchOptions): Promise<number> {
  const policy = loadPolicy(options.policy);
  if (options.only !== undefined) wantedSignals(policy, options.only);
  refuseFinite(input);
  const config = loadConfig(process.env);

  const until = new AbortController();
  let isInterrupted = false;
  const interrupt = (): void => {
    // Who asks twice does not want to wait for the report.
    if (isInterrupted) process.exit(130);
    isInterrupted = true;
    until.abort(new FramewatchError("interrupted", "Interrupted."));
  };
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  const { duration } = options;
  const timer = duration === undefined ? undefined : setTimeout(() => until.abort(), duration * 1000);

  await mkdir(config.workDir, { recursive: true });
  const scratch = await mkdtemp(path.join(config.workDir, "framewatch-watch-"));
  let read: (() => StreamStatus) | undefined;
  const view = openStatusView(() => read?.());
  try {
    const engine = await openEngine({
      config: { ...config, workDir: scratch, redisUrl: undefined },
      trusted: true,
      models: options.models,
      log: openLog("warn"),
      metrics: openMetrics(),
    });
    try {
      if ((await goesOn(input, engine, until.signal)) === false) throw hasEnd(input);
      const running = new AbortController();
      const { verdict, error } = await runJob(
        { ...parseJob({ version: 1, source: input, mode: "live", profile: options.profile }), policy: options.policy },
        {
          engine,
          output: openStore(options.out ?? "framewatch-reports"),
          state: openStore(path.join(scratch, "state")),
          sinks: [stdoutSink()],
          lease: { check: () => undefined },
          signal: running.signal,
          until: until.signal,
          ...(options.only === undefined ? {} : { only: options.only }),
          listener: {
            streaming(status) {
              read = status;
            },
          },
        },
      );
      if (error !== undefined) process.stderr.write(faultLine(error, input));
      else if (verdict === "error") process.stderr.write(`framewatch: ${redact(input)}: ${nothingSeen(read?.())}\n`);
      return isInterrupted ? 130 : verdictExitCodes[verdict];
    } finally {
      await engine.close();
    }
  } finally {
    view.close();
    clearTimeout(timer);
    process.removeListener("SIGINT", interrupt).removeListener("SIGTERM", interrupt);
    await rm(scratch, { recursive: true, force: true });
  }
}

/** @throws FramewatchError `usage` for what has an end by its name, `source-unsupported` for a protocol that is not known */
function refuseFinite(input: string): void {
  const kind = sourceKind(input);
  const [protocol] = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i.exec(input) ?? [];
  if (kind === "s3" || (kind === "file" && protocol === undefined)) throw hasEnd(input);
  if (kind === "file")
    throw new FramewatchError("source-unsupported", `${redact(input)} cannot be read: nothing live comes by ${protocol}.`);
}

function nothingSeen(status: StreamStatus | undefined): string {
  const reason = status?.reason;
  return `Nothing came that could be judged${reason === undefined || reason === "connecting" ? "." : `: ${reason}`}`;
}

function hasEnd(input: string): FramewatchError {
  const shown = redact(input);
  return new FramewatchError("usage", `${shown} has an end: look for its faults by \`framewatch check ${shown}\`.`);
}
