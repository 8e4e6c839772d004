import { FramewatchError } from "../errors.js";
import { runChild, throwIfAborted } from "../ffmpeg.js";
import type { MediaInput } from "../ingest/index.js";
import { cutInsidePacket } from "./completeness.js";
import { cutEnding } from "./ending.js";
import { parseFfprobeOutput } from "./ffprobe-output.js";
import type { FfprobeOutput, FfprobeStream } from "./ffprobe-output.js";
import { findFirstPresented } from "./first-presented.js";
import type { AudioTrack, MediaInfo, SideTrack, VideoTrack } from "./media-info.js";
import { deliveredFormat } from "./pixel-format.js";
import { zeroRunIn } from "./zero-run.js";
import { inputArguments, isSeekable, mostPixels } from "./plan.js";

/** How long the source may take to say what it is, all in all. */
const deadlineSeconds = 30;

/**
 * Containers whose header declares a duration. In the others (transport streams, raw streams) ffmpeg takes it from
 * the last timestamps or guesses it from the bit rate.
 */
const declaringContainers = /^(mov|matroska|webm|avi|mxf|flv|asf|wav|w64|aiff|caf|au|flac|mp3|ogg|ape|wv|tta|gif|nut|ivf|rm)$/;
/** Two pipes each. */
const mostSideTracks = 16;
const stillContainers = /^(image2|.*_pipe)$/;
/** Brands of ISO media files that hold pictures, not films: HEIF and AVIF. */
const stillBrands = /^(avif|heic|heix|mif1)$/;

/**
 * Asks what a source is: ffprobe for its tracks, then ffmpeg for the time of the first presented frame or sample,
 * which containers do not say (a transport stream may begin in mid-picture, an edit list may cut the start).
 *
 * @throws FramewatchError `media-unreadable` · `media-encrypted` · `media-too-large` · `media-stalled` after 30 s ·
 *   `program-missing` · the reason of `signal` when it aborts
 */
