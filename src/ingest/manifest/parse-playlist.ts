import { parse, setOptions, type types } from "hls-parser";
import { type ListedPart, partsOf } from "./listed-parts.js";
import { type ByteRange, rangeOf, resolve } from "./named-resource.js";

/** A segment as a media playlist names it. */
export interface ListedSegment {
  readonly url: URL;
  /** Line of the playlist on which it stands, counted from 1. */
  readonly line: number;
  /** EXTINF, in seconds. */
  readonly seconds: number;
  /** Where it begins by the durations before it, in seconds from the start of the playlist. */
  readonly startSeconds: number;
  readonly mediaSequence: number;
  readonly discontinuitySequence: number;
  readonly discontinuityBefore: boolean;
  /** Its bytes of the resource; all where absent. */
  readonly range?: ByteRange;
  /** The header that its media needs (EXT-X-MAP). */
  readonly header?: { readonly url: URL; readonly range?: ByteRange };
  readonly encrypted: boolean;
  /** How it is encrypted; absent where it is not. */
  readonly key?: SegmentKey;
  /** Wall clock of its start (EXT-X-PROGRAM-DATE-TIME), in milliseconds; of segments that the tag stands before. */
  readonly programMilliseconds?: number;
  /** The server says that it is not there (EXT-X-GAP). */
  readonly gap: boolean;
  /** LL-HLS: its parts, in their order; none where the playlist names them no more, or never did. */
  readonly parts: readonly ListedPart[];
}

/** The segment that is still being written: it has parts, and neither a URI nor a duration. */
export type OpenSegment = Omit<ListedSegment, "url">;

/** EXT-X-KEY (RFC 8216, 4.3.2.4). */
export interface SegmentKey {
  /** `AES-128`, `SAMPLE-AES` … */
  readonly method: string;
  /** `identity`, or the name of a system of rights. */
  readonly format: string;
  readonly url?: URL;
  /** 16 bytes; the media sequence number takes its place where it is absent. */
  readonly initializationVector?: Uint8Array;
}

export interface MediaPlaylist {
  readonly kind: "media";
  /** What may still happen to it (EXT-X-PLAYLIST-TYPE); absent where it does not say. */
  readonly playlistType?: "EVENT" | "VOD";
  readonly targetSeconds: number;
  /** Nothing will be added. */
  readonly ended: boolean;
  readonly segments: readonly ListedSegment[];
  readonly totalSeconds: number;
  /** LL-HLS: how long a part may be, in seconds. */
  readonly partTargetSeconds?: number;
  /** LL-HLS: how far from the end who reads parts begins, in seconds (PART-HOLD-BACK). */
  readonly partHoldBackSeconds?: number;
  /** The server holds a request back until the playlist has what the request names (CAN-BLOCK-RELOAD). */
  readonly canBlockReload: boolean;
  /** LL-HLS: the segment behind the last one, of which there are parts already. */
  readonly open?: OpenSegment;
}

/** One rendition of a multivariant playlist. */
export interface ListedRendition {
  readonly url: URL;
  readonly line: number;
  /** `1280x720 2500 kbit/s`, `audio English`: for people. */
  readonly name: string;
  readonly role: "variant" | "audio" | "subtitles";
  /** Of a variant: its peak, in bits per second. */
  readonly bitsPerSecond?: number;
  /** Of a variant whose sound is a playlist of its own: where that is; the default one of its group. */
  readonly audio?: URL;
}

export interface MultivariantPlaylist {
  readonly kind: "multivariant";
  readonly renditions: readonly ListedRendition[];
}

/** What a playlist's text holds, and how it breaks the standard. */
export interface ParsedPlaylist {
  /** Absent where it is so wrong that nothing can be read from it. */
  readonly playlist?: MediaPlaylist | MultivariantPlaylist;
  /** The first thing by which it breaks the standard, with the line where that is known. */
  readonly fault?: { readonly reason: string; readonly line?: number };
}

/**
 * Reads a playlist (RFC 8216): strictly first, for what is wrong with it, then as far as it goes.
 * @param url where it was found: what it names is relative to that
 */
