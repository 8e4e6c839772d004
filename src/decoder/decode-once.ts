import { FramewatchError } from "../errors.js";
import { startChild, throwIfAborted } from "../ffmpeg.js";
import { type PipeFlow, readPipe } from "../pipes.js";
import { prematureEndIn } from "./completeness.js";
import { nothingDecoded, openComplaintParser } from "./decode-errors.js";
import type { Complaint, openErrorCounts } from "./decode-errors.js";
import type { DecodeRequest } from "./decode-request.js";
import type { FrameMemory } from "./frame.js";
import type { ReaderEvents } from "./media-reader.js";
import type { PictureLane } from "./picture-lane.js";
import { openPictureReader } from "./picture-reader.js";
import { planDecode } from "./plan.js";
import { type FilterLine, parseFilterLine } from "./showinfo.js";
import type { SoundLane } from "./sound-lane.js";
import { openSoundReader } from "./sound-reader.js";
import { openWatchdog } from "./watchdog.js";

/** What one request decodes, over all the children that it takes. */
export interface Lanes {
  readonly picture: PictureLane | undefined;
  readonly sounds: readonly SoundLane[];
  readonly errors: ReturnType<typeof openErrorCounts>;
}

/** How a child ended. */
export interface ChildEnd {
  readonly kind: "media ended" | "end reached" | "began too late" | "gpu failed";
  readonly incompleteReason?: string;
}

const stallSecondsOfFiles = 60;
const stallSecondsOfLive = 20;
/** Shorter waits for media are everyday life of a network. */
const shortestWaitSeconds = 1;
/** A track that ends before the requested end must not make us read all the rest of the others. */
const overrunSeconds = 5;
const gpuFailure =
  /CUDA|cuvid|nvdec|hwaccel|hwdownload|No device available for decoder|Device (creation|setup) failed|format cuda/i;

/** A frame whose line was heard. */
interface ToldPicture {
  readonly line: Extract<FilterLine, { kind: "picture" }>;
  readonly complaints: readonly Complaint[];
  readonly waitedSeconds: number | undefined;
  captions: boolean;
}

