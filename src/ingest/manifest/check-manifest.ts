import { setMaxListeners } from "node:events";
import { displaySource } from "../../display-source.js";
import type { ReadResource } from "../read-resource.js";
import { checkPlaylist, checkStep, type ReadRendition } from "./check-playlist.js";
import { sampleSegments } from "./check-segments.js";
import type { ManifestFacts, ManifestFault } from "./facts.js";
import { type ListedRendition, type MediaPlaylist, parsePlaylist } from "./parse-playlist.js";

/** Longest playlist that is read. */
const mostPlaylistBytes = 16 * 1024 * 1024;
/** Renditions beyond so many are not looked at. */
const mostRenditions = 64;
/** Requests to the host at the same time. */
const mostRequests = 8;
/** Faults beyond so many of a rendition say nothing new. */
const mostFaults = 200;

/** A playlist that was fetched, with what is wrong with it. */
export interface FetchedPlaylist {
  readonly parsed?: ReturnType<typeof parsePlaylist>["playlist"];
  readonly faults: readonly ManifestFault[];
  /** Its text, to see whether it changed. */
  readonly text?: string;
}

/** Fetches and reads one playlist. @throws the signal's reason */
export async function fetchPlaylist(
  url: URL,
  rendition: number | undefined,
  read: ReadResource,
  signal: AbortSignal,
): Promise<FetchedPlaylist> {
  const place = {
    ...(rendition === undefined ? {} : { rendition }),
    url: displaySource(url.href),
    startSeconds: 0,
    endSeconds: 0,
  };
  const resource = await read(url, { mostBytes: mostPlaylistBytes, signal });
  if (!resource.found) return { faults: [{ kind: "missing-playlist", ...place, reason: resource.reason }] };
  const text = resource.bytes.toString("utf8");
  const { playlist, fault } = parsePlaylist(text, resource.url);
  // What the checks of durations tell, with the segment it is about.
  const isToldBetter = playlist?.kind === "media" && fault !== undefined && /target duration/.test(fault.reason);
  const faults: ManifestFault[] = fault === undefined || isToldBetter ? [] : [{ kind: "syntax", ...place, ...fault }];
  return { faults, text, ...(playlist === undefined ? {} : { parsed: playlist }) };
}

/**
 * Checks a playlist, and all renditions that it names if it is a multivariant one: their text against the standard and against
 * each other, and whether their segments are there and last as long as they should.
 *
 * @returns undefined for what is no HLS playlist
 * @throws the signal's reason
 */
export async function checkManifest(source: URL, read: ReadResource, signal: AbortSignal): Promise<ManifestFacts | undefined> {
  const inTurn = openTurns(mostRequests);
  // Each request listens while it runs: more at a time than node takes for honest.
  setMaxListeners(0, signal);
  const main = await fetchPlaylist(source, undefined, read, signal);
  if (main.text?.includes("#EXTM3U") !== true) return undefined;
  const isMultivariant = main.parsed?.kind === "multivariant";
  const listed: readonly ListedRendition[] =
    main.parsed?.kind === "multivariant"
      ? main.parsed.renditions.slice(0, mostRenditions)
      : [{ url: source, line: 0, name: "the only rendition", role: "variant" }];

  const fetched = isMultivariant
    ? await Promise.all(listed.map(({ url }, index) => inTurn(() => fetchPlaylist(url, index, read, signal))))
    : [{ ...main, faults: main.faults.map((fault) => ({ ...fault, rendition: 0 })) }];
  const renditions = listed.flatMap(({ url, name, role }, index): ReadRendition[] => {
    const playlist = fetched[index]?.parsed;
    return playlist?.kind === "media" ? [{ index, url, name, role, playlist }] : [];
  });
  const reference = renditions.find(({ role }) => role === "variant");
  // What is still written has no segments that have to be there: the oldest may go while we ask.
  const ended = renditions.length > 0 && renditions.every(({ playlist }) => playlist.ended);
  const sampled = new Map(
    await Promise.all(
      renditions.map(async (rendition) => {
        const found = ended ? await sampleSegments(rendition, read, inTurn, signal) : { faults: [], sampled: 0 };
        return [rendition.index, found] as const;
      }),
    ),
  );

  const ofRendition = (rendition: ReadRendition): ManifestFault[] =>
    [
      ...checkPlaylist(rendition),
      ...(ended && reference !== undefined && rendition !== reference ? checkStep(rendition, reference) : []),
      ...(sampled.get(rendition.index)?.faults ?? []),
    ].slice(0, mostFaults);
  const wholeSeconds = Math.max(0, ...renditions.map(({ playlist }) => playlist.totalSeconds));
  const ofWhole = [...(isMultivariant ? main.faults : []), ...fetched.flatMap(({ faults }) => faults)];
  return {
    ended,
    renditions: listed.map(({ url, name, role }, index) => {
      const playlist = renditions.find((rendition) => rendition.index === index)?.playlist;
      return {
        name,
        url: displaySource(url.href),
        role,
        ...countsOf(playlist),
        sampledSegments: sampled.get(index)?.sampled ?? 0,
      };
    }),
    faults: [...ofWhole.map((fault) => ({ ...fault, endSeconds: wholeSeconds })), ...renditions.flatMap(ofRendition)].toSorted(
      (one, other) => one.startSeconds - other.startSeconds,
    ),
  };
}

function countsOf(playlist: MediaPlaylist | undefined) {
  return {
    segments: playlist?.segments.length ?? 0,
    durationSeconds: playlist?.totalSeconds ?? 0,
    targetSeconds: playlist?.targetSeconds ?? 0,
  };
}

/** Lets so many work at the same time, the others in their turn. */
function openTurns(places: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let free = places;
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
