import type { ListedSegment } from "../manifest/parse-playlist.js";
import type { ReceiverSink } from "./receiver.js";
import { openRemux } from "./remux.js";
import { openRemuxClock } from "./remux-clock.js";
import { inputOf } from "./remux-input.js";
import type { ReadSegment } from "./segment-reader.js";
import { declaredTracks, openTransportSeam } from "./transport-seam.js";

/** A segment that was read. */
export interface Arrival {
  readonly listed: ListedSegment;
  readonly segment: ReadSegment;
  /** Its media is that of another start than what came before. */
  readonly restarted: boolean;
  /** What lies between it and the one before could not be had. */
  readonly afterLoss: boolean;
}

/** Lets bytes pass when it is time, which hold so many seconds of media. @throws the signal's reason */
export type Hold = (bytes: number, seconds: number) => Promise<void>;

/** Makes one MPEG-TS of the segments of one or two renditions. */
export interface SegmentJoiner {
  /** Settles when there is room for the next one of the rendition. @throws FramewatchError `media-unreadable`; the signal's reason */
  write(feed: number, arrival: Arrival, hold: Hold): Promise<void>;
  /** No more of a rendition will come. */
  finish(feed: number): void;
  /** Settles when all that was written has come out. @throws as `write` */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** A stretch of segments that fit together. */
interface Run {
  readonly previous: Map<number, { readonly arrival: Arrival; readonly tracks?: string }>;
  /** A rendition has come to its end, at this discontinuity sequence number. */
  leavesAt?: number;
  /** Segments of another rendition since then. */
  late: number;
  /** A segment begins. */
  open(feed: number, arrival: Arrival): Promise<void>;
  /** A piece of it. */
  write(feed: number, bytes: Uint8Array): Promise<void>;
  end(feed: number): void;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Times that differ by less go on; frames of one rate are no further apart. */
const continuesWithinSeconds = 0.5;
/** A rendition that knows of no discontinuity where the other one does is waited for so many segments. */
const mostLate = 2;

/**
 * Segments of MPEG-TS that hold picture and sound go through as they are; others are packed anew by a child, both renditions into
 * one. Where what comes cannot follow what was (another header, other tracks, times that jump at a discontinuity), a new stretch is
 * told, when both renditions have come there.
 */
export function openSegmentJoiner(feeds: number, sink: ReceiverSink, signal: AbortSignal): SegmentJoiner {
  const finished = new Set<number>();
  const waiting = new Map<number, Arrival>();
  const seam = openTransportSeam();
  let run: Run | undefined;
  let release = deferred();

  function continues(known: Run, feed: number, arrival: Arrival): boolean {
    const { listed, segment } = arrival;
    if (known.leavesAt !== undefined && (listed.discontinuitySequence >= known.leavesAt || ++known.late > mostLate)) return false;
    const before = known.previous.get(feed);
    if (before === undefined) return false;
    const { listed: was, segment: old } = before.arrival;
    if (arrival.restarted || segment.packing !== old.packing || segment.header?.digest !== old.header?.digest) return false;
    // Its times are counted from the first one on.
    if (segment.packing === "packed-audio" && arrival.afterLoss) return false;
    const isAnnounced = listed.discontinuityBefore || listed.discontinuitySequence !== was.discontinuitySequence;
    if (feeds > 1 || segment.packing !== "transport") return !isAnnounced;
    if (declaredTracks(segment.bytes) !== before.tracks) return false;
    if (!isAnnounced) return true;
    const expected = old.times && old.times.firstSeconds + (old.times.lastsSeconds ?? was.seconds);
    return segment.times !== undefined && Math.abs(segment.times.firstSeconds - (expected ?? 0)) <= continuesWithinSeconds;
  }

  /** Waits at the end of a run until all renditions are there, and begins the next one. */
  async function begin(feed: number, arrival: Arrival): Promise<void> {
    waiting.set(feed, arrival);
    if (run !== undefined) {
      run.leavesAt = Math.max(run.leavesAt ?? 0, arrival.listed.discontinuitySequence);
      run.end(feed);
    }
    if (waiting.size + finished.size < feeds) return release.wait(signal);
    await beginNext();
  }

  async function beginNext(): Promise<void> {
    await run?.ended;
    if (run !== undefined) sink.newStretch(reasonOf(run, waiting));
    run = openRun(waiting, seam, sink, signal);
    waiting.clear();
    const { open } = release;
    release = deferred();
    open();
  }

  return {
    async write(feed, arrival, hold) {
      if (run === undefined || !continues(run, feed, arrival)) await begin(feed, arrival);
      const tracks = arrival.segment.packing === "transport" ? declaredTracks(arrival.segment.bytes) : undefined;
      run?.previous.set(feed, {
        arrival: { ...arrival, segment: { ...arrival.segment, bytes: nothing } },
        ...(tracks === undefined ? {} : { tracks }),
      });
      await run?.open(feed, arrival);
      const { bytes } = arrival.segment;
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        const piece = bytes.subarray(from, from + pieceBytes);
        await hold(piece.length, (arrival.listed.seconds * piece.length) / bytes.length);
        await run?.write(feed, piece);
      }
    },
    finish(feed) {
      finished.add(feed);
      run?.end(feed);
      // The others may have waited for this one.
      if (waiting.size > 0 && waiting.size + finished.size >= feeds) beginNext().catch(release.fail);
    },
    drain: async () => run?.ended,
    close: async () => run?.close(),
  };
}

/** Whole packets, and a fraction of a second of most streams. */
const pieceBytes = 188 * 1024;
const nothing = Buffer.alloc(0);

function openRun(
  first: ReadonlyMap<number, Arrival>,
  seam: ReturnType<typeof openTransportSeam>,
  sink: ReceiverSink,
  signal: AbortSignal,
): Run {
  const arrivals = [...first].toSorted(([one], [other]) => one - other);
  const [main] = arrivals;
  const state: Pick<Run, "previous" | "late"> = { previous: new Map(), late: 0 };
  if (arrivals.length === 1 && main?.[1].segment.packing === "transport") {
    return {
      ...state,
      async open(_, { listed, segment }) {
        if (listed.programMilliseconds !== undefined && segment.times !== undefined)
          sink.wallClock?.(segment.times.firstSeconds, listed.programMilliseconds);
        seam.join(segment.bytes);
      },
      write: async (_, bytes) => sink.bytes(bytes),
      end: () => undefined,
      ended: Promise.resolve(),
      close: async () => undefined,
    };
  }

  const clock = openRemuxClock(sink);
  const remux = openRemux(
    arrivals.map(([, { segment }]) => inputOf(segment)),
    (chunk) => {
      clock.out(chunk);
      sink.bytes(chunk);
    },
    signal,
  );
  const inputs = new Map(arrivals.map(([feed], index) => [feed, index]));
  const started = new Set<number>();
  return {
    ...state,
    async open(feed, { listed, segment }) {
      const input = inputs.get(feed);
      if (input === undefined) return;
      if (feed === main?.[0]) clock.in(listed, segment);
      if (!started.has(feed) && segment.header !== undefined) await remux.write(input, segment.header.bytes);
      started.add(feed);
    },
    async write(feed, bytes) {
      const input = inputs.get(feed);
      if (input !== undefined) await remux.write(input, bytes);
    },
    end(feed) {
      const input = inputs.get(feed);
      if (input !== undefined) remux.end(input);
    },
    ended: remux.ended,
    close: remux.close,
  };
}

/** Why what waits cannot follow, for people. */
function reasonOf(run: Run, waiting: ReadonlyMap<number, Arrival>): string {
  for (const [feed, { listed, segment, restarted }] of waiting) {
    const before = run.previous.get(feed);
    if (restarted) return `The playlist began again at number ${listed.mediaSequence}.`;
    if (before === undefined) continue;
    if (listed.discontinuitySequence !== before.arrival.listed.discontinuitySequence || listed.discontinuityBefore)
      return `A discontinuity stands before number ${listed.mediaSequence}.`;
    if (segment.header?.digest !== before.arrival.segment.header?.digest)
      return `Another header (EXT-X-MAP) holds from number ${listed.mediaSequence} on.`;
  }
  return "Other tracks follow.";
}

/** Something that others wait for, once. */
function deferred() {
  let open: () => void = () => undefined;
  let fail: (error: unknown) => void = () => undefined;
  const promise = new Promise<void>((resolve, reject) => {
    open = resolve;
    fail = reject;
  });
  // It may fail while nobody waits.
  promise.catch(() => undefined);
  return {
    open,
    fail,
    async wait(signal: AbortSignal): Promise<void> {
      signal.throwIfAborted();
      const aborted = (): void => fail(signal.reason);
      signal.addEventListener("abort", aborted);
      await promise.finally(() => signal.removeEventListener("abort", aborted));
    },
  };
}