export async function probe(
  input: MediaInput,
  options: { readonly bytes?: number; readonly signal: AbortSignal },
): Promise<MediaInfo> {
  if (options.bytes === 0) throw new FramewatchError("media-unreadable", "The source is empty: it has 0 bytes.");
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  const signal = AbortSignal.any([options.signal, deadline]);
  try {
    const output = await runFfprobe(input, signal);
    const namedVideo = pictureTrack(output);
    const namedAudio = output.streams.flatMap((stream) => audioTrack(stream) ?? []);
    if (namedVideo === undefined && namedAudio.length === 0) {
      throw new FramewatchError("media-unreadable", "The source holds neither picture nor sound that can be decoded.");
    }
    const bytes = options.bytes ?? output.format.size;
    const { originSeconds, undecodable, hasCaptions } = await findFirstPresented(input, namedVideo, namedAudio, signal);
    const video = namedVideo === undefined || undecodable.has(namedVideo.streamIndex) ? undefined : namedVideo;
    const audio = namedAudio.filter(({ streamIndex }) => !undecodable.has(streamIndex));
    const durationSeconds = video?.still === true ? undefined : durationFrom(output, originSeconds);
    const container = output.format.name;
    const startTimecode = timecodeOf(output);
    const declaredEnd =
      container === "mov" ? output.streams.find(({ index }) => index === video?.streamIndex)?.endSeconds : undefined;
    const cut = bytes === undefined ? undefined : await cutIn(input, output, bytes, signal);
    return {
      container,
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
      durationDeclared: durationSeconds !== undefined && declaringContainers.test(container) && !output.durationGuessed,
      originSeconds,
      seekable: isSeekable({
        container,
        still: video?.still === true,
        ...(durationSeconds === undefined ? {} : { durationSeconds }),
      }),
      ...(bytes === undefined ? {} : { bytes }),
      ...(container === "mpegts" && input.kind !== "live" ? { transport: true } : {}),
      ...(startTimecode === undefined ? {} : { startTimecode }),
      ...(cut === undefined ? {} : { incompleteReason: cut }),
      ...(video === undefined
        ? {}
        : { video: declaredEnd === undefined ? video : { ...video, declaredEndSeconds: declaredEnd - originSeconds } }),
      audio,
      ...sideTracks(output, hasCaptions ? video : undefined),
    };
  } catch (error) {
    throwIfAborted(options.signal);
    if (deadline.aborted) {
      throw new FramewatchError("media-stalled", `The source did not say what it holds within ${deadlineSeconds} s.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/** Why the media cannot be whole, where its bytes alone tell. */
async function cutIn(
  input: MediaInput,
  { format, packetPositions }: FfprobeOutput,
  bytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (/^(h264|hevc)$/.test(format.name)) return input.kind === "file" ? zeroRunIn(input.url, signal) : undefined;
  return format.name === "mpegts" ? cutInsidePacket(bytes, packetPositions) : cutEnding(input, format.name, bytes, signal);
}

async function runFfprobe(input: MediaInput, signal: AbortSignal): Promise<FfprobeOutput> {
  const { stdout, lastLines } = await runChild({
    program: "ffprobe",
    arguments: [
      "-hide_banner",
      "-loglevel",
      "level+warning",
      "-print_format",
      "json",
      "-show_format",
      "-show_streams",
      "-show_programs",
      // The first packets tell by their side data whether they are encrypted: the container's names do not survive.
      "-show_packets",
      "-read_intervals",
      "%+#8",
      ...inputArguments(input),
      "-i",
      input.url,
    ],
    environment: input.environment,
    signal,
  });
  const messages = lastLines.map((line) => line.replaceAll(input.url, "source"));
  if (messages.some((line) => /max_streams|exceeds (the )?specified max pixel|Number of streams exceeds/i.test(line)))
    throw tooLarge();
  const output = parseFfprobeOutput(stdout, messages);
  if (output.streams.some(({ width, height }) => width * height > mostPixels)) throw tooLarge();
  if (output.encrypted) throw new FramewatchError("media-encrypted", "The media is encrypted.");
  return output;
}

function tooLarge(): FramewatchError {
  return new FramewatchError("media-too-large", "The source has a picture larger than 8192x4320, or more than 64 streams.");
}

function pictureTrack({ streams, format }: FfprobeOutput): VideoTrack | undefined {
  const stream = streams.find(
    (candidate) => candidate.type === "video" && candidate.codec !== undefined && !candidate.isCoverArt && candidate.width > 0,
  );
  if (stream?.codec === undefined) return undefined;
  const pixelFormat = stream.pixelFormat ?? "yuv420p";
  const delivered = deliveredFormat(pixelFormat);
  const isRgb = /^(rgb|bgr|argb|abgr|0rgb|0bgr|gbr|x2|pal8|bayer|xyz)/.test(pixelFormat);
  return {
    streamIndex: stream.index,
    codec: stream.codec,
    width: stream.width,
    height: stream.height,
    frameRate: stream.frameRate,
    pixelFormat,
    bitDepth: delivered.bitDepth,
    fullRange: !isRgb && (stream.isFullRange || pixelFormat.startsWith("yuvj")),
    // RGB is delivered as what the converter makes of it: its default matrix, limited range.
    ...(isRgb ? { colorMatrix: "smpte170m" } : stream.colorMatrix === undefined ? {} : { colorMatrix: stream.colorMatrix }),
    ...(stream.colorTransfer === undefined ? {} : { colorTransfer: stream.colorTransfer }),
    scan: stream.scan,
    rotationDegrees: stream.rotationDegrees,
    ...(stream.frames === undefined ? {} : { declaredFrames: stream.frames }),
    ...declaredRate(stream),
    still: stillContainers.test(format.name) || stillBrands.test(format.brand ?? ""),
  };
}

/** Codecs whose captions can be taken out of the coded picture. */
const captionCarriers = /^(h264|hevc|mpeg2video)$/;
const textCodecs = /^(webvtt|mov_text|subrip|srt|ass|ssa|ttml|text)$/;

/** @param captioned the picture, where it carries captions */
function sideTracks({ streams, format }: FfprobeOutput, captioned: VideoTrack | undefined): Pick<MediaInfo, "sideTracks"> {
  const kindOf = (stream: FfprobeStream): SideTrack["kind"] | undefined => {
    if (stream.index === captioned?.streamIndex && captionCarriers.test(stream.codec ?? "")) return "captions";
    if (stream.type === "subtitle" && textCodecs.test(stream.codec ?? "")) return "text";
    return stream.codec === "scte_35" ? "scte-35" : undefined;
  };
  const found = streams.flatMap((stream): SideTrack[] => {
    const { index, id, codec = "", language } = stream;
    const pid = format.name === "mpegts" && id !== undefined ? { pid: id } : {};
    const kind = kindOf(stream);
    return kind === undefined
      ? []
      : [{ kind, streamIndex: index, codec, ...pid, ...(language === undefined ? {} : { language }) }];
  });
  return found.length === 0 ? {} : { sideTracks: found.slice(0, mostSideTracks) };
}

function audioTrack(stream: FfprobeStream): AudioTrack | undefined {
  if (stream.type !== "audio" || stream.codec === undefined || stream.sampleRateHz === 0 || stream.channels === 0)
    return undefined;
  const layout = stream.layout ?? defaultLayout(stream.channels);
  return {
    streamIndex: stream.index,
    codec: stream.codec,
    channels: stream.channels,
    layout,
    layoutGuessed: stream.layout === undefined,
    sampleRateHz: stream.sampleRateHz,
    ...(stream.language === undefined ? {} : { language: stream.language }),
    ...declaredRate(stream),
  };
}

function declaredRate({ bitsPerSecond }: FfprobeStream): { readonly declaredBitsPerSecond?: number } {
  return bitsPerSecond === undefined ? {} : { declaredBitsPerSecond: bitsPerSecond };
}

/** ffmpeg's default layout for a number of channels (libavutil/channel_layout.c, `av_channel_layout_default`). */
function defaultLayout(channels: number): string {
  const layouts = ["mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"];
  return layouts[channels - 1] ?? `${channels} channels`;
}

/**
 * The duration on the media's clock. MP4 and MOV declare each track's own, and one of all tracks whose start differs
 * by who wrote it; Matroska's counts from time 0, those of the others from the first timestamp.
 */
function durationFrom({ format, streams }: FfprobeOutput, originSeconds: number): number | undefined {
  const ends =
    format.name === "mov" ? streams.flatMap(({ type, endSeconds }) => (/video|audio/.test(type) ? (endSeconds ?? []) : [])) : [];
  const start = /^(matroska|webm)$/.test(format.name) ? 0 : (format.startSeconds ?? originSeconds);
  const end = ends.length > 0 ? Math.max(...ends) : start + (format.durationSeconds ?? 0);
  return end > start && end > originSeconds ? end - originSeconds : undefined;
}

function timecodeOf({ format, streams }: FfprobeOutput): string | undefined {
  const timecodes = [format.timecode, ...streams.map(({ timecode }) => timecode)];
  return timecodes.find((timecode) => timecode !== undefined && /^\d\d:\d\d:\d\d[:;]\d\d+$/.test(timecode));
}
