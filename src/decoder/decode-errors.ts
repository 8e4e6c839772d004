import { FramewatchError } from "../errors.js";
import type { DecodeErrorKind } from "./decode-outcome.js";

type ErrorMedium = DecodeErrorKind["medium"];

/** One complaint of ffmpeg about the media. */
export interface Complaint {
  readonly medium: ErrorMedium;
  readonly message: string;
}

/** What is known of a child's streams, to tell whose complaint a line is. */
export interface StreamFacts {
  /** Indexes of the streams that are decoded. */
  readonly picture?: number;
  readonly sound: readonly number[];
}

const anyLine = /^((?:\[[^\]]+ @ 0x[0-9a-f]+\] )*)\[(\w+)\] (.*)$/;
const mapping = /^ *Stream #0:(\d+) -> #\d+:\d+ \((\S+) \(([^)]+)\)/;
const namedStream = /(?:stream #0:|in stream )(\d+)/;

/** Components of our own half of ffmpeg: what they complain about is not the media. */
const ownComponents =
  /^(rawvideo|f32le|pcm_f32le|null|wrapped_avframe|swscaler|SWR|graph|Parsed_|format|auto_|a?showinfo|enc:|out#|[va]ost#)/;
/** Complaints below the level of an error that mean damage all the same. */
const damage =
  /corrupt input packet|corrupt decoded frame|concealing \d+|PES packet size mismatch|Continuity check failed|Packet mismatch|timestamp discontinuity/i;
/** Said at the level of an error, and no fault of the media. */
const harmless = /non monotonically increasing dts|Late SEI|Queue input is backward|Output file is empty/i;

/** Tells ffmpeg's complaints about the media from everything else that it writes to stderr. */
export function openComplaintParser(streams: StreamFacts): (line: string) => Complaint | undefined {
  const components = new Map<string, ErrorMedium>();
  // Before the mapping stands what ffmpeg met when it looked at the first seconds; decoding meets it again.
  let decoding = false;

  function mediumOfStream(index: number): ErrorMedium | undefined {
    if (index === streams.picture) return "video";
    return streams.sound.includes(index) ? "audio" : undefined;
  }

  return (line) => {
    const [, owners = "", level = "", message = ""] = anyLine.exec(line) ?? [];
    const mapped = owners === "" ? mapping.exec(message) : null;
    if (mapped !== null) {
      decoding = true;
      const [, index, codec = "", decoder = ""] = mapped;
      const medium = mediumOfStream(Number(index)) ?? "container";
      components.set(codec, medium).set(decoder, medium);
      return undefined;
    }
    const isError = /^(error|fatal|panic)$/.test(level);
    if (!decoding || (!isError && !damage.test(message)) || harmless.test(message)) return undefined;

    const names = [...owners.matchAll(/\[([^\]]+) @/g)].map(([, name = ""]) => name.replace(/^dec:/, ""));
    const [, stream] = namedStream.exec(message) ?? [];
    if (stream !== undefined) {
      const medium = mediumOfStream(Number(stream));
      return medium === undefined ? undefined : { medium, message };
    }
    if (names.length === 0 || names.some((name) => ownComponents.test(name))) return undefined;
    const medium = names.map((name) => components.get(name) ?? mediumOfOwner(name)).find((found) => found !== undefined);
    return { medium: medium ?? "container", message };
  };
}

/** ffmpeg 7 names the input stream that owns a decoder: `vist#0:0/h264`. */
function mediumOfOwner(name: string): ErrorMedium | undefined {
  if (name.startsWith("vist#")) return "video";
  return name.startsWith("aist#") ? "audio" : undefined;
}

/** Where ffmpeg's decoders of block codecs say that they failed: `error while decoding MB 12 5`, `ac-tex damaged at 12 5`. */
const macroblock = /\b(?:MB|damaged at|P Frame at|B Frame at) (\d+) (\d+)/;
const macroblockRows = 16;

/**
 * The rows of luma that complaints name, of a picture of `height` rows. Of a row of macroblocks in which decoding failed
 * nothing behind the failure was read, so all of it counts; how far the damage reaches below is not said.
 */
export function damagedRows(
  complaints: readonly Complaint[],
  height: number,
): { readonly top: number; readonly height: number } | undefined {
  if (complaints.length === 0) return undefined;
  const tops = complaints.flatMap(({ message }) => {
    const [, , row] = macroblock.exec(message) ?? [];
    return row === undefined || Number(row) * macroblockRows >= height ? [] : Number(row) * macroblockRows;
  });
  if (tops.length === 0) return undefined;
  const top = Math.min(...tops);
  return { top, height: Math.min(height, Math.max(...tops) + macroblockRows) - top };
}

/** The most kinds of errors that are kept; a stream of noise can make a new one with every packet. */
const mostKinds = 200;

/** Counts complaints by their kind. */
export function openErrorCounts(): { add(complaint: Complaint, seconds: number): void; kinds(): DecodeErrorKind[] } {
  const counts = new Map<string, DecodeErrorKind>();
  return {
    add({ medium, message }, seconds) {
      const kind = kindOf(message);
      const key = `${medium} ${kind}`;
      const known = counts.get(key);
      if (known === undefined && counts.size >= mostKinds) return;
      counts.set(key, {
        kind,
        medium,
        count: (known?.count ?? 0) + 1,
        firstSeconds: Math.min(known?.firstSeconds ?? seconds, seconds),
        lastSeconds: Math.max(known?.lastSeconds ?? seconds, seconds),
        example: known?.example ?? message.slice(0, 300),
      });
    },
    kinds: () => [...counts.values()],
  };
}

/** The message with numbers, addresses and bytes taken out. */
function kindOf(message: string): string {
  return message
    .replace(/\b(0x)?[0-9a-f]*\d[0-9a-f]*\b/gi, "#")
    .replace(/-#/g, "#")
    .slice(0, 200);
}

/** Refuses a source of which nothing at all could be decoded. */
export function nothingDecoded(lastLines: readonly string[]): FramewatchError {
  const mapped = lastLines.findIndex((line) => line.includes("Stream mapping:"));
  return new FramewatchError(
    "media-unreadable",
    `Nothing in the source can be decoded: ${reasonIn(lastLines.slice(mapped + 1), "it declares tracks and holds nothing of them")}`,
  );
}

/** What ffmpeg's words mean to a person, where they do not speak for themselves. */
const meanings: readonly (readonly [words: RegExp, meaning: string])[] = [
  [/moov atom not found/, "it has no index: it was cut, its recording never finished, or it is no MP4 at all"],
  [
    /no tfhd was found|could not find corresponding (track|trex)/,
    "it is one segment of a film without its initialisation segment",
  ],
  [/^(source: )?Invalid data found when processing input/, "it is no media that ffmpeg knows, or its beginning is damaged"],
  [/^Format not on whitelist/, "it is no film, sound or picture, or a list of other files"],
  [/^(source: )?End of file/, "it ends before its first frame"],
];

/** The first error of a child that failed, which those behind it mostly follow from, and what it means. */
export function reasonIn(lines: readonly string[], otherwise = "no reason given"): string {
  const line = lines.find((text) => /\[(error|fatal|panic)\]/.test(text));
  const words = line?.replace(/^(\[[^\]]+\] )+/, "");
  if (words === undefined) return otherwise;
  const meaning = meanings.find(([pattern]) => pattern.test(words))?.[1];
  return meaning === undefined ? words : `${meaning} (${words.slice(0, 80)})`;
}