/** Runs one decoding child and hands what it gives to the lanes. */
export async function decodeOnce(
  request: DecodeRequest,
  lanes: Lanes,
  memory: FrameMemory,
  decoder: DecodeRequest["decoder"],
  seekSeconds: number | undefined,
  signal: AbortSignal,
): Promise<ChildEnd> {
  const { media } = request;
  const { picture, sounds } = lanes;
  const allLanes = [...(picture === undefined ? [] : [picture]), ...sounds];
  const plan = planDecode(request, decoder, seekSeconds);
  for (const lane of allLanes) lane.begin(seekSeconds === undefined);

  let kind: ChildEnd["kind"] = "media ended";
  let incompleteReason: string | undefined;
  let failure: { readonly error: unknown } | undefined;
  let lines = 0;
  let timeBase = { numerator: 0, denominator: 1 };
  let pending: Complaint[] = [];
  let told: ToldPicture | undefined;
  const complaintIn = openComplaintParser({
    ...(plan.picture === undefined ? {} : { picture: plan.picture.streamIndex }),
    sound: plan.sound.map(({ streamIndex }) => streamIndex),
  });

  const child = startChild({
    program: "ffmpeg",
    arguments: plan.arguments,
    environment: request.input.environment,
    pipes: allLanes.length,
    line: (text) => whileGoing(() => hear(text)),
    signal,
  });
  const watchdog = openWatchdog(request.stallSeconds ?? (request.live ? stallSecondsOfLive : stallSecondsOfFiles), () => {
    fail(new FramewatchError("media-stalled", "The source was read but gave no media for too long."));
  });

  const flows: PipeFlow[] = [];
  const finished: Promise<void>[] = [];
  function events(descriptor: number): ReaderEvents {
    let settle = (): void => undefined;
    finished.push(
      new Promise((resolve) => {
        settle = resolve;
      }),
    );
    return {
      resume: () => flows[descriptor]?.resume(),
      idle: () => stopAtEnd(),
      finished: () => settle(),
      failed: fail,
      sinkBusy: (busy) => (busy ? watchdog.pause() : watchdog.resume()),
    };
  }
  const pictureReader = picture === undefined ? undefined : openPictureReader(memory, events(0));
  const soundReaders = sounds.map((_, track) => openSoundReader(events(track + (picture === undefined ? 0 : 1))));
  const readers = [...(pictureReader === undefined ? [] : [pictureReader]), ...soundReaders];
  for (const [descriptor, reader] of readers.entries()) {
    const pipe = child.pipes[descriptor];
    if (pipe !== undefined) flows.push(readPipe(pipe, reader));
  }

  function stop(why: ChildEnd["kind"], graceSeconds?: number): void {
    if (kind === "media ended") kind = why;
    void child.stop(graceSeconds);
    abandon();
  }

  function abandon(): void {
    for (const reader of readers) reader.abandon();
  }

  function fail(error: unknown): void {
    failure ??= { error };
    stop("end reached");
  }

  /** A fault of ours in handling a line must end the child and reach the caller. */
  function whileGoing(work: () => void): void {
    if (kind !== "media ended" || failure !== undefined) return;
    try {
      work();
    } catch (error) {
      fail(error);
    }
  }

  /** Ends the child once all tracks are past the end and what was announced has been delivered. */
  function stopAtEnd(): void {
    if (kind !== "media ended" || request.endSeconds === undefined) return;
    const overrun = request.endSeconds + overrunSeconds;
    const past =
      allLanes.every((lane) => lane.isPast) || allLanes.some((lane) => lane.isPast && (lane.reachedSeconds ?? 0) > overrun);
    if (past && readers.every((reader) => reader.waiting === 0)) stop("end reached", 0);
  }

  function takePending(medium: Complaint["medium"]): Complaint[] {
    const taken = pending.filter((complaint) => complaint.medium === medium);
    if (taken.length > 0) pending = pending.filter((complaint) => complaint.medium !== medium);
    return taken;
  }

  /** Complaints about the container belong to no track: they are counted when media that counts comes next. */
  function countContainer(lane: PictureLane | SoundLane): void {
    if (pending.length === 0) return;
    const complaints = takePending("container");
    if (lane.isInside) for (const complaint of complaints) lanes.errors.add(complaint, lane.reachedSeconds ?? 0);
  }

  function mediaSeconds(numerator: number, denominator: number): number {
    return numerator / denominator - media.originSeconds;
  }

  /** Gives the frame told last to its lane: what it carries is told behind its own line. */
  function tellPicture(): void {
    if (told === undefined || picture === undefined || pictureReader === undefined) return;
    const { line, complaints, ...extras } = told;
    told = undefined;
    const seconds = line.pts === undefined ? undefined : mediaSeconds(line.pts * timeBase.numerator, timeBase.denominator);
    const { frame, verdict } = picture.frame(line, seconds, complaints, extras);
    if (verdict === "began too late") return stop(verdict, 0);
    countContainer(picture);
    pictureReader.expect(frame);
  }

  function hear(text: string): void {
    const line = parseFilterLine(text);
    if (line === undefined) {
      incompleteReason ??= prematureEndIn(text.replaceAll(request.input.url, "source"));
      if (decoder === "nvdec" && /\[(error|fatal|warning)\]/.test(text) && gpuFailure.test(text)) return stop("gpu failed", 0);
      const complaint = complaintIn(text.replaceAll(request.input.url, "source"));
      if (complaint !== undefined) pending.push(complaint);
      return;
    }
    if (line === "other") return;
    if (line.kind === "timeBase") {
      timeBase = line;
      return;
    }
    if (line.kind === "source") {
      sounds[line.track]?.source(line);
      return;
    }
    if (line.kind === "captions") {
      if (told !== undefined) told.captions = true;
      return;
    }
    if (line.kind === "picture end") return tellPicture();
    const waited = watchdog.progress();
    // What is read from a disk never keeps us waiting: the machine does. The child itself has to start, too.
    const waitedSeconds = lines > 0 && waited >= shortestWaitSeconds && request.input.kind !== "file" ? waited : undefined;
    lines++;
    if (line.kind === "picture") {
      tellPicture();
      told = { line, complaints: takePending("video"), waitedSeconds, captions: false };
    } else {
      const lane = sounds[line.track];
      if (lane === undefined) return;
      const seconds = line.pts === undefined ? undefined : mediaSeconds(line.pts, line.sampleRate);
      const { run, verdict } = lane.run(line, seconds, takePending("audio"), waitedSeconds);
      if (verdict === "began too late") return stop(verdict, 0);
      countContainer(lane);
      soundReaders[line.track]?.expect(run);
    }
  }

  signal.addEventListener("abort", abandon, { once: true });
  try {
    const exit = await child.exit;
    for (const reader of readers) reader.close();
    await Promise.all(finished);
    throwIfAborted(signal);
    if (failure !== undefined) throw failure.error;
    if (kind !== "media ended") return { kind };

    const failed = exit.code !== 0;
    if (decoder === "nvdec" && failed) return { kind: "gpu failed" };
    picture?.end(takePending("video"));
    for (const lane of sounds) lane.end(takePending("audio"));
    if (lines === 0 && seekSeconds !== undefined && incompleteReason === undefined) return { kind: "began too late" };
    if (lines === 0 && seekSeconds === undefined && allLanes.every((lane) => lane.deliveredSeconds === undefined) && failed) {
      throw nothingDecoded(child.lastLines);
    }
    if (exit.signal !== undefined)
      throw new FramewatchError("media-unreadable", `ffmpeg was ended by ${exit.signal} while it decoded the media.`);
    if (failed) incompleteReason ??= `Decoding stopped early: ${nothingDecoded(child.lastLines).message}`;
    return { kind, ...(incompleteReason === undefined ? {} : { incompleteReason }) };
  } finally {
    signal.removeEventListener("abort", abandon);
    watchdog.close();
    await child.stop(0);
    for (const flow of flows) flow.close();
  }
}
