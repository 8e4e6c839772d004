import { setMaxListeners } from "node:events";
import { FramewatchError } from "../../errors.js";
import { displaySource } from "../../display-source.js";
import { fetchPlaylist } from "../manifest/check-manifest.js";
import type { ListedRendition } from "../manifest/parse-playlist.js";
import type { PlaylistEvent } from "../manifest/watch-playlist.js";
import type { EgressRules } from "../dial.js";
import type { EgressProxy } from "../egress-proxy.js";
import { httpResources, type ReadResource } from "../read-resource.js";
import { timeLimited } from "../time-limited.js";
import { carrySegments } from "./carry-segments.js";
import { openFaultBook } from "./fault-book.js";
import type { Receiver, ReceiverSink } from "./receiver.js";
import { watchRenditions } from "./rendition-watch.js";
import { openSegmentFeed, type SegmentFeed } from "./segment-feed.js";
import { openSegmentJoiner, type SegmentJoiner } from "./segment-joiner.js";

/** By which rules and through what all is read that the playlists name. */
export interface HlsAccess extends EgressRules {
  readonly proxy: EgressProxy;
}

export interface HlsOptions {
  /** Faults of the playlists and of what they name. */
  tell(event: PlaylistEvent): void;
  /** No new media for so long is a failure; never less than two target durations. Default 20 s. */
  readonly patienceSeconds?: number;
}

/** A host that takes longer for a playlist is away. */
const playlistSeconds = 10;
/** RFC 8216, 6.2.2: what is not there after so many target durations is late. */
const staleTargets = 1.5;
const mostRenditions = 64;

/**
 * Follows an HLS source (RFC 8216): of a multivariant playlist the variant with the highest peak, because it is what the others are
 * made from at best, and shows what viewers with the best connection see; with the default rendition of its sound. The playlists
 * of all other renditions are watched beside it. Of LL-HLS the parts are read as they come (draft-pantos-hls-rfc8216bis), and the
 * server is asked to hold requests back until there is one, where it can.
 *
 * Where it was is kept between calls of `receive`: after a failure it goes on behind the last segment of which anything was read.
 *
 * `isTransport` is false: a segment need not repeat its tables every half second nor go on counting where the one before it ended
 * (RFC 8216, 3.2), so that most of what ETSI TR 101 290 measures would be a fault in every sound source.
 */
