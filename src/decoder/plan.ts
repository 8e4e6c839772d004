import { ffmpegArguments } from "../ffmpeg.js";
import type { MediaInput } from "../ingest/index.js";
import type { DecodeRequest } from "./decode-request.js";
import type { AudioTrack, MediaInfo, VideoTrack } from "./media-info.js";
import { deliveredFormat } from "./pixel-format.js";
import { pictureFilterName, soundFilterName, sourceFilterName } from "./showinfo.js";

/** The largest picture that is decoded: 8192x4320. */
export const mostPixels = 8192 * 4320;
/** The most streams that a source may have. */
export const mostStreams = 64;
/** Profile `fast` scales the picture to at most this width, in pixels. */
export const fastWidth = 640;

/** Codecs that NVDEC takes in 8 bit 4:2:0, and those that it takes in 10 bit too (NVIDIA's decode matrix, Turing and later). */
const nvdecCodecs = new Set(["h264", "hevc", "vp8", "vp9", "av1", "mpeg2video", "mpeg4", "vc1"]);
const nvdecTenBitCodecs = new Set(["hevc", "vp9", "av1"]);

/** The pipes of one decoding child, in the order of its descriptors from 3 on. */
export interface DecodePlan {
  readonly arguments: readonly string[];
  readonly picture: VideoTrack | undefined;
  readonly sound: readonly AudioTrack[];
}

/** What stands before `-i` wherever we open a source, so that ffprobe and ffmpeg count the same streams. */
export function inputArguments(input: MediaInput): string[] {
  return [
    ...input.inputOptions,
    "-analyzeduration",
    "10000000",
    "-probesize",
    "10000000",
    "-max_streams",
    String(mostStreams),
    "-max_pixels",
    String(mostPixels),
  ];
}

/** What stands before everything: messages with their level, none swallowed, and times as the source has them. */
export const quietArguments = ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+info"] as const;

/**
 * True if NVDEC can be asked for this track. Whether it then works is only known once it runs. The arguments for the
 * card (and `scale_cuda` in profile `fast`) have only been tested up to its absence and a stand-in that fails in
 * mid-decode, not yet on a card.
 */
export function suitsNvdec({ codec, pixelFormat }: VideoTrack): boolean {
  if (/^yuvj?420p$/.test(pixelFormat)) return nvdecCodecs.has(codec);
  return pixelFormat === "yuv420p10le" && nvdecTenBitCodecs.has(codec);
}

/**
 * The arguments of one decoding child: raw frames and PCM on pipes of their own, a line on stderr before each frame.
 *
 * ffmpeg's containers mend timestamps (a backward jump does not survive them), so times do not travel with the bytes.
 * Without `-copyts -fps_mode passthrough -enc_time_base -1 -autoscale 0` ffmpeg moves the start to 0, closes gaps,
 * rounds variable frame rates and scales after a change of size. One decoding thread: with more, damaged H.264
 * decodes differently each time, and two single-threaded children are faster on two cores than one with two threads.
 *
 * @param seekSeconds source time to begin at, before or at a keyframe as the container has it; absent: at the start
 */
export function planDecode(
  request: DecodeRequest,
  decoder: DecodeRequest["decoder"],
  seekSeconds: number | undefined,
): DecodePlan {
  const { input, media, profile } = request;
  const picture = request.picture ? media.video : undefined;
  const sound = request.sound ? media.audio : [];
  const onCard = decoder === "nvdec" && picture !== undefined;

  const args = ffmpegArguments((command) => {
    command
      .input(input.url)
      .inputOptions(
        ...quietArguments,
        "-copyts",
        ...(onCard ? ["-hwaccel", "cuda", "-hwaccel_output_format", "cuda"] : []),
        "-threads",
        "1",
        "-noautorotate",
        ...(profile === "keyframes" ? ["-skip_frame:v", "nokey"] : []),
        ...inputArguments(input),
        ...(seekSeconds === undefined ? [] : ["-noaccurate_seek", "-seek_timestamp", "1", "-ss", seekSeconds.toFixed(6)]),
      );
    let descriptor = 3;
    if (picture !== undefined) {
      command.output(`pipe:${descriptor++}`).outputOptions(
        "-map",
        `0:${picture.streamIndex}`,
        "-vf",
        pictureFilters(picture, profile, onCard),
        "-fps_mode",
        "passthrough",
        "-enc_time_base",
        "-1",
        "-autoscale",
        "0",
        "-c:v",
        "rawvideo",
        // Else the encoder copies each frame in threads of its own, which costs more CPU.
        "-threads",
        "1",
        "-f",
        "rawvideo",
        "-flush_packets",
        "1",
      );
    }
    for (const [track, facts] of media.audio.entries()) {
      if (!request.sound) break;
      command
        .output(`pipe:${descriptor++}`)
        .outputOptions(
          "-map",
          `0:${facts.streamIndex}`,
          "-af",
          soundFilters(facts, track),
          "-enc_time_base",
          "-1",
          "-c:a",
          "pcm_f32le",
          "-f",
          "f32le",
          "-flush_packets",
          "1",
        );
    }
  });
  const scaling = profile === "fast" && picture !== undefined && sound.length === 0 ? withoutGather : [];
  // fluent-ffmpeg writes options of the whole run behind the input, where ffmpeg would take these for the output's.
  return { arguments: ["-filter_threads", "1", ...scaling, ...args], picture, sound };
}

/**
 * Scaling gives the same samples without AVX2's gathering loads (libswscale/x86/swscale.c), in half the time
 * on AMD's Turin. Not where sound is decoded: libavutil's transforms might round otherwise.
 */
const withoutGather = process.arch === "x64" ? ["-cpuflags", "+slowgather"] : [];

function pictureFilters(picture: VideoTrack, profile: DecodeRequest["profile"], onCard: boolean): string {
  const format = deliveredFormat(picture.pixelFormat).name;
  const size = `w=min(iw\\,${fastWidth}):h=if(gt(iw\\,${fastWidth})\\,-2\\,ih)`;
  const scaling = profile !== "fast" ? [] : [onCard ? `scale_cuda=${size}` : `scale=${size}:flags=area`];
  const download = onCard ? ["hwdownload", `format=${format.endsWith("10le") ? "p010le" : "nv12"}`] : [];
  return [...scaling, ...download, `format=${format}`, `showinfo@${pictureFilterName}=checksum=0`].join(",");
}

/**
 * Rate and layout are those of the probe for all of the track: the pipe cannot say that they changed. What the decoder gives is
 * told of the first frame alone: ffmpeg sets its filters up anew where that changes, and each line costs it seven writes.
 */
function soundFilters({ sampleRateHz, layout }: AudioTrack, track: number): string {
  const named = layout.endsWith(" channels") ? "" : `:channel_layouts=${layout}`;
  return [
    `asplit[first${track}][all${track}]`,
    `[first${track}]atrim=end_sample=1,ashowinfo@${sourceFilterName(track)},anullsink`,
    `[all${track}]aformat=sample_fmts=flt:sample_rates=${sampleRateHz}${named},ashowinfo@${soundFilterName(track)}`,
  ].join(";");
}

/** The demuxers that find their way to a given time by an index or by the packets' own times, checked by tests. */
const seekableContainers = new Set(["mov", "matroska", "mpegts", "mxf"]);

/** True if segments of the media can be decoded by themselves. */
export function isSeekable(media: Pick<MediaInfo, "container" | "durationSeconds"> & { readonly still: boolean }): boolean {
  return seekableContainers.has(media.container) && media.durationSeconds !== undefined && !media.still;
}
