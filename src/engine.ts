import { mkdir, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import path from "node:path";
import type { AnalysisProgress, AnalysisTask } from "./analysis-task.js";
import { type Inference, type SignalBlock, startInference } from "./analyzers/index.js";
import type { Config } from "./config.js";
import { type DecodeOutcome, detectHardware, type MediaInfo } from "./decoder/index.js";
import { FramewatchError } from "./errors.js";
import {
  joinFleet,
  type LiveSource,
  type OpenedSource,
  openEgressProxy,
  openLiveGateway,
  openLiveSource,
  openRunHere,
  openS3Gateway,
  openSlots,
  type PlaylistEvent,
  openSource,
  type Segment,
  type SegmentRunner,
  type SegmentTask,
  type SourceAccess,
} from "./ingest/index.js";
import { type LiveShared, openLiveShared } from "./live/live-shared.js";
import type { Log } from "./log.js";
import type { Metrics } from "./metrics.js";
import { modelFolders } from "./model-folders.js";
import { openStore } from "./open-store.js";
import { version } from "./version.js";
import { openWorkFolder } from "./work-folder.js";
import { openWorkerPool, type TaskListener } from "./worker-pool.js";

/** How the progress of a job's segments in this process is followed. */
type ProgressListener = (task: SegmentTask, progress: AnalysisProgress) => void;

/** One stretch of a live stream. */
export type LiveTask = Omit<AnalysisTask, "segment" | "models" | "decoder" | "live" | "file">;

/** What a process needs to analyse anything, opened once: workers, models, ways to sources, and who runs segments. */
export interface Engine {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Places for segments side by side: one per core. */
  readonly cores: number;
  /** Folder for files that may vanish. */
  readonly workDir: string;
  readonly inference: Inference | undefined;
  readonly decoder: DecodeOutcome["decoder"];
  readonly runner: SegmentRunner<SignalBlock>;
  /**
   * Opens a source as it is now, or, where `version` is given, as whoever reads that version now has it open. Those who read
   * one version at the same time share it. Close what was opened.
   */
  open(source: string, version?: string): Promise<OpenedSource>;
  /** A file will be analysed: its worker starts already. */
  prepare(): void;
  /**
   * Opens a live source, which keeps its last minutes in a folder; close what was opened.
   * @param silenceSeconds so long without media is a loss
   * @param playlist hears of faults of an HLS source's playlists
   * @throws FramewatchError `source-forbidden`, `source-unsupported`
   */
  openLive(
    source: string,
    ringFolder: string,
    silenceSeconds: number,
    playlist: (event: PlaylistEvent) => void,
  ): Promise<LiveSource>;
  /**
   * Decodes and measures what comes, until it ends or the signal aborts.
   * @throws FramewatchError `media-unreadable`, `media-stalled`, `worker-lost`, or the signal's reason
   */
  analyseLive(task: LiveTask, signal: AbortSignal, listener: TaskListener): Promise<DecodeOutcome>;
  /** Tells `listener` how the segments of a job that run in this process come on, until the returned function is called. */
  follow(jobId: string, listener: ProgressListener): () => void;
  /** What the live streams of this process share. */
  readonly live: LiveShared;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly config: Pick<Config, "allowHosts" | "allowListen" | "allowLocal" | "models" | "redisUrl" | "workDir">;
  /** Sources are named by the person who runs this, who may read anything. */
  readonly trusted: boolean;
  readonly models: boolean;
  readonly log: Log;
  readonly metrics: Metrics;
}

/** Where streams take all of the processor, what seems to be a source that stalls is a decoder that waits for its turn. */
const stallSecondsBesideStreams = 600;

/**
 * Opens the engine.
 * @throws FramewatchError `configuration`, `model-invalid`, `program-missing`
 */
export async function openEngine({ config, trusted, models, log, metrics }: EngineOptions): Promise<Engine> {
  const closing: (() => Promise<void> | void)[] = [];
  const close = async (): Promise<void> => {
    for (const release of closing.splice(0).reverse()) await release();
  };
  try {
    const cores = availableParallelism();
    const work = await openWorkFolder(config.workDir);
    closing.push(() => work.close());
    const hardware = await detectHardware(new AbortController().signal);
    log.info(hardware, "decoder chosen");
    metrics.decoderInfo.set({ decoder: hardware.decoder }, 1);

    const inference = models ? await openInference(config, log, metrics) : undefined;
    if (inference !== undefined) closing.push(() => inference.close());
    const pool = openWorkerPool(cores, inference);
    closing.push(() => pool.close());
    // Files can wait, streams cannot: they do not share threads, and from the first stream on files give way.
    const livePool = openWorkerPool(cores, inference);
    closing.push(() => livePool.close());
    const proxy = await openEgressProxy();
    closing.push(() => proxy.close());
    const s3 = await openS3Gateway();
    closing.push(() => s3.close());
    const gateway = await openLiveGateway();
    closing.push(() => gateway.close());

    const { allowHosts, allowLocal, allowListen } = config;
    const access = { trusted, allowHosts, allowLocal, allowListen, proxy, s3 };
    const openShared = sharedSources(access);
    const open: Engine["open"] = async (name, version) => {
      const source = await openShared(name, version);
      return pool.givesWay ? { ...source, input: { ...source.input, givesWay: true } } : source;
    };
    const followers = new Map<string, ProgressListener>();

    const analyse = async (task: SegmentTask, signal: AbortSignal, onBlock: (block: SignalBlock) => void): Promise<string> => {
      const source = await open(task.source, task.sourceVersion);
      try {
        if (source.version !== task.sourceVersion) {
          throw new FramewatchError("source-changed", `${source.displayName} was replaced after the job had begun.`);
        }
        // The folder may have been emptied since: it is made anew for each file.
        await mkdir(work.path, { recursive: true });
        const file = path.join(work.path, `${crypto.randomUUID()}.signals`);
        const count = countFrames(metrics);
        const listener: TaskListener = {
          block: onBlock,
          progress(progress) {
            count(progress);
            followers.get(task.jobId)?.(task, progress);
          },
        };
        const { input } = source;
        const { media, segment, profile, signals, models, ignoredRegions } = task;
        const live = isEndless(media);
        const wanted = signals === undefined ? {} : { wanted: signals };
        const patience = input.givesWay === undefined ? {} : { stallSeconds: stallSecondsBesideStreams };
        try {
          await pool.analyse(
            {
              input,
              media,
              segment,
              profile,
              ...wanted,
              ...patience,
              models,
              ignoredRegions,
              decoder: hardware.decoder,
              live,
              file,
            },
            signal,
            listener,
          );
          const failure = source.failure();
          // To the child a source that went away may look like one that ended: such a segment is not what the media holds.
          if (failure?.blames === "infrastructure") throw failure;
        } catch (error) {
          await rm(file, { force: true });
          throw error;
        }
        return file;
      } catch (error) {
        throw betterReason(error, source.failure());
      } finally {
        source.close();
      }
    };

    const parts = { analyse, openStore, slots: openSlots(cores), log };
    const runner =
      config.redisUrl === undefined
        ? openRunHere(parts)
        : await joinFleet({ ...parts, redisUrl: config.redisUrl, software: version });
    closing.push(() => runner.close());

    const wholeStream: Segment = { index: 0, what: "whole", startSeconds: 0, runInSeconds: 0 };

    return {
      log,
      metrics,
      cores,
      workDir: work.path,
      inference,
      decoder: hardware.decoder,
      runner,
      open,
      prepare: () => pool.prepare(),
      live: openLiveShared(work.path),
      openLive: (source, ringFolder, silenceSeconds, playlist) =>
        openLiveSource(source, { ...access, gateway, ringFolder, log, playlist }, { silenceMilliseconds: silenceSeconds * 1000 }),
      analyseLive(task, signal, listener) {
        const count = countFrames(metrics);
        const whole = { ...task, segment: wholeStream, models: inference !== undefined, decoder: hardware.decoder, live: true };
        pool.giveWay();
        return livePool.analyse(whole, signal, {
          ...listener,
          progress(progress) {
            count(progress);
            listener.progress?.(progress);
          },
        });
      },
      follow(jobId, listener) {
        followers.set(jobId, listener);
        return () => followers.delete(jobId);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A playlist without an end is followed as it grows; all else that can be read ends, and can then be judged for being whole. */
function isEndless({ container, durationSeconds }: MediaInfo): boolean {
  return /^(hls|dash)$/.test(container) && durationSeconds === undefined;
}

/** What the gateway or proxy knows explains what the child could only call unreadable; it never hides a cancel or a lost lease. */
function betterReason(error: unknown, failure: FramewatchError | undefined): unknown {
  if (failure === undefined) return error;
  const explains = error instanceof FramewatchError && error.code.startsWith("media-");
  return explains || failure.blames === "infrastructure" || failure.code === "source-changed" ? failure : error;
}

async function openInference(config: EngineOptions["config"], log: Log, metrics: Metrics): Promise<Inference> {
  let provider = "cpu";
  const inference = await startInference(modelFolders(config), ({ model, images, seconds }) => {
    metrics.inferenceBatchSize.observe(images);
    metrics.inferenceSeconds.observe({ model, provider }, seconds);
  });
  provider = inference.provider;
  log.info({ provider, reason: inference.providerReason, models: inference.facts.map(({ name }) => name) }, "models loaded");
  metrics.inferenceProviderInfo.set({ provider }, 1);
  return inference;
}

/** Adds what is new in each report of progress to the counters. */
function countFrames(metrics: Metrics): (progress: AnalysisProgress) => void {
  let frames = 0;
  let audioSeconds = 0;
  return (progress) => {
    metrics.framesAnalyzed.inc(progress.frames - frames);
    metrics.audioSecondsAnalyzed.inc(progress.audioSeconds - audioSeconds);
    frames = progress.frames;
    audioSeconds = progress.audioSeconds;
  };
}

interface SharedSource {
  readonly source: OpenedSource;
  readers: number;
}

/**
 * Opens each version of a source once for all who read it at the same time, and closes it after the last of them. Who names
 * no version gets a look at the source as it is now: it may have been replaced since others opened it.
 */
function sharedSources(access: SourceAccess): Engine["open"] {
  const opened = new Map<string, SharedSource>();

  function lend(key: string, shared: SharedSource): OpenedSource {
    shared.readers++;
    let isOpen = true;
    return {
      ...shared.source,
      close() {
        if (!isOpen) return;
        isOpen = false;
        if (--shared.readers > 0) return;
        if (opened.get(key) === shared) opened.delete(key);
        shared.source.close();
      },
    };
  }

  return async (name, version) => {
    const wanted = version === undefined ? undefined : opened.get(keyOf(name, version));
    if (wanted !== undefined) return lend(keyOf(name, version), wanted);
    const source = await openSource(name, access);
    const key = keyOf(name, source.version);
    const known = opened.get(key);
    // What once failed stays known as failed: who comes later begins afresh.
    if (known !== undefined && known.source.failure() === undefined) {
      source.close();
      return lend(key, known);
    }
    const shared = { source, readers: 0 };
    opened.set(key, shared);
    return lend(key, shared);
  };
}

const keyOf = (name: string, version: string | undefined): string => JSON.stringify([name, version ?? null]);
