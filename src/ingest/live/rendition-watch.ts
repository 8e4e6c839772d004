import { setTimeout as pause } from "node:timers/promises";
import { displaySource } from "../../display-source.js";
import { checkPlaylist, nameOf, round } from "../manifest/check-playlist.js";
import type { ListedRendition, MediaPlaylist } from "../manifest/parse-playlist.js";
import { watchPlaylist } from "../manifest/watch-playlist.js";
import type { ReadResource } from "../read-resource.js";
import type { FaultBook } from "./fault-book.js";

/** How often it is asked whether the newest segment of a rendition that nobody decodes is there. */
const usualSampleSeconds = 30;
/** A player changes renditions within its buffer, which is three target durations behind the edge (RFC 8216, 6.3.3). */
const stepTargets = 3;
/** Faults of a playlist's text that stand in it for as long as it names the segment. */
const listedKinds = ["target-duration", "wrong-duration", "missing-segment"] as const;

export interface RenditionWatch {
  readonly renditions: readonly ListedRendition[];
  /** Their segments are read anyway. */
  readonly decoded: readonly URL[];
  readonly read: ReadResource;
  readonly book: FaultBook;
  readonly signal: AbortSignal;
  /** Default 30 s. */
  readonly sampleSeconds?: number;
  /** A playlist was fetched and had changed. */
  changed(url: URL, playlist: MediaPlaylist): void;
}

/**
 * Follows the playlists of all renditions, and looks whether they are in step with each other and, now and then, whether the
 * segments are there that nobody decodes. Settles when all have ended.
 * @throws the signal's reason
 */
export async function watchRenditions({
  renditions,
  decoded,
  read,
  book,
  signal,
  sampleSeconds = usualSampleSeconds,
  changed,
}: RenditionWatch): Promise<void> {
  const steps = openStepCheck(book);
  await Promise.all(
    renditions.map(async (rendition, index) => {
      const { url } = rendition;
      const displayed = displaySource(url.href);
      let newest: MediaPlaylist | undefined;
      const told = new Set<string>();
      const isDecoded = decoded.some(({ href }) => href === url.href);
      const watching = watchPlaylist({
        url,
        read,
        signal,
        asksAhead: isDecoded,
        tell(event) {
          if (event.event === "opened") told.add(event.kind);
          else told.delete(event.kind);
          book.take(event);
        },
        changed(playlist) {
          // What a watch before this one left open, and this one does not find; the first playlist may still be the stale one.
          const left = (["missing-playlist", "syntax", "stale"] as const).filter((kind) => !told.has(kind));
          book.clear(
            displayed,
            left.filter((kind) => kind !== "stale" || newest !== undefined),
          );
          newest = playlist;
          const faults = checkPlaylist({ ...rendition, index, playlist });
          for (const kind of listedKinds)
            book.set(
              "text",
              kind,
              displayed,
              faults.find((fault) => fault.kind === kind),
            );
          steps.take(rendition, playlist);
          changed(url, playlist);
        },
      });
      if (isDecoded) return watching;
      const stop = new AbortController();
      const sampling = sample(() => newest, displayed, { read, book, signal: stop.signal, sampleSeconds });
      const abort = (): void => stop.abort(signal.reason);
      signal.addEventListener("abort", abort);
      try {
        return await watching;
      } finally {
        signal.removeEventListener("abort", abort);
        stop.abort();
        await sampling;
      }
    }),
  );
}

/** Asks for the first byte of the newest segment from time to time, until the signal aborts. */
async function sample(
  newest: () => MediaPlaylist | undefined,
  url: string,
  { read, book, signal, sampleSeconds }: Pick<RenditionWatch, "read" | "book" | "signal"> & { readonly sampleSeconds: number },
): Promise<void> {
  try {
    for (;;) {
      await pause(sampleSeconds * 1000, undefined, { signal });
      const segment = newest()?.segments.at(-1);
      if (segment === undefined || segment.gap) continue;
      const found = await read(segment.url, { start: segment.range?.start ?? 0, mostBytes: 1, signal });
      book.set(
        "sample",
        "missing-segment",
        url,
        found.found ? undefined : { reason: `${nameOf(segment)}: ${found.reason}`, line: segment.line },
      );
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/**
 * Whether renditions go on side by side. By the wall clock of their ends where they tell it (EXT-X-PROGRAM-DATE-TIME); else by their
 * media sequence numbers: those need not be equal (RFC 8216, 6.3.4 forbids to rely on it), but they keep their distance.
 */
export function openStepCheck(book: Pick<FaultBook, "set">): { take(rendition: ListedRendition, playlist: MediaPlaylist): void } {
  interface Edge {
    readonly sequence: number;
    readonly atMilliseconds?: number;
    readonly targetSeconds: number;
  }
  const edges = new Map<string, Edge>();
  const distances = new Map<string, number>();
  let reference: ListedRendition | undefined;

  /** How far one is behind the reference, in segments or more than so many target durations; undefined where it cannot be told. */
  function behindSeconds(href: string, edge: Edge, other: Edge): number {
    if (edge.atMilliseconds !== undefined && other.atMilliseconds !== undefined)
      return (other.atMilliseconds - edge.atMilliseconds) / 1000;
    const distance = other.sequence - edge.sequence;
    const usual = distances.get(href) ?? distance;
    distances.set(href, usual);
    return (distance - usual) * Math.max(edge.targetSeconds, other.targetSeconds);
  }

  function compare(rendition: ListedRendition): void {
    const { href } = rendition.url;
    const edge = edges.get(href);
    const other = reference && edges.get(reference.url.href);
    if (edge === undefined || other === undefined || reference === undefined || rendition.role === "subtitles") return;
    const behind = behindSeconds(href, edge, other);
    const limit = stepTargets * Math.max(edge.targetSeconds, other.targetSeconds);
    const reason = `${rendition.name} is ${round(Math.abs(behind))} s ${behind > 0 ? "behind" : "ahead of"} ${reference.name}.`;
    book.set("step", "out-of-step", displaySource(href), Math.abs(behind) > limit ? { reason } : undefined);
  }

  const compared = new Map<string, ListedRendition>();
  return {
    take(rendition, playlist) {
      const newest = playlist.segments.at(-1);
      if (newest === undefined) return;
      reference ??= rendition;
      const dated = playlist.segments.findLast(({ programMilliseconds }) => programMilliseconds !== undefined);
      const since = dated === undefined ? 0 : playlist.totalSeconds - dated.startSeconds;
      edges.set(rendition.url.href, {
        sequence: newest.mediaSequence,
        targetSeconds: playlist.targetSeconds,
        ...(dated?.programMilliseconds === undefined ? {} : { atMilliseconds: dated.programMilliseconds + since * 1000 }),
      });
      if (rendition.url.href !== reference.url.href) {
        compared.set(rendition.url.href, rendition);
        compare(rendition);
        return;
      }
      for (const one of compared.values()) compare(one);
    },
  };
}
