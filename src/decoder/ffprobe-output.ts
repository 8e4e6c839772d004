import { z } from "zod";
import { FramewatchError } from "../errors.js";
import { reasonIn } from "./decode-errors.js";
import type { VideoTrack } from "./media-info.js";

const tags = z.record(z.string(), z.string()).default({});
const number = z.coerce.number();

const streamSchema = z.object({
  index: z.int().min(0),
  id: number.optional(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  codec_tag_string: z.string().optional(),
  width: number.default(0),
  height: number.default(0),
  pix_fmt: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  color_transfer: z.string().optional(),
  field_order: z.string().optional(),
  avg_frame_rate: z.string().default("0/0"),
  r_frame_rate: z.string().default("0/0"),
  sample_rate: number.default(0),
  channels: number.default(0),
  channel_layout: z.string().optional(),
  start_time: number.optional(),
  duration: number.optional(),
  nb_frames: number.optional(),
  bit_rate: number.optional(),
  disposition: z.record(z.string(), z.number()).default({}),
  side_data_list: z.array(z.object({ side_data_type: z.string().optional(), rotation: number.optional() })).default([]),
  tags,
});

const outputSchema = z.object({
  format: z.object({
    format_name: z.string(),
    duration: number.optional(),
    start_time: number.optional(),
    size: number.optional(),
    tags,
  }),
  streams: z.array(streamSchema).default([]),
  programs: z.array(z.object({ streams: z.array(z.object({ index: z.int().min(0) })).default([]) })).default([]),
  packets: z
    .array(
      z.object({
        pos: number.optional(),
        side_data_list: z.array(z.object({ side_data_type: z.string().optional() })).default([]),
      }),
    )
    .default([]),
});

/** What ffprobe says of one stream, with absent values absent. */
export interface FfprobeStream {
  readonly index: number;
  /** The container's own number of it: the PID in a transport stream. */
  readonly id?: number;
  readonly type: string;
  readonly codec?: string;
  readonly width: number;
  readonly height: number;
  readonly pixelFormat?: string;
  readonly isFullRange: boolean;
  readonly colorMatrix?: string;
  readonly colorTransfer?: string;
  readonly scan: VideoTrack["scan"];
  readonly frameRate: number;
  readonly rotationDegrees: number;
  readonly isCoverArt: boolean;
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly layout?: string;
  readonly language?: string;
  readonly timecode?: string;
  /** Source time at which the stream ends, where both its start and its duration are declared. */
  readonly endSeconds?: number;
  readonly frames?: number;
  readonly bitsPerSecond?: number;
}

export interface FfprobeOutput {
  readonly format: {
    readonly name: string;
    readonly brand?: string;
    readonly durationSeconds?: number;
    readonly startSeconds?: number;
    readonly size?: number;
    readonly timecode?: string;
  };
  /** Of an HLS source that names several variants: those of the one with the largest picture, the first of its like. */
  readonly streams: readonly FfprobeStream[];
  /** The duration is an estimate from the bit rate. */
  readonly durationGuessed: boolean;
  readonly encrypted: boolean;
  /** Where the first packets lie in the source. */
  readonly packetPositions: readonly number[];
}

/**
 * Reads ffprobe's JSON. @param messages what it said on stderr
 * @throws FramewatchError `media-unreadable` with ffprobe's reason
 */
export function parseFfprobeOutput(json: Buffer, messages: readonly string[]): FfprobeOutput {
  const parsed = outputSchema.safeParse(parseJson(json));
  if (!parsed.success) {
    throw new FramewatchError("media-unreadable", `The source cannot be read: ${reasonIn(messages)}`, { cause: parsed.error });
  }
  const { format, streams: allStreams, programs, packets } = parsed.data;
  const [name = ""] = format.format_name.split(",");
  const streams = name === "hls" ? streamsOfOneVariant(allStreams, programs) : allStreams;
  const sideData = packets.flatMap((packet) => packet.side_data_list.map((data) => data.side_data_type ?? ""));
  return {
    format: {
      name,
      ...given("brand", format.tags["major_brand"]),
      ...given("durationSeconds", format.duration),
      ...given("startSeconds", format.start_time),
      ...given("size", format.size),
      ...given("timecode", format.tags["timecode"]),
    },
    streams: streams.map(streamFrom),
    durationGuessed: messages.some((line) => /Estimating duration from bitrate/i.test(line)),
    packetPositions: packets.flatMap(({ pos }) => pos ?? []),
    encrypted:
      sideData.some((type) => /^Encryption/i.test(type)) ||
      streams.some(
        (stream) =>
          /^(encv|enca|drm[si])$/.test(stream.codec_tag_string ?? "") ||
          stream.side_data_list.some((data) => /^Encryption/i.test(data.side_data_type ?? "")),
      ),
  };
}

type Stream = z.output<typeof streamSchema>;

/** Variants hold the same media: one is decoded. To ffmpeg each is a program. */
function streamsOfOneVariant(
  streams: readonly Stream[],
  programs: readonly { readonly streams: readonly { readonly index: number }[] }[],
): readonly Stream[] {
  const ofProgram = programs
    .map((program) => streams.filter(({ index }) => program.streams.some((stream) => stream.index === index)))
    .filter((own) => own.length > 0);
  const pixels = (own: readonly Stream[]): number => Math.max(...own.map(({ width, height }) => width * height));
  return ofProgram.toSorted((one, other) => pixels(other) - pixels(one))[0] ?? streams;
}

function parseJson(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString("utf8"));
  } catch {
    // Nothing, or half of it, when ffprobe died: the schema says so.
    return undefined;
  }
}

