import type { VideoFrame } from "./frame.js";

/** Names that the plan gives the filters, by which their lines are told apart. */
export const pictureFilterName = "picture";
export const soundFilterName = (track: number): string => `track${track}`;
/** Of the filter that sees the sound as it was decoded, before it is brought to one format. */
export const sourceFilterName = (track: number): string => `source${track}`;

/** What ffmpeg's filters `showinfo` and `ashowinfo` say of a frame, right before its bytes are written. */
export type FilterLine =
  | { readonly kind: "timeBase"; readonly numerator: number; readonly denominator: number }
  | {
      readonly kind: "picture";
      /** In units of the time base; absent where ffmpeg knows no time. */
      readonly pts?: number;
      readonly pixelFormat: string;
      readonly width: number;
      readonly height: number;
      readonly keyframe: boolean;
      readonly fieldOrder: VideoFrame["fieldOrder"];
      /** It is coded by itself. */
      readonly intra: boolean;
      /** It is the first one of its filters, which are set up anew where the decoder's format changes. */
      readonly first: boolean;
    }
  /** The frame told last carries captions. */
  | { readonly kind: "captions" }
  /** All was said of the frame told last. */
  | { readonly kind: "picture end" }
  | { readonly kind: "source"; readonly track: number; readonly sampleRate: number; readonly channels: number }
  | {
      readonly kind: "sound";
      readonly track: number;
      /** In samples. */
      readonly pts?: number;
      readonly sampleRate: number;
      readonly channels: number;
      /** Samples per channel. */
      readonly samples: number;
    };

const prefix = /^\[a?showinfo@(picture|(?:track|source)\d+) @ [^\]]+\] \[info\] /;
const timeBase = /^config in time_base: (\d+)\/(\d+)/;
const picture = /^n: *(\d+) pts: *(\S+) .*?\bfmt:(\S+) .*?\bs:(\d+)x(\d+) i:(\S) iskey:(\d)(?: type:(\S))?/;
/** CEA-608 and CEA-708 in the picture's user data (ATSC A/53 Part 4), told behind the frame's line. */
const captions = /^ +side data - .*(?:A\/53|A53).*(?:captions|cc)/i;
/** The last line of each frame. */
const pictureEnd = /^color_range:/;
const sound = /^n: *\d+ pts: *(\S+) .*?\bchannels:(\d+) .*?\brate:(\d+) nb_samples:(\d+)/;
const fieldOrders: Readonly<Record<string, VideoFrame["fieldOrder"]>> = { T: "tff", B: "bff" };

/**
 * Reads one line of stderr; `other` for lines of the two filters that say nothing we need, undefined for lines of
 * anybody else. Sources of the format: libavfilter/vf_showinfo.c, af_ashowinfo.c (5.1 to 7).
 */
export function parseFilterLine(line: string): FilterLine | "other" | undefined {
  const [start, name = ""] = prefix.exec(line) ?? [];
  if (start === undefined) return undefined;
  const text = line.slice(start.length);
  if (name === pictureFilterName) return parsePicture(text) ?? "other";
  const [, kind, track] = /^(\D+)(\d+)$/.exec(name) ?? [];
  return parseSound(text, kind === "source" ? "source" : "sound", Number(track)) ?? "other";
}

function parsePicture(text: string): FilterLine | undefined {
  const frame = picture.exec(text);
  if (frame !== null) {
    const [, count, pts = "", pixelFormat = "", width, height, interlaced = "", key, type] = frame;
    return {
      kind: "picture",
      ...ticks(pts),
      pixelFormat,
      width: Number(width),
      height: Number(height),
      keyframe: key === "1",
      fieldOrder: fieldOrders[interlaced] ?? "progressive",
      intra: type === "I",
      first: count === "0",
    };
  }
  if (pictureEnd.test(text)) return { kind: "picture end" };
  if (captions.test(text)) return { kind: "captions" };
  const [, numerator, denominator] = timeBase.exec(text) ?? [];
  return numerator === undefined
    ? undefined
    : { kind: "timeBase", numerator: Number(numerator), denominator: Number(denominator) };
}

function parseSound(text: string, kind: "sound" | "source", track: number): FilterLine | undefined {
  const [, pts, channels, sampleRate, samples] = sound.exec(text) ?? [];
  if (pts === undefined) return undefined;
  if (kind === "source") return { kind, track, sampleRate: Number(sampleRate), channels: Number(channels) };
  return {
    kind,
    track,
    ...ticks(pts),
    channels: Number(channels),
    sampleRate: Number(sampleRate),
    samples: Number(samples),
  };
}

function ticks(text: string): { pts?: number } {
  return /^-?\d+$/.test(text) ? { pts: Number(text) } : {};
}
