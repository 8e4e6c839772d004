/** One job from its source to its end. It wires the rooms together: the service and `framewatch check` both run this. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { type AnalysisResult, analyseMedia } from "./analyse-media.js";
import { loadPolicy, type Policy, policyHash } from "./analyzers/index.js";
import { type MediaInfo, probe } from "./decoder/index.js";
import type { Engine } from "./engine.js";
import { FramewatchError } from "./errors.js";
import {
  checkPlaylists,
  type Claim,
  claimLive,
  type DoneClaim,
  identifyJob,
  identifyLive,
  type Job,
  type JobRequest,
  type JobState,
  modeOf,
  type OpenedSource,
  openJobState,
  watchCancel,
} from "./ingest/index.js";
import { countJob, fail, inStage, type JobContext, type JobEnd, type JobInHand, ownFault } from "./job-in-hand.js";
import { observeAlerts } from "./observe-alerts.js";
import { runLive } from "./live/run-live.js";
import { type Alerts, countByType, openAlerts } from "./notifier/index.js";
import { describeResult, type Page, publishPage } from "./publish-report.js";

/**
 * Runs a job to its end, or tells the end of one that is done. Errors that the job itself is to blame for (its source, its
 * media) are its end: a report with verdict `error`, and the alert `framewatch.job.failed`.
 *
 * @throws FramewatchError `job-invalid`, `id-conflict`, `source-forbidden`, `source-unsupported`: it can never be a job;
 *   `usage` for a wrong `only`; an infrastructure error, `lease-lost` or the signal's reason: it is to be tried again
 */
export async function runJob(request: JobRequest, context: JobContext): Promise<JobEnd> {
  const policy = readPolicy(request);
  if (modeOf(request) === "live") {
    return runIdentified(identifyLive(request, policyHash(policy)), policy, undefined, context, runLive);
  }
  const opened = await openSource(request, context);
  try {
    const version = opened.source?.version;
    const found = { policyHash: policyHash(policy), ...(version === undefined ? {} : { version }) };
    const job = identifyJob(request, found);
    return await runIdentified(job, policy, version, context, (inHand) => runClaimed(inHand, opened));
  } finally {
    opened.source?.close();
  }
}

async function runIdentified(
  job: Job,
  policy: Policy,
  sourceVersion: string | undefined,
  context: JobContext,
  run: (inHand: JobInHand) => Promise<JobEnd>,
): Promise<JobEnd> {
  context.listener?.identified?.(job.id);
  const claim = await claimOf(job, policy, sourceVersion, context);
  const signal = AbortSignal.any([context.signal, claim.signal]);
  const check = (): void => {
    context.lease.check();
    if (claim.kind === "owner") claim.check();
    signal.throwIfAborted();
  };
  try {
    const alerts = await openJobAlerts(job, claim, context, signal, check);
    try {
      if (claim.kind === "owner") {
        const { engine, output } = context;
        const started = performance.now();
        return await run({ job, policy, run: claim.run, claim, alerts, context, engine, output, signal, started, check });
      }
      await alerts.repeatOutcome();
      return { id: job.id, verdict: claim.done.verdict };
    } finally {
      await alerts.close();
    }
  } finally {
    await claim.release();
  }
}

function claimOf(job: Job, policy: Policy, version: string | undefined, context: JobContext): Promise<Claim | DoneClaim> {
  const { hold, engine, signal } = context;
  if (hold === undefined) return jobState(job, policy, version, context).claim(signal);
  const { id, source, profile } = job;
  const store = context.state.under(`${id}/`);
  return claimLive({ store, job: { id, source, policyHash: policyHash(policy), profile }, hold, log: engine.log });
}

function jobState(
  job: Job,
  policy: Policy,
  sourceVersion: string | undefined,
  { state, requestId, engine }: JobContext,
): JobState {
  const { id, source, profile, force } = job;
  return openJobState({
    store: state.under(`${id}/`),
    job: {
      id,
      source,
      ...(sourceVersion === undefined ? {} : { version: sourceVersion }),
      policyHash: policyHash(policy),
      profile,
    },
    force,
    ...(requestId === undefined ? {} : { request: requestId }),
    log: engine.log,
  });
}

