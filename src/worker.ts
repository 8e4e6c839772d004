/**
 * An analysis worker: decodes and measures segments, several at a time, and writes their signals. It wires decoder and
 * analyzers together on a thread of its own, so that pixels never reach the main thread.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { AnalysisProgress, AnalysisTask, AnalysisWorkerData, FromWorker, ToWorker } from "./analysis-task.js";
import type { Measuring } from "./analyzers/index.js";
import { inferenceClient, openMeasuring, openSignalWriter, packBlock } from "./analyzers/measuring.js";
import { decode, openBesidePackets, watchTransport } from "./decoder/decoding.js";
import type { DecodeOutcome, MediaInfo, PacketReader, TransportSample, TransportWatch } from "./decoder/index.js";
import { collectGarbage } from "./collect-garbage.js";
import { FramewatchError } from "./errors.js";
import { computeInBatches, giveWay } from "./thread-priority.js";

computeInBatches();

const progressEveryMilliseconds = 250;
const { inference } = workerData as AnalysisWorkerData;
const models = inference && { models: inference.models, ...inferenceClient(inference.port) };
const running = new Map<number, AbortController>();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

/** Reports the latest progress now and then, and once more at the end so that counters come out exact. */
function progressReporter(id: number): { note(progress: AnalysisProgress): void; finish(): void } {
  let latest: AnalysisProgress | undefined;
  let told = performance.now();
  const report = (): void => {
    if (latest !== undefined) tell({ kind: "progress", id, progress: latest });
    latest = undefined;
    told = performance.now();
  };
  return {
    note(progress) {
      latest = progress;
      if (performance.now() - told >= progressEveryMilliseconds) report();
    },
    finish: report,
  };
}

async function analyse(id: number, task: AnalysisTask, signal: AbortSignal): Promise<DecodeOutcome> {
  const { input, media, segment, profile, decoder, live } = task;
  const progress = progressReporter(id);
  let frames = 0;
  let audioSeconds = 0;

  const measuring = await openMeasuring({
    media,
    profile,
    wanted: task.wanted === undefined ? undefined : new Set(task.wanted),
    ignoredRegions: task.ignoredRegions,
    live,
    emit(block) {
      writer?.write(block);
      const payload = packBlock(measuring.lanes, block);
      parentPort?.postMessage({ kind: "block", id, payload } satisfies FromWorker, [payload]);
      // Only pieces of picture end soon.
      if (live || segment.what !== "picture") collectGarbage({ live });
    },
    ...(task.models && models !== undefined ? { infer: models } : {}),
  });
  tell({ kind: "lanes", id, lanes: measuring.lanes });
  let watch: TransportWatch | undefined;
  const writer =
    task.file === undefined ? undefined : openSignalWriter(task.file, { lanes: measuring.lanes, facts: { segment } });
  try {
    // One segment of a plan reads all of the media, and with it all packets.
    const watches = segment.what !== "picture" || media.audio.length === 0;
    const within = ({ pts }: TransportSample) => live || (pts >= segment.startSeconds && pts < (segment.endSeconds ?? Infinity));
    const watched = (sample: TransportSample): void => {
      if (within(sample)) measuring.transport?.(sample);
    };
    const emit = watches && measuring.transport !== undefined ? watched : undefined;
    const beside = input.kind === "live" ? openBeside(id, media, measuring) : undefined;
    if (emit !== undefined || beside !== undefined)
      watch = await watchTransport(input, media.originSeconds, { emit, beside }, signal);
    const decoded = await decode(
      {
        input: watch?.input ?? input,
        media,
        picture: segment.what !== "sound",
        sound: segment.what !== "picture",
        startSeconds: segment.startSeconds,
        ...(segment.endSeconds === undefined ? {} : { endSeconds: segment.endSeconds }),
        runInSeconds: segment.runInSeconds,
        profile,
        decoder,
        live,
        ...(task.stallSeconds === undefined ? {} : { stallSeconds: task.stallSeconds }),
      },
      {
        memory: measuring.memory,
        frame(frame, inside) {
          if (inside) progress.note({ frames: ++frames, audioSeconds, atSeconds: frame.pts });
          return measuring.frame(frame, inside);
        },
        sound(block) {
          audioSeconds += (block.samples[0]?.length ?? 0) / block.sampleRate;
          progress.note({ frames, audioSeconds, atSeconds: block.pts });
          measuring.sound(block);
        },
      },
      signal,
    );
    beside?.end();
    // The packets of a live stream go on, also where its decoder has ended.
    const transport = live ? undefined : await watch?.facts();
    const outcome = transport === undefined ? decoded : { ...decoded, transport };
    await measuring.finish();
    writer?.finish(outcome);
    return outcome;
  } finally {
    await watch?.close();
    progress.finish();
    measuring.close();
    writer?.close();
  }
}

/** Captions and splice marks of a live stream, out of its packets; undefined where the media has none. */
function openBeside(id: number, media: MediaInfo, { captions }: Pick<Measuring, "captions">): PacketReader | undefined {
  if (media.sideTracks === undefined) return undefined;
  return openBesidePackets(media, {
    caption: (seconds, hasContent) => captions?.caption(seconds, hasContent),
    reached: (seconds, isTorn) => captions?.reached(seconds, isTorn),
    mark: (mark) => tell({ kind: "mark", id, mark }),
  });
}

async function attend(id: number, task: AnalysisTask): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    tell({ kind: "finished", id, outcome: await analyse(id, task, controller.signal) });
  } catch (error) {
    const known = error instanceof FramewatchError;
    const message = error instanceof Error ? error.message : String(error);
    // What is no FramewatchError is a fault of ours: the whole of it goes to the log by way of its message.
    const text = known ? message : error instanceof Error ? (error.stack ?? message) : message;
    tell({ kind: "failed", id, error: { code: known ? error.code : "worker-lost", message: text } });
  } finally {
    running.delete(id);
    collectGarbage();
  }
}

parentPort?.on("message", (message: ToWorker) => {
  if (message.kind === "analyse") void attend(message.id, message.task);
  else if (message.kind === "give way") giveWay();
  else running.get(message.id)?.abort(new FramewatchError(message.reason.code, message.reason.message));
});
