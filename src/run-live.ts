/** A live job: follows its stream until it is cancelled, over, or somebody else's; reports every hour of it. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { wantedSignals } from "./analyzers/index.js";
import { FramewatchError } from "./errors.js";
import { followStream } from "./follow-stream.js";
import { type LiveSource, watchCancel } from "./ingest/index.js";
import { countJob, fail, type JobEnd, type JobInHand, ownFault } from "./job-in-hand.js";
import { openLiveReports } from "./live-reports.js";
import { countByType } from "./notifier/index.js";
import type { Store } from "./store.js";
import { openStreamLife, type StreamLife } from "./stream-life.js";

const tickMilliseconds = 500;
const stateKey = ".state/stream.json";
const stateSchema = z.object({ version: z.literal(1), run: z.int().positive(), startedAtMilliseconds: z.number() });

/**
 * Runs a live job. What the source loses is connected anew for ever; the job ends when it is cancelled, when its time is up, or
 * when the source itself comes to an end.
 * @throws FramewatchError an infrastructure error, `lease-lost` or the signal's reason: another process goes on with it
 */
export async function runLive(inHand: JobInHand): Promise<JobEnd> {
  const { job, context, claim } = inHand;
  const { engine, cancels } = context;
  await mkdir(engine.workDir, { recursive: true });
  const folder = await mkdtemp(path.join(engine.workDir, "stream-"));
  const cancel = cancels && watchCancel(cancels.store.under(`${job.id}/`), cancels.sinceMilliseconds, engine.log);
  const done = new AbortController();
  const { until } = context;
  const endings = [cancel?.signal, until].filter((one) => one !== undefined);
  const signal = AbortSignal.any([inHand.signal, done.signal, ...endings]);
  try {
    const startedAtMilliseconds = await startOf(context.state.under(`${job.id}/`), claim.run);
    const source = await engine.openLive(job.source, folder);
    try {
      const end = await follow(inHand, source, { folder, startedAtMilliseconds, signal, done });
      countJob(inHand, end.report, cancel?.signal.aborted === true ? "cancelled" : "completed");
      await claim.done({ verdict: end.report.verdict });
      return { id: job.id, verdict: end.report.verdict, ...end };
    } finally {
      await source.close();
    }
  } catch (error) {
    inHand.signal.throwIfAborted();
    return await fail(inHand, ownFault(error));
  } finally {
    await cancel?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Following {
  readonly folder: string;
  readonly startedAtMilliseconds: number;
  readonly signal: AbortSignal;
  /** Ends the job by its own will. */
  readonly done: AbortController;
}

async function follow(inHand: JobInHand, source: LiveSource, { folder, startedAtMilliseconds, signal, done }: Following) {
  const { job, policy, alerts, context } = inHand;
  const { engine, only, range } = context;
  const wanted = only === undefined ? undefined : wantedSignals(policy, only);
  const limitSeconds = Math.min(range?.durationSeconds ?? Infinity, job.maxDurationSeconds || Infinity);
  const reports = await openLiveReports(inHand, {
    folder,
    startSeconds: Math.max(0, (Date.now() - startedAtMilliseconds) / 1000),
    now: Date.now,
  });
  const life: StreamLife = openStreamLife({
    job,
    policy,
    ...(only === undefined ? {} : { only }),
    source,
    startedAtMilliseconds,
    now: Date.now,
    listener: {
      media: (media, lanes) => reports.media(media, lanes),
      block(block) {
        reports.push(block);
        if ((block.pts.at(-1) ?? 0) >= limitSeconds) done.abort(reached);
      },
      found(events) {
        reports.tell(events);
        if (life.media !== undefined) alerts.defects(events, life.media);
      },
    },
  });
  context.listener?.streaming?.(() => ({ ...life.status(), openIncidents: [], lastAlerts: [] }));
  let failure: unknown;
  const ticking = tickUntil(signal, async () => {
    life.tick();
    await reports.roll(life);
  }).catch((error: unknown) => {
    failure = error;
    done.abort(error);
  });
  try {
    await followStream({ engine, job, policy, source, ...(wanted === undefined ? {} : { wanted }), signal }, life);
  } catch (error) {
    // Whoever cancels a stream, or gave it a time, gets its report; a stream that goes to another process goes on there.
    inHand.signal.throwIfAborted();
    if (!signal.aborted) throw error;
  } finally {
    done.abort(reached);
    await ticking;
  }
  if (failure !== undefined) throw failure;
  life.end();
  const { report, pageUrl, store } = await reports.finish(life);
  await alerts.completed({ verdict: report.verdict, counts: countByType(report.defects) }, store);
  return { report, ...(pageUrl === undefined ? {} : { pageUrl }) };
}

const reached = new FramewatchError("cancelled", "The stream was followed for as long as it was wanted.");

async function tickUntil(signal: AbortSignal, tick: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await tick();
    await pause(tickMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** When the stream's time began: at a take-over it runs on. @throws FramewatchError `store-unavailable` */
async function startOf(state: Store, run: number): Promise<number> {
  const known = await state.get(stateKey);
  const read = known === undefined ? undefined : stateSchema.safeParse(parseJson(known.toString("utf8"))).data;
  if (read !== undefined && read.run === run) return read.startedAtMilliseconds;
  const startedAtMilliseconds = Date.now();
  await state.put(stateKey, JSON.stringify({ version: 1, run, startedAtMilliseconds }), "application/json");
  return startedAtMilliseconds;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