/** A wrong policy is the message's fault: the message can never be a job. */
export function readPolicy({ policy }: JobRequest): Policy {
  try {
    return loadPolicy(policy);
  } catch (cause) {
    throw new FramewatchError("job-invalid", cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

type Opened =
  | { readonly source: OpenedSource; readonly fault?: never }
  | { readonly source?: never; readonly fault: FramewatchError };

async function openSource({ source }: JobRequest, { engine, endsWhenRefused }: JobContext): Promise<Opened> {
  try {
    return { source: await engine.open(source) };
  } catch (error) {
    if (endsWhenRefused && error instanceof FramewatchError && error.blames === "rejected") return { fault: error };
    return { fault: ownFault(error) };
  }
}

async function openJobAlerts(
  job: Job,
  { run }: Claim | DoneClaim,
  { engine, state, sinks }: JobContext,
  signal: AbortSignal,
  check: () => void,
): Promise<Alerts> {
  const { metrics, log } = engine;
  const { id, source, labels, stream } = job;
  return openAlerts({
    job: { id, run, source, labels, ...(stream === undefined ? {} : { stream }) },
    store: state.under(`${id}/`),
    sinks,
    ...(modeOf(job) === "live" ? { endless: true } : {}),
    check,
    signal,
    observer: observeAlerts(metrics, log, { job: id }),
  });
}

async function runClaimed(inHand: JobInHand, { source, fault }: Opened): Promise<JobEnd> {
  if (source === undefined) return fail(inHand, fault);
  const { job, claim, alerts, context, check } = inHand;
  const { engine } = context;
  await mkdir(engine.workDir, { recursive: true });
  const folder = await mkdtemp(path.join(engine.workDir, "job-"));
  const { cancels } = context;
  const cancel = cancels && watchCancel(cancels.store.under(`${job.id}/`), cancels.sinceMilliseconds, engine.log);
  const signal = cancel === undefined ? inHand.signal : AbortSignal.any([inHand.signal, cancel.signal]);
  try {
    let segmentKeys: readonly string[];
    let page: Page;
    try {
      const media = await inStage(engine, "probe", () => probePrepared(source, engine, signal));
      const manifest =
        media.container === "hls" ? await inStage(engine, "probe", () => checkPlaylists(source, signal)) : undefined;
      const known = manifest === undefined ? media : { ...media, manifest };
      const result = await inStage(engine, "analyse", () => analyse(inHand, source, known, folder, signal));
      await alerts.flush();
      page = await inStage(engine, "evidence", () => describeResult(inHand, source, known, result, signal));
      segmentKeys = result.segmentKeys;
    } catch (error) {
      const failure = source.failure();
      return await fail(inHand, ownFault(failure !== undefined && isMediaFault(error) ? failure : error));
    }
    const pageUrl = await inStage(engine, "report", () => publishPage(inHand, page));
    const { report } = page;
    await alerts.completed({ verdict: report.verdict, counts: countByType(report.defects) });
    check();
    await claim.done({ verdict: report.verdict });
    const state = context.state.under(`${job.id}/`);
    await Promise.all(segmentKeys.map((key) => state.remove(key)));
    countJob(inHand, report, "completed");
    return { id: job.id, verdict: report.verdict, report, ...pageUrl };
  } finally {
    await cancel?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The worker that any media takes starts beside the programs that look at it. */
function probePrepared({ input, bytes }: OpenedSource, engine: Engine, signal: AbortSignal): Promise<MediaInfo> {
  const probing = probe(input, { ...(bytes === undefined ? {} : { bytes }), signal });
  engine.prepare();
  return probing;
}

/** What the gateway or proxy knows is surer than what the child could only call unreadable. */
function isMediaFault(error: unknown): boolean {
  return error instanceof FramewatchError && error.code.startsWith("media-");
}

function analyse(
  { job, policy, claim, alerts, context }: JobInHand,
  source: OpenedSource,
  media: MediaInfo,
  folder: string,
  signal: AbortSignal,
): Promise<AnalysisResult> {
  const { engine, state, range = { startSeconds: 0 }, only, listener } = context;
  return analyseMedia({
    engine,
    job,
    run: claim.run,
    policy,
    input: source.input,
    media,
    sourceVersion: source.version,
    state: state.under(`${job.id}/`),
    folder,
    range,
    ...(only === undefined ? {} : { only }),
    ...(listener === undefined ? {} : { listener }),
    signal,
    sourceIncomplete: () => source.incompleteReason(),
    found: (events) => alerts.defects(events, media),
  });
}