function streamFrom(stream: Stream): FfprobeStream {
  const disposition = (name: string) => stream.disposition[name] === 1;
  return {
    index: stream.index,
    ...given("id", stream.id),
    type: stream.codec_type ?? "",
    ...given("codec", /^(none|unknown)$/.test(stream.codec_name ?? "none") ? undefined : stream.codec_name),
    width: stream.width,
    height: stream.height,
    ...given("pixelFormat", stream.pix_fmt),
    isFullRange: stream.color_range === "pc",
    ...given("colorMatrix", /^(unknown|reserved|)$/.test(stream.color_space ?? "") ? undefined : stream.color_space),
    ...given("colorTransfer", /^(unknown|reserved|)$/.test(stream.color_transfer ?? "") ? undefined : stream.color_transfer),
    scan: scanOf(stream.field_order ?? ""),
    frameRate: rate(stream.avg_frame_rate) || rate(stream.r_frame_rate),
    rotationDegrees: rotationOf(stream),
    isCoverArt: disposition("attached_pic") || disposition("timed_thumbnails"),
    sampleRateHz: stream.sample_rate,
    channels: stream.channels,
    ...given("layout", /^(unknown|\d+ channels.*|)$/.test(stream.channel_layout ?? "") ? undefined : stream.channel_layout),
    ...given("language", /^(und|)$/.test(stream.tags["language"] ?? "") ? undefined : stream.tags["language"]),
    ...given("timecode", stream.tags["timecode"]),
    ...given("frames", stream.nb_frames),
    ...given("bitsPerSecond", stream.bit_rate),
    ...given(
      "endSeconds",
      stream.start_time === undefined || stream.duration === undefined ? undefined : stream.start_time + stream.duration,
    ),
  };
}

/** The display matrix turns counterclockwise, the older tag clockwise. */
function rotationOf({ side_data_list, tags: { rotate } }: Stream): number {
  const matrix = side_data_list.find(({ rotation }) => rotation !== undefined)?.rotation;
  const clockwise = matrix === undefined ? Number(rotate ?? 0) : -matrix;
  return Number.isFinite(clockwise) ? ((Math.round(clockwise) % 360) + 360) % 360 : 0;
}

/** `tb` is stored top first and shown bottom first; which field is shown first counts. */
function scanOf(fieldOrder: string): VideoTrack["scan"] {
  if (fieldOrder === "tt" || fieldOrder === "bt") return "tff";
  return fieldOrder === "bb" || fieldOrder === "tb" ? "bff" : "progressive";
}

function rate(fraction: string): number {
  const [numerator = 0, denominator = 0] = fraction.split("/").map(Number);
  return numerator > 0 && denominator > 0 ? numerator / denominator : 0;
}

function given<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}
