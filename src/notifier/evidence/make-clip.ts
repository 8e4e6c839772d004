import { stat } from "node:fs/promises";
import { ffmpegArguments, runChild } from "../../ffmpeg.js";
import { type ClipCodec, type ClipEncoder, codecArguments } from "./clip-encoder.js";
import type { RingCut } from "./ring-cut.js";

/** MPEG-TS seeks up to 1.5 s late. */
const seekEarlySeconds = 1.6;

/** What a person recognizes a fault in, for three quarters of the processor time of 720p (measured: 3.2 s for 10 s of 1080p30). */
const maximumWidth = 960;
const maximumHeight = 540;

export interface ClipWish {
  /** First and last moment, in the cut's time stamps. */
  readonly fromSeconds: number;
  readonly untilSeconds: number;
  /** Which of the sound tracks is heard, counted from 0. */
  readonly soundTrack: number;
}

/** A file that plays from its first bytes on, in a browser, whatever the source is coded with. */
function clipArguments(cut: RingCut, wish: ClipWish, codec: ClipCodec, file: string): string[] {
  const { fromSeconds, untilSeconds, soundTrack } = wish;
  const [from, until] = [fromSeconds.toFixed(6), untilSeconds.toFixed(6)];
  const keyframe = cut.keyframes.findLast((seconds) => seconds <= fromSeconds);
  const seekSeconds = (keyframe ?? cut.startSeconds) - cut.startSeconds - seekEarlySeconds;
  const seek = seekSeconds > 0 ? ["-noaccurate_seek", "-ss", seekSeconds.toFixed(6)] : [];
  const smaller = `min(1\\,min(${maximumWidth}/(iw*sar)\\,${maximumHeight}/ih))`;
  const pictureFilters = [
    `trim=start=${from}:end=${until}`,
    `setpts=PTS-${from}/TB`,
    // Only frames that say they are interlaced: combs in others are a defect, and to be seen.
    "yadif=deint=interlaced",
    `scale=w=2*trunc(iw*sar*${smaller}/2):h=2*trunc(ih*${smaller}/2)`,
    "setsar=1,format=yuv420p",
  ];
  // Missing samples become silence, or what follows would come too early.
  const soundFilters = [`atrim=start=${from}:end=${until}`, `asetpts=PTS-${from}/TB`, "aresample=48000:async=1:first_pts=0"];
  const picture =
    cut.video === undefined
      ? []
      : ["-map", `0:${cut.video.streamIndex}`, "-vf", pictureFilters.join(","), "-fps_mode", "vfr", ...codecArguments[codec]];
  const sound = ["-map", `0:a:${soundTrack}?`, "-af", soundFilters.join(","), "-c:a", "aac", "-b:a", "128k", "-ac", "2"];
  return ffmpegArguments((command) =>
    command
      .input(cut.input.url)
      .inputOptions("-nostdin", "-hide_banner", "-loglevel", "error", "-y", "-copyts")
      // Damage is what is to be seen: ffmpeg's own measure of too much of it is no failure here.
      .inputOptions("-max_error_rate", "1", "-threads", "2")
      .inputOptions(...seek, ...cut.input.inputOptions)
      .outputOptions(...picture, ...(cut.hasSound ? sound : []))
      .outputOptions("-map_metadata", "-1", "-movflags", "+faststart", "-f", "mp4")
      .output(file),
  );
}

/**
 * Writes a clip (MP4: H.264 and AAC, at most 960x540) of a part of a cut; gives the codec of its picture, or undefined
 * where that cannot be written.
 *
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function makeClip(
  cut: RingCut,
  wish: ClipWish,
  { codecs }: ClipEncoder,
  file: string,
  signal: AbortSignal,
): Promise<ClipCodec | undefined> {
  if (wish.fromSeconds >= cut.endSeconds || wish.untilSeconds <= cut.startSeconds) return undefined;
  for (const codec of codecs) {
    const { code } = await runChild({
      program: "ffmpeg",
      arguments: clipArguments(cut, wish, codec, file),
      givesWay: "partly",
      signal,
    });
    const bytes = code === 0 ? (await stat(file)).size : 0;
    if (bytes > 0) return codec;
  }
  return undefined;
}
