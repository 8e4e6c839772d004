import type { ListedSegment, MediaPlaylist } from "../manifest/parse-playlist.js";

/** RFC 8216, 6.3.3: who begins with a live playlist does so no nearer to its end, in target durations. */
const fromEdgeTargets = 3;

/** Who is further behind does not watch what is live: it goes to where it would begin. */
const mostBehindTargets = 10;

/** The next segment of a rendition, and what happened on the way to it. */
export interface NextSegment {
  readonly segment: ListedSegment;
  /** The playlist began again at another number: its media is that of another start. */
  readonly restarted: boolean;
  /** So many segments before it are given up: they left the playlist, or lie too far behind its end. */
  readonly lost: number;
  /** It was waited for: all before it was read. */
  readonly waited: boolean;
}

/** The segments of a rendition that are still to be read, as its playlist rolls. */
export interface SegmentFeed {
  take(playlist: MediaPlaylist): void;
  /** Waits for the next one, in order; undefined when the playlist has ended and all was read. @throws the signal's reason */
  next(signal: AbortSignal): Promise<NextSegment | undefined>;
}

/** Its place is kept for as long as it is: whoever reads on after a failure reads on behind what was read before. */
export function openSegmentFeed(): SegmentFeed {
  let playlist: MediaPlaylist | undefined;
  let lastSequence: number | undefined;
  let wake: (() => void) | undefined;
  /** What the numbers of the last playlist that was read on from named. */
  let names = new Map<number, string>();

  /** An old playlist of a slow cache lacks a few segments, and names the others as they were named before. */
  function isAnother(segments: readonly ListedSegment[], last: number): boolean {
    const newest = segments.at(-1)?.mediaSequence ?? last;
    if (newest < last - segments.length) return true;
    return segments.some(({ mediaSequence, url }) => (names.get(mediaSequence) ?? url.pathname) !== url.pathname);
  }

  function find(): Omit<NextSegment, "waited"> | "ended" | undefined {
    if (playlist === undefined) return undefined;
    const { segments, ended } = playlist;
    const [first] = segments;
    const newest = segments.at(-1);
    if (first === undefined || newest === undefined) return ended ? "ended" : undefined;
    const restarted = lastSequence !== undefined && newest.mediaSequence < lastSequence && isAnother(segments, lastSequence);
    if (lastSequence === undefined || restarted) {
      const segment = startOf(playlist);
      return segment === undefined ? undefined : { segment, restarted, lost: 0 };
    }
    const from = lastSequence + 1;
    let segment = segments.find(({ mediaSequence }) => mediaSequence >= from);
    if (segment === undefined) return ended ? "ended" : undefined;
    const behind = playlist.totalSeconds - segment.startSeconds;
    const isBehind = segment.mediaSequence > from || behind > mostBehindTargets * playlist.targetSeconds;
    if (isBehind && !ended) segment = later(segment, startOf(playlist));
    return { segment, restarted: false, lost: segment.mediaSequence - from };
  }

  return {
    take(changed) {
      playlist = changed;
      wake?.();
    },
    async next(signal) {
      for (let waited = false; ; waited = true) {
        signal.throwIfAborted();
        const found = find();
        if (found === "ended") return undefined;
        if (found !== undefined) {
          lastSequence = found.segment.mediaSequence;
          names = new Map(playlist?.segments.map(({ mediaSequence, url }) => [mediaSequence, url.pathname]));
          return { ...found, waited };
        }
        await new Promise<void>((resolve) => {
          const go = (): void => {
            signal.removeEventListener("abort", go);
            wake = undefined;
            resolve();
          };
          wake = go;
          signal.addEventListener("abort", go);
        });
      }
    },
  };
}

/** Where to begin: all of a playlist that has ended, the last one that is far enough from the end of another. */
function startOf({ segments, totalSeconds, targetSeconds, ended }: MediaPlaylist): ListedSegment | undefined {
  if (ended) return segments[0];
  const latest = totalSeconds - fromEdgeTargets * targetSeconds;
  return segments.findLast(({ startSeconds }) => startSeconds <= latest) ?? segments[0];
}

function later(one: ListedSegment, other: ListedSegment | undefined): ListedSegment {
  return other !== undefined && other.mediaSequence > one.mediaSequence ? other : one;
}