export function parsePlaylist(text: string, url: URL): ParsedPlaylist {
  // A mark at the start of the text is allowed by nobody and sent by some: it says nothing of what follows.
  const body = text.replace(/^\uFEFF/, "");
  const strict = attempt(body, true);
  const reason = strict.reason !== undefined && allowed.test(strict.reason) ? undefined : strict.reason;
  const fault = reason === undefined ? {} : { fault: { reason, ...lineOf(reason, body) } };
  const parsed = strict.parsed ?? attempt(body, false).parsed;
  if (parsed === undefined) return fault;
  const lines = uriLines(body);
  return { ...fault, playlist: parsed.isMasterPlaylist ? multivariantFrom(parsed, lines, url) : mediaFrom(parsed, lines, url) };
}

/**
 * What the package complains of in LL-HLS and draft-pantos-hls-rfc8216bis allows: a server without blocking reload (6.2.5.2: MAY),
 * or without hints (6.2.6: MAY), short parts before an independent one (4.4.4.9), parts that stay for three target durations, not
 * segments (6.2.2: SHOULD).
 */
const allowed =
  /CAN-BLOCK-RELOAD=YES is mandatory|must contain an EXT-X-PRELOAD-HINT|at least 85% of PART-TARGET|Remove EXT-X-PART/;

type Parsed = types.MasterPlaylist | types.MediaPlaylist;

