import type { ListedPart } from "../manifest/listed-parts.js";
import type { ListedSegment, MediaPlaylist, OpenSegment } from "../manifest/parse-playlist.js";

/** RFC 8216, 6.3.3: who begins with a live playlist does so no nearer to its end, in target durations. */
const fromEdgeTargets = 3;

/** Who is further behind does not watch what is live: it goes to where it would begin. */
const mostBehindTargets = 10;

/** Whoever packs a segment otherwise than its parts may have done so once, where the packager began anew. */
const partlessSegments = 30;

/**
 * What of its segment something is: the first part that is read of it, a part right behind the one before, or the whole segment,
 * of which what lies behind those parts is still to come.
 */
export type PartOfSegment = "first" | "next" | "rest";

/** The next segment of a rendition, or part of one, and what happened on the way to it. */
export interface NextSegment {
  /** A part is given as a segment of its own, with the number of the one that it belongs to. */
  readonly segment: ListedSegment;
  /** Absent where it is a whole segment, of which nothing was given before. */
  readonly part?: PartOfSegment;
  /** The playlist began again at another number: its media is that of another start. */
  readonly restarted: boolean;
  /** So many segments before it are given up: they left the playlist, or lie too far behind its end. */
  readonly lost: number;
  /** It was waited for: all before it was read. */
  readonly waited: boolean;
  /** The segment before it, as it was listed in the end, where all of it was given in parts. */
  readonly completed?: ListedSegment;
}

/** The segments of a rendition that are still to be read, as its playlist rolls; of the one still being written the parts. */
export interface SegmentFeed {
  take(playlist: MediaPlaylist): void;
  /** Waits for the next one, in order; undefined when the playlist has ended and all was read. @throws the signal's reason */
  next(signal: AbortSignal): Promise<NextSegment | undefined>;
  /** The part that came last cannot be had: its segment comes once more, when it is complete. */
  refusePart(): void;
  /** Parts are not the bytes of their segments: of the next few segments none comes. */
  leaveParts(): void;
  /** Whoever reads from now on begins with a segment: what is left of one that was begun does not come. */
  beginAnew(): void;
}

/** How far a segment has been given in parts. */
interface Place {
  readonly sequence: number;
  /** The next part, counted from 0. */
  readonly next: number;
  /** So many parts were given. */
  readonly given: number;
  /** What the last one of them was called: a playlist may drop the first ones. */
  readonly last?: string;
  readonly isRefused: boolean;
}

/** What is due; of a part with where it lies. */
type Found = Omit<NextSegment, "waited" | "completed"> & { readonly place?: Place };

/** Its place is kept for as long as it is: whoever reads on after a failure reads on behind what was read before. */
export function openSegmentFeed(): SegmentFeed {
  let playlist: MediaPlaylist | undefined;
  /** All of it was given, and of the one behind it as much as `begun` says. */
  let lastSequence: number | undefined;
  let begun: Place | undefined;
  let completed: ListedSegment | undefined;
  /** So many segments come whole. */
  let partless = 0;
  let wake: (() => void) | undefined;
  /** What the numbers of the last playlist that was read on from named. */
  let names = new Map<number, string>();

  /** An old playlist of a slow cache lacks a few segments, and names the others as they were named before. */
  function isAnother(segments: readonly ListedSegment[], last: number): boolean {
    const newest = segments.at(-1)?.mediaSequence ?? last;
    if (newest < last - segments.length) return true;
    return segments.some(({ mediaSequence, url }) => (names.get(mediaSequence) ?? url.pathname) !== url.pathname);
  }

  function find(): Found | "ended" | undefined {
    if (playlist === undefined) return undefined;
    const { segments, open, ended } = playlist;
    const newest = segments.at(-1);
    if (newest === undefined) return ended ? "ended" : undefined;
    const restarted = lastSequence !== undefined && newest.mediaSequence < lastSequence && isAnother(segments, lastSequence);
    const start = startOf(playlist, partless === 0);
    if (lastSequence === undefined || restarted) return dueOf(start.segment, start.place, { restarted, lost: 0 });
    const from = lastSequence + 1;
    const segment = [...segments, ...(open === undefined ? [] : [open])].find(({ mediaSequence }) => mediaSequence >= from);
    if (segment === undefined) return ended ? "ended" : undefined;
    const { mediaSequence } = segment;
    const behind = endOf(playlist) - segment.startSeconds;
    const isBehind = mediaSequence > from || behind > mostBehindTargets * playlist.targetSeconds;
    if (isBehind && !ended && start.segment.mediaSequence > mediaSequence)
      return dueOf(start.segment, start.place, { restarted, lost: start.segment.mediaSequence - from });
    const place = begun?.sequence === mediaSequence ? begun : placeIn(segment, 0);
    const due = dueOf(segment, place, { restarted, lost: mediaSequence - from });
    if (due !== undefined) return due;
    if (!isComplete(segment)) return ended ? "ended" : undefined;
    if (place.given === segment.parts.length) completed = segment;
    lastSequence = mediaSequence;
    begun = undefined;
    return find();
  }

  /** What of a segment is due: a part, or all of it where parts do not do; undefined while neither is there. */
  function dueOf(segment: Listed, place: Place, how: Pick<Found, "restarted" | "lost">): Found | undefined {
    const { parts } = segment;
    const isKnown = place.last === undefined || place.last === nameOf(parts[place.next - 1]);
    const isByParts =
      partless === 0 && !segment.encrypted && !place.isRefused && isKnown && (place.next > 0 || !isComplete(segment));
    const part = parts[place.next];
    if (isByParts && part === undefined) return undefined;
    if (isByParts && part?.gap === false)
      return { segment: asSegment(segment, part, place.next), part: place.given > 0 ? "next" : "first", place, ...how };
    return isComplete(segment) ? { segment, ...(place.given > 0 ? { part: "rest" } : {}), ...how } : undefined;
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
          const { place, ...due } = found;
          const sequence = due.segment.mediaSequence;
          if (place === undefined && partless > 0) partless--;
          lastSequence = place === undefined ? sequence : sequence - 1;
          begun = place && { ...place, next: place.next + 1, given: place.given + 1, last: nameOf(due.segment) };
          names = new Map(playlist?.segments.map(({ mediaSequence, url }) => [mediaSequence, url.pathname]));
          const before = completed;
          completed = undefined;
          return { ...due, waited, ...(before === undefined ? {} : { completed: before }) };
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
    refusePart() {
      if (begun !== undefined) begun = { ...begun, next: begun.next - 1, given: begun.given - 1, isRefused: true };
    },
    leaveParts() {
      partless = partlessSegments;
    },
    beginAnew() {
      if (begun !== undefined && begun.given > 0) lastSequence = begun.sequence;
      begun = undefined;
      completed = undefined;
    },
  };
}

