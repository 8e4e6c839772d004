/** Follows a live source for as long as it gives media: one stretch after the other is probed, decoded, measured. */
import { setTimeout as pause } from "node:timers/promises";
import type { AnalysisProgress } from "../analysis-task.js";
import { type LaneSignals, lostAfterSeconds, planLanes, type Policy, type SignalBlock } from "../analyzers/index.js";
import { type MediaInfo, type PlacedMark, probe } from "../decoder/index.js";
import type { Engine } from "../engine.js";
import { FramewatchError } from "../errors.js";
import type { Job, LiveSource, LiveStretch } from "../ingest/index.js";

export interface StreamToFollow {
  readonly engine: Engine;
  readonly job: Job;
  readonly policy: Policy;
  readonly source: LiveSource;
  /** Signals that somebody reads; all of them where absent. */
  readonly wanted?: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

/** Hears what comes. */
export interface StreamListener {
  /** Media of another connection, or of other tracks, comes now; its blocks' times are those of its own clock, from 0. */
  began(stretch: LiveStretch, media: MediaInfo, lanes: readonly LaneSignals[]): void;
  block(block: SignalBlock): void;
  /** Something is to be spliced in; on the same clock. */
  mark(mark: PlacedMark): void;
  progress(progress: AnalysisProgress): void;
  /** The stretch gave no media, or no more of it, and why. */
  failed(error: FramewatchError): void;
}

/** The source has ended its connection, or is about to: a decoder that is done waits so long to hear why. */
const endingMilliseconds = 2000;

/**
 * Returns when the source has come to an end of its own. What it loses is connected anew, for as long as it takes.
 * @throws FramewatchError what can never heal, such as `source-forbidden` or `media-encrypted`; the signal's reason
 */
export async function followStream(stream: StreamToFollow, listener: StreamListener): Promise<void> {
  const { source, engine, signal } = stream;
  for (;;) {
    const stretch = await source.next(signal);
    try {
      await followStretch(stream, stretch, listener);
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof FramewatchError) || !mayHeal(error)) throw error;
      engine.log.warn({ err: error, job: stream.job.id }, "the stream could not be read on, it is connected anew");
      listener.failed(error);
      stretch.abandon(error);
    }
    if ((await howItEnded(stretch)).kind === "over") return;
  }
}

/** Nothing but media that is not as it should be: it may be better the next time. */
function mayHeal({ code }: FramewatchError): boolean {
  return code === "media-unreadable" || code === "media-stalled" || code === "worker-lost";
}

async function followStretch(
  { engine, job, policy, wanted, signal }: StreamToFollow,
  stretch: LiveStretch,
  listener: StreamListener,
): Promise<void> {
  const { input, isTransport } = stretch;
  const { transport: _, ...probed } = await probe(input, { signal });
  const media: MediaInfo = isTransport ? { ...probed, transport: true } : probed;
  const { profile } = job;
  const lanes = planLanes({ media, profile, wanted, models: engine.inference?.measurers ?? [] });
  listener.began(stretch, media, lanes);
  await engine.analyseLive(
    {
      ...{ input, media, profile, ignoredRegions: policy.ignoredRegions, stallSeconds: lostAfterSeconds(policy) },
      ...(wanted === undefined ? {} : { wanted: [...wanted] }),
    },
    signal,
    {
      block: (block) => listener.block(block),
      mark: (mark) => listener.mark(mark),
      progress: (progress) => listener.progress(progress),
    },
  );
}

/** A decoder that ended while bytes go on has lost its way: the stretch ends with it. */
async function howItEnded(stretch: LiveStretch): Promise<{ readonly kind: "over" | "lost" | "changed" }> {
  const waiting = new AbortController();
  const late = pause(endingMilliseconds, undefined, { signal: waiting.signal }).catch(() => undefined);
  const end = await Promise.race([stretch.ended, late]);
  waiting.abort();
  if (end !== undefined) return end;
  stretch.abandon(new FramewatchError("media-unreadable", "The decoder ended while the source went on."));
  return stretch.ended;
}