function attempt(text: string, strictMode: boolean): { readonly parsed?: Parsed; readonly reason?: string } {
  // The package keeps its options for the whole process; nobody else uses it, and parsing never waits.
  setOptions({ strictMode, silent: true });
  try {
    return { parsed: parse(text) };
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** The first line with the tag that a message names. */
function lineOf(reason: string, text: string): { readonly line?: number } {
  const [tag] = /EXT[A-Z0-9-]*/.exec(reason) ?? [];
  if (tag === undefined || /REQUIRED|MUST contain|required|mandatory$/.test(reason)) return {};
  const at = text.split("\n").findIndex((line) => line.startsWith(`#${tag}`));
  return at < 0 ? {} : { line: at + 1 };
}

interface UriLine {
  readonly text: string;
  readonly line: number;
}

function uriLines(text: string): UriLine[] {
  return text
    .split("\n")
    .map((line, index) => ({ text: line.trim(), line: index + 1 }))
    .filter((line) => line.text !== "" && !line.text.startsWith("#"));
}

/** Lines in the order of what stands on them; what is named twice has two. */
function openLines(lines: readonly UriLine[]): (uri: string) => number {
  let next = 0;
  return (uri) => {
    const found = lines.findIndex(({ text }, index) => index >= next && text === uri);
    if (found < 0) return 0;
    next = found + 1;
    return lines[found]?.line ?? 0;
  };
}

function mediaFrom(parsed: types.MediaPlaylist, lines: readonly UriLine[], base: URL): MediaPlaylist {
  const line = openLines(lines);
  const segments: ListedSegment[] = [];
  let open: OpenSegment | undefined;
  let startSeconds = 0;
  for (const segment of parsed.segments) {
    const seconds = Number.isFinite(segment.duration) ? segment.duration : 0;
    const { map } = segment;
    const header = map?.uri ? resolve(map.uri, base) : undefined;
    const media: OpenSegment = {
      line: segment.uri ? line(segment.uri) : 0,
      seconds,
      startSeconds,
      mediaSequence: segment.mediaSequenceNumber,
      discontinuitySequence: segment.discontinuitySequence,
      discontinuityBefore: segment.discontinuity === true,
      ...rangeOf(segment.byterange),
      ...(header === undefined ? {} : { header: { url: header, ...rangeOf(map.byterange) } }),
      encrypted: (segment.key?.method ?? "NONE") !== "NONE",
      ...keyOf(segment.key, base),
      ...(segment.programDateTime === undefined || Number.isNaN(segment.programDateTime?.getTime())
        ? {}
        : { programMilliseconds: segment.programDateTime.getTime() }),
      gap: segment.gap === true,
      parts: partsOf(segment.parts, base),
    };
    if (!segment.uri) {
      if (media.parts.length > 0) open = openSegment(media, segment, segments.at(-1), parsed.discontinuitySequenceBase);
      continue;
    }
    const url = resolve(segment.uri, base);
    if (url === undefined) continue;
    segments.push({ url, ...media });
    startSeconds += seconds;
  }
  const { canBlockReload, partHoldBack } = parsed.lowLatencyCompatibility ?? {};
  return {
    kind: "media",
    ...(parsed.playlistType ? { playlistType: parsed.playlistType } : {}),
    targetSeconds: Number.isFinite(parsed.targetDuration) ? parsed.targetDuration : 0,
    ended: parsed.endlist,
    segments,
    totalSeconds: startSeconds,
    ...(parsed.partTargetDuration ? { partTargetSeconds: parsed.partTargetDuration } : {}),
    ...(partHoldBack ? { partHoldBackSeconds: partHoldBack } : {}),
    canBlockReload: canBlockReload === true,
    ...(open === undefined ? {} : { open }),
  };
}

/** The package does not carry header, key and discontinuities over to the segment that has no URI yet. */
function openSegment(
  media: OpenSegment,
  { map, key }: types.Segment,
  last: ListedSegment | undefined,
  firstDiscontinuity = 0,
): OpenSegment {
  const { header, encrypted, key: kept, ...rest } = media;
  const hasHeader = map?.hint === false && header !== undefined;
  const hasKey = key?.method !== undefined;
  const usedHeader = hasHeader ? header : last?.header;
  const usedKey = hasKey ? kept : last?.key;
  return {
    ...rest,
    discontinuitySequence: (last?.discontinuitySequence ?? firstDiscontinuity) + (rest.discontinuityBefore ? 1 : 0),
    ...(usedHeader === undefined ? {} : { header: usedHeader }),
    encrypted: hasKey ? encrypted : last?.encrypted === true,
    ...(usedKey === undefined ? {} : { key: usedKey }),
  };
}

function keyOf(key: types.Key | null | undefined, base: URL): { readonly key?: SegmentKey } {
  if (!key || key.method === "NONE") return {};
  const url = key.uri ? resolve(key.uri, base) : undefined;
  const vector = key.iv ? new Uint8Array(key.iv) : undefined;
  return {
    key: {
      method: key.method,
      format: key.format ?? "identity",
      ...(url === undefined ? {} : { url }),
      ...(vector?.length === 16 ? { initializationVector: vector } : {}),
    },
  };
}

function multivariantFrom({ variants }: types.MasterPlaylist, lines: readonly UriLine[], base: URL): MultivariantPlaylist {
  const line = openLines(lines);
  const renditions = new Map<string, ListedRendition>();
  const add = (uri: string | undefined, rendition: Omit<ListedRendition, "url">): void => {
    const url = uri === undefined ? undefined : resolve(uri, base);
    if (url !== undefined && !renditions.has(url.href)) renditions.set(url.href, { url, ...rendition });
  };
  for (const { uri, isIFrameOnly, resolution, bandwidth, audio: sounds } of variants) {
    if (isIFrameOnly === true) continue;
    const size = resolution?.width === undefined ? "" : `${resolution.width}x${resolution.height} `;
    const sound = sounds.find(({ isDefault }) => isDefault) ?? sounds[0];
    // A rendition without a URI lies in the variant's own segments (RFC 8216, 4.3.4.2.1).
    const audio = sound?.uri ? resolve(sound.uri, base) : undefined;
    add(uri, {
      line: line(uri),
      name: `${size}${Math.round(bandwidth / 1000)} kbit/s`,
      role: "variant",
      ...(Number.isFinite(bandwidth) ? { bitsPerSecond: bandwidth } : {}),
      ...(audio === undefined ? {} : { audio }),
    });
  }
  for (const { audio, subtitles } of variants) {
    for (const { uri, name } of audio) add(uri, { line: 0, name: `audio ${name}`, role: "audio" });
    for (const { uri, name } of subtitles) add(uri, { line: 0, name: `subtitles ${name}`, role: "subtitles" });
  }
  return { kind: "multivariant", renditions: [...renditions.values()] };
}