type Listed = ListedSegment | OpenSegment;

function isComplete(segment: Listed): segment is ListedSegment {
  return "url" in segment;
}

function placeIn({ mediaSequence }: Listed, next: number): Place {
  return { sequence: mediaSequence, next, given: 0, isRefused: false };
}

/** A name that a part keeps from one fetch of the playlist to the next: what follows as a query may be new each time. */
function nameOf(part: Pick<ListedPart, "url" | "range"> | undefined): string {
  return part === undefined ? "" : `${part.url.origin}${part.url.pathname} ${part.range?.start ?? 0}`;
}

/** What holds for all of a segment holds for its first part; the wall clock and the discontinuity are told there. */
function asSegment(segment: Listed, part: ListedPart, index: number): ListedSegment {
  const { range: _, programMilliseconds, ...media } = segment;
  const isFirst = index === 0;
  return {
    ...media,
    url: part.url,
    ...(part.range === undefined ? {} : { range: part.range }),
    seconds: part.seconds,
    startSeconds: segment.startSeconds + part.offsetSeconds,
    discontinuityBefore: isFirst && segment.discontinuityBefore,
    ...(isFirst && programMilliseconds !== undefined ? { programMilliseconds } : {}),
    gap: false,
    parts: [],
  };
}

/** Where a playlist ends, in seconds from its start. */
function endOf({ totalSeconds, open }: MediaPlaylist): number {
  return totalSeconds + (open?.parts ?? []).reduce((sum, { seconds }) => sum + seconds, 0);
}

/**
 * Where to begin: with all of a playlist that has ended, else with the last segment that is far enough from the end; with parts
 * that is PART-HOLD-BACK, and an independent part does as well where it needs nothing of the segment before it (MPEG-TS names its
 * tracks where a segment begins).
 */
function startOf(playlist: MediaPlaylist, withParts: boolean): { readonly segment: Listed; readonly place: Place } {
  const { segments, open, targetSeconds, partHoldBackSeconds, ended } = playlist;
  const listed: Listed[] = open === undefined ? [...segments] : [...segments, open];
  const [first] = listed;
  if (first === undefined) throw new RangeError("A playlist without a segment has no start.");
  let start = { segment: first, place: placeIn(first, 0) };
  if (ended) return start;
  const isByParts = withParts && partHoldBackSeconds !== undefined && !listed.some(({ encrypted }) => encrypted);
  const latest = endOf(playlist) - (isByParts ? partHoldBackSeconds : fromEdgeTargets * targetSeconds);
  for (const segment of isByParts ? listed : segments) {
    if (segment.startSeconds <= latest) start = { segment, place: placeIn(segment, 0) };
    if (!isByParts || segment.header === undefined) continue;
    for (const [index, { independent, gap, offsetSeconds }] of segment.parts.entries())
      if (independent && !gap && index > 0 && segment.startSeconds + offsetSeconds <= latest)
        start = { segment, place: placeIn(segment, index) };
  }
  return start;
}
