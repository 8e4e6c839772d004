import type { ReceiverSink } from "./receiver.js";
import type { ReadSegment } from "./segment-reader.js";
import { type Arrival, type Before, goesOnWithin, openRun, type Run } from "./segment-run.js";
import { declaredTracks, openTransportSeam } from "./transport-seam.js";

/** Lets bytes pass when it is time, which hold so many seconds of media. @throws the signal's reason */
export type Hold = (bytes: number, seconds: number) => Promise<void>;

/** Makes one MPEG-TS of the segments of one or two renditions. */
export interface SegmentJoiner {
  /** Settles when there is room for the next one of the rendition. @throws FramewatchError `media-unreadable`; the signal's reason */
  write(feed: number, arrival: Arrival, hold: Hold): Promise<void>;
  /** No more of a rendition will come, or nothing for so long that the other goes on without it; it may come back. */
  finish(feed: number): void;
  /** Settles when all that was written has come out. @throws as `write` */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Times that differ by less go on; frames of one rate are no further apart. */
const continuesWithinSeconds = 0.5;
/** ffmpeg remembers each fragment that it has read, 8 MiB an hour of picture and sound: now and then another one goes on. */
const childWornSeconds = 1800;
/** A rendition that knows of no discontinuity where the other one does is waited for so many segments. */
const mostLate = 2;

/**
 * Segments of MPEG-TS that hold picture and sound go through as they are; others are packed anew by a child, both renditions into
 * one. Where what comes cannot follow what was (another header, other tracks, times that jump at a discontinuity), a new stretch is
 * told, when both renditions have come there.
 */
export function openSegmentJoiner(
  feeds: number,
  sink: ReceiverSink,
  signal: AbortSignal,
  wornSeconds = childWornSeconds,
): SegmentJoiner {
  const finished = new Set<number>();
  const waiting = new Map<number, Arrival>();
  const seam = openTransportSeam();
  let run: Run | undefined;
  let release = deferred();

  function continues(known: Run, feed: number, arrival: Arrival): boolean {
    const { listed, segment } = arrival;
    if (goesOnWithin(arrival)) return true;
    if (known.leavesAt !== undefined && (listed.discontinuitySequence >= known.leavesAt || ++known.late > mostLate)) return false;
    if (breakBefore(arrival, known.previous.get(feed), known.isPacked) !== undefined) return false;
    // Packed sound tells no times beside the first: behind a loss they have to be told anew.
    if (segment.packing === "packed-audio" && arrival.afterLoss) return false;
    return known.packedSeconds < wornSeconds || finished.size > 0;
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
    if (run !== undefined) {
      const { previous, isPacked } = run;
      const breaks = [...waiting].map(([feed, arrival]) => breakBefore(arrival, previous.get(feed), isPacked));
      const reason =
        breaks.find((one) => one !== undefined) ?? (previous.size === waiting.size ? undefined : "Tracks came or went.");
      if (reason !== undefined) sink.newStretch(reason);
    }
    run = openRun(waiting, seam, sink, signal);
    waiting.clear();
    const { open } = release;
    release = deferred();
    open();
  }

  return {
    async write(feed, arrival, hold) {
      const isBack = finished.delete(feed);
      if (run === undefined || isBack || !continues(run, feed, arrival)) await begin(feed, arrival);
      const { segment } = arrival;
      // Only where a segment begins its tracks have to be named.
      const named = segment.packing === "transport" ? declaredTracks(segment.bytes) : undefined;
      const tracks = goesOnWithin(arrival) ? run?.previous.get(feed)?.tracks : named;
      run?.previous.set(feed, {
        arrival: { ...arrival, segment: { ...segment, bytes: nothing } },
        ...(tracks === undefined ? {} : { tracks }),
      });
      await run?.open(feed, arrival);
      const { bytes } = segment;
      for (let from = 0; from < bytes.length; from += pieceBytes) {
        const piece = bytes.subarray(from, from + pieceBytes);
        await hold(piece.length, (arrival.listed.seconds * piece.length) / bytes.length);
        await run?.write(feed, piece);
      }
    },
    finish(feed) {
      if (waiting.has(feed)) return;
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

/** Why a segment cannot follow the one before it in its rendition, for people; undefined where it can. */
function breakBefore({ listed, segment, restarted }: Arrival, before: Before | undefined, isPacked: boolean): string | undefined {
  if (before === undefined) return undefined;
  const { listed: was, segment: old } = before.arrival;
  const number = listed.mediaSequence;
  if (restarted) return `The playlist began again at number ${number}.`;
  const isAnnounced = listed.discontinuityBefore || listed.discontinuitySequence !== was.discontinuitySequence;
  if (isAnnounced && (isPacked || !goesOn(before.arrival, segment))) return `A discontinuity stands before number ${number}.`;
  if (segment.packing !== old.packing || segment.header?.digest !== old.header?.digest)
    return `Another header (EXT-X-MAP) holds from number ${number} on.`;
  // They are not known where the rendition came back within a segment.
  const isOther =
    segment.packing === "transport" && before.tracks !== undefined && declaredTracks(segment.bytes) !== before.tracks;
  return isOther ? `Other tracks begin with number ${number}.` : undefined;
}

/** The times of a segment go on where those of the one before ended. */
function goesOn({ listed, segment: { times } }: Arrival, { times: next }: ReadSegment): boolean {
  if (times === undefined || next === undefined) return false;
  const expected = times.firstSeconds + (times.lastsSeconds ?? listed.seconds);
  return Math.abs(next.firstSeconds - expected) <= continuesWithinSeconds;
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
