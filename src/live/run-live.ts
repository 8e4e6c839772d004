/** A live job: follows its stream until it is cancelled, over, or somebody else's; tells of its incidents, reports every hour. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { lostAfterSeconds, wantedSignals } from "../analyzers/index.js";
import { collectGarbage } from "../collect-garbage.js";
import { FramewatchError } from "../errors.js";
import { followStream } from "./follow-stream.js";
import { liveLookMilliseconds, type LiveSource, type PlaylistEvent, streamOf, watchCancel } from "../ingest/index.js";
import { fail, type JobEnd, type JobInHand, ownFault } from "../job-in-hand.js";
import { openLiveReports } from "./hourly-reports.js";
import { openLiveState } from "./live-state.js";
import { openStreamGauges } from "./stream-gauges.js";
import { countByType, stateAsTold } from "../notifier/index.js";
import { openStreamLife, type StreamLife } from "./stream-life.js";
import { type IncidentTelling, openIncidentTelling } from "./tell-incidents.js";

const tickMilliseconds = 500;
/** Evidence that waits for its turn when the stream has ended is waited for so long. */
const evidenceMilliseconds = 20_000;

/**
 * Runs a live job. What the source loses is connected anew for ever; the job ends when it is cancelled, when its time is up, or
 * when the source itself comes to an end.
 * @throws FramewatchError an infrastructure error, `lease-lost` or the signal's reason: another process goes on with it
 */
export async function runLive(inHand: JobInHand): Promise<JobEnd> {
  const { job, context, claim } = inHand;
  const { engine, cancels, until } = context;
  await mkdir(engine.workDir, { recursive: true });
  const folder = await mkdtemp(path.join(engine.workDir, "stream-"));
  const cancel =
    cancels && watchCancel(cancels.store.under(`${job.id}/`), cancels.sinceMilliseconds, engine.log, liveLookMilliseconds);
  const done = new AbortController();
  const endings = [cancel?.signal, until].filter((one) => one !== undefined);
  const signal = AbortSignal.any([inHand.signal, done.signal, ...endings]);
  try {
    let hear = (_: PlaylistEvent): void => undefined;
    const source = await engine.openLive(job.source, folder, lostAfterSeconds(inHand.policy), (event) => hear(event));
    try {
      const playlists = (listen: typeof hear): void => {
        hear = listen;
      };
      const end = await follow(inHand, source, { folder, signal, done, playlists });
      // Its defects were counted as they were found.
      engine.metrics.jobs.inc({ outcome: cancel?.signal.aborted === true ? "cancelled" : "completed" });
      await claim.done({ verdict: end.report.verdict });
      return { id: job.id, verdict: end.report.verdict, ...end };
    } finally {
      await source.close();
    }
  } catch (error) {
    inHand.signal.throwIfAborted();
    const end = await fail(inHand, ownFault(error));
    // Its next message may lie in the queue: that one is not to begin it again.
    await claim.done({ verdict: end.verdict });
    return end;
  } finally {
    await cancel?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Following {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Ends the job by its own will. */
  readonly done: AbortController;
  /** Who is to hear of faults of playlists. */
  playlists(listen: (event: PlaylistEvent) => void): void;
}

type Followed = Omit<JobEnd, "id" | "verdict" | "report"> & { readonly report: NonNullable<JobEnd["report"]> };

async function follow(inHand: JobInHand, source: LiveSource, { folder, signal, done, playlists }: Following): Promise<Followed> {
  const { job, policy, alerts, context } = inHand;
  const { engine, only, range } = context;
  const stream = streamOf(job);
  const wanted = only === undefined ? undefined : wantedSignals(policy, only);
  const limitSeconds = Math.min(range?.durationSeconds ?? Infinity, job.maxDurationSeconds || Infinity);
  const state = await openLiveState(context.state.under(`${job.id}/`), inHand.run, Date.now);
  const gauges = openStreamGauges(engine.metrics, stream);
  const told: { by?: IncidentTelling } = {};
  const reports = await openLiveReports(inHand, {
    folder,
    startSeconds: Math.max(0, (Date.now() - state.startedAtMilliseconds) / 1000),
    now: Date.now,
    evidence: () => told.by?.evidence,
  });
  const life: StreamLife = openStreamLife({
    job,
    policy,
    ...(only === undefined ? {} : { only }),
    source,
    startedAtMilliseconds: state.startedAtMilliseconds,
    now: Date.now,
    listener: {
      media: (media, lanes) => reports.media(media, lanes),
      block(block) {
        reports.push(block);
        if ((block.pts.at(-1) ?? 0) >= limitSeconds) done.abort(reached);
      },
      found: (events, completeAtMilliseconds) => told.by?.found(events, completeAtMilliseconds),
      input: (input) => told.by?.input(input),
      mark: (mark) => reports.mark(mark),
    },
  });
  const telling = await openIncidentTelling({
    inHand,
    stream,
    ring: source.ring,
    folder: path.join(folder, "evidence"),
    restored: stateAsTold(state.incidents, alerts.toldBefore),
    life,
    packetsAreWatched: true,
    reportPrefix: () => `${reports.hour}/`,
    changed: (change) => reports.tell(change),
    keep: (incidents) => {
      inHand.check();
      return state.keep(incidents);
    },
    now: Date.now,
  });
  told.by = telling;
  playlists((event) => life.playlist(event));
  try {
    const { status } = telling;
    context.listener?.streaming?.(() => ({ ...life.status(), ...status() }), telling);
    let failure: unknown;
    let fault: unknown;
    const ticking = tickUntil(signal, async () => {
      life.tick();
      telling.tick();
      gauges.set(life.status(), life.isUp);
      await reports.roll(life);
      collectGarbage({ live: true });
    }).catch((error: unknown) => {
      failure = error;
      done.abort(error);
    });
    try {
      await followStream({ engine, job, policy, source, ...(wanted === undefined ? {} : { wanted }), signal }, life);
    } catch (error) {
      // Whoever cancels a stream, or gave it a time, gets its report; a stream that goes to another process goes on there.
      inHand.signal.throwIfAborted();
      if (!signal.aborted && !isForGood(error)) throw error;
      if (!signal.aborted) fault = error;
    } finally {
      done.abort(reached);
      await ticking;
    }
    if (failure !== undefined) throw failure;
    // Also of a stream that cannot be read any more: nobody would ever say that what was wrong with it is over.
    life.end();
    gauges.close();
    // Whoever cancels a stream wants it gone at once: what its evidence is made of lies on disk.
    const leaving = source.leave();
    await telling.finish();
    await leaving;
    if (fault !== undefined && life.media === undefined) throw fault;
    const { report, store, ...written } = await reports.finish(life);
    if (fault === undefined) await alerts.completed({ verdict: report.verdict, counts: countByType(report.defects) }, store);
    const isMore = await Promise.race([telling.evidence.finish(), pause(evidenceMilliseconds, true, { ref: false })]);
    const last = isMore ? await reports.rewrite(life) : report;
    if (fault !== undefined) throw fault;
    return { report: last, ...written };
  } finally {
    gauges.close();
    await telling.close();
    reports.close();
  }
}

/** The stream cannot be followed by any other process either. */
function isForGood(error: unknown): boolean {
  return error instanceof FramewatchError && (error.blames === "job" || error.blames === "rejected");
}

const reached = new FramewatchError("cancelled", "The stream was followed for as long as it was wanted.");

async function tickUntil(signal: AbortSignal, tick: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await tick();
    await pause(tickMilliseconds, undefined, { signal }).catch(() => undefined);
  }
}