export function openHlsReceiver(url: URL, access: HlsAccess, { tell, patienceSeconds = 20 }: HlsOptions): Receiver {
  const began = performance.now();
  const book = openFaultBook(tell, () => (performance.now() - began) / 1000);
  const feeds = new Map<string, SegmentFeed>();

  /** A query holds tokens, which may be new each time. */
  const nameOf = ({ origin, pathname }: URL): string => origin + pathname;

  function feedOf(playlist: URL): SegmentFeed {
    const feed = feeds.get(nameOf(playlist)) ?? openSegmentFeed();
    feeds.set(nameOf(playlist), feed);
    return feed;
  }

  async function receive(sink: ReceiverSink, signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    // Each rendition listens, several times: that is no leak.
    setMaxListeners(0, stop.signal);
    const abort = (): void => stop.abort(signal.reason);
    signal.addEventListener("abort", abort);
    if (signal.aborted) abort();
    const egress = access.proxy.admit(access);
    const read = httpResources(egress, access);
    let lastReason: string | undefined;
    let isForbidden = false;
    const noting: ReadResource = async (resource, request) => {
      const found = await read(resource, request);
      if (!found.found) {
        lastReason = found.reason;
        isForbidden ||= found.code === "source-forbidden";
      }
      return found;
    };

    let joiner: SegmentJoiner | undefined;
    let targetSeconds = 0;
    let isAnyMedia = false;
    let isSoundApart = false;
    let isPictureOver = false;
    let endWithoutSound = (): void => undefined;
    const endedWithoutSound = new Promise<void>((resolve) => {
      endWithoutSound = resolve;
    });
    /** Of picture and sound: when a segment came last, and whether it has not all been taken yet. */
    const came = [performance.now(), performance.now()] as [number, number];
    const isHeldBack = [false, false];
    const watchingTime = setInterval(() => {
      const now = performance.now();
      const limit = Math.max(patienceSeconds, 2 * targetSeconds);
      // The child waits for the one that is behind: with sound that is gone for good there would be no picture either.
      const soundLimit = Math.max(patienceSeconds / 2, staleTargets * targetSeconds);
      const isSoundBehind = isHeldBack[0] === true || came[0] - came[1] > targetSeconds * 1000;
      const isSoundGone = isSoundApart && now - came[1] > soundLimit * 1000;
      if (isSoundGone && (isSoundBehind || isPictureOver)) joiner?.finish(1);
      if (isSoundGone && isPictureOver) endWithoutSound();
      if (isPictureOver) return;
      if (now - came[0] <= limit * 1000) return;
      const code = isForbidden && !isAnyMedia ? "source-forbidden" : "media-stalled";
      const reason = lastReason === undefined ? "" : ` ${lastReason}`;
      stop.abort(new FramewatchError(code, `${displaySource(url.href)} gave no new media for ${limit} s.${reason}`));
    }, 250);

    const working: Promise<unknown>[] = [];
    try {
      const renditions = await listRenditions(url, timeLimited(noting, playlistSeconds), stop.signal);
      const chosen = chooseRenditions(renditions);
      for (const name of feeds.keys()) if (!chosen.some((playlist) => nameOf(playlist) === name)) feeds.delete(name);
      isSoundApart = chosen.length > 1;
      joiner = openSegmentJoiner(chosen.length, sink, stop.signal);
      const watching = watchRenditions({
        renditions,
        decoded: chosen,
        read: timeLimited(noting, playlistSeconds),
        book,
        signal: stop.signal,
        changed(changed, playlist) {
          targetSeconds = Math.max(targetSeconds, playlist.targetSeconds);
          if (chosen.some(({ href }) => href === changed.href)) feedOf(changed).take(playlist);
        },
      });
      const known = joiner;
      const carrying = Promise.all(
        chosen.map((playlist, feed) =>
          carrySegments({
            playlist,
            feed,
            from: feedOf(playlist),
            read: noting,
            joiner: known,
            book,
            targetSeconds: () => targetSeconds,
            arrived() {
              came[feed] = performance.now();
              isHeldBack[feed] = true;
              if (feed > 0) return;
              isAnyMedia = true;
              lastReason = undefined;
            },
            written() {
              isHeldBack[feed] = false;
            },
            signal: stop.signal,
          }).then(() => {
            isPictureOver ||= feed === 0;
          }),
        ),
      );
      working.push(watching, carrying);
      // A watch that fails is a failure; one that has ended is not the end: segments are still to be read.
      await Promise.race([carrying, endedWithoutSound, watching.then(() => carrying)]);
      await joiner.drain();
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : error;
    } finally {
      clearInterval(watchingTime);
      signal.removeEventListener("abort", abort);
      stop.abort();
      await joiner?.close();
      await Promise.allSettled(working);
      egress.close();
    }
  }

  return { isTransport: false, receive };
}

/** @throws FramewatchError as reading the playlist fails, `media-unreadable` for what is no playlist; the signal's reason */
async function listRenditions(url: URL, read: ReadResource, signal: AbortSignal): Promise<readonly ListedRendition[]> {
  const noted: { failure?: FramewatchError } = {};
  const main = await fetchPlaylist(
    url,
    undefined,
    async (resource, request) => {
      const found = await read(resource, request);
      if (!found.found) noted.failure = new FramewatchError(found.code ?? "source-unreachable", found.reason);
      return found;
    },
    signal,
  );
  if (noted.failure !== undefined) throw noted.failure;
  if (main.parsed === undefined)
    throw new FramewatchError(
      "media-unreadable",
      `${displaySource(url.href)} is no playlist: ${main.faults[0]?.reason ?? "it is empty"}`,
    );
  if (main.parsed.kind === "media") return [{ url, line: 0, name: "the only rendition", role: "variant" }];
  if (main.parsed.renditions.length === 0)
    throw new FramewatchError("media-unreadable", `${displaySource(url.href)} names no rendition.`);
  return main.parsed.renditions.slice(0, mostRenditions);
}

/** Picture, or picture and sound: the variant of the highest peak (the first of equals), and where its sound is, if that is apart. */
export function chooseRenditions(renditions: readonly ListedRendition[]): readonly URL[] {
  const variants = renditions.filter(({ role }) => role === "variant");
  const best = variants.reduce<ListedRendition | undefined>(
    (one, other) => (one === undefined || (other.bitsPerSecond ?? 0) > (one.bitsPerSecond ?? 0) ? other : one),
    undefined,
  );
  if (best === undefined) return renditions.slice(0, 1).map(({ url }) => url);
  return best.audio === undefined || best.audio.href === best.url.href ? [best.url] : [best.url, best.audio];
}
