import { ffmpegArguments, startChild, throwIfAborted } from "../ffmpeg.js";
import type { MediaInput } from "../ingest/index.js";
import { nothingDecoded } from "./decode-errors.js";
import type { AudioTrack, VideoTrack } from "./media-info.js";
import { inputArguments, quietArguments } from "./plan.js";
import { parseFilterLine, pictureFilterName, soundFilterName } from "./showinfo.js";

/** A track that has not begun this much media time after another one does not decide when the media begins. */
const latestTrackSeconds = 10;

/** When the media begins, and which of its streams this ffmpeg has no decoder for. */
export interface FirstPresented {
  readonly originSeconds: number;
  readonly undecodable: ReadonlySet<number>;
  /** The first pictures carry captions (CEA-608, CEA-708). */
  readonly hasCaptions: boolean;
}

/** How ffmpeg describes a stream in whose first pictures it found captions. */
const captioned = /Stream #0:(\d+).*: Video: .*\bClosed Captions\b/;

const missingDecoder = /Decoder .* not found for input stream #0:(\d+)|Decoding requested, but no decoder found for.*?#0:(\d+)/;

/**
 * Source time, in seconds, of the first frame or sample that a player presents, over all tracks: found by decoding
 * the first of each, exactly as `decode` does. Tracks without a decoder are left out, for ffmpeg refuses all where it
 * cannot decode one.
 *
 * @throws FramewatchError `media-unreadable` when nothing can be decoded
 */
export async function findFirstPresented(
  input: MediaInput,
  video: VideoTrack | undefined,
  audio: readonly AudioTrack[],
  signal: AbortSignal,
): Promise<FirstPresented> {
  const undecodable = new Set<number>();
  for (;;) {
    const decodable = <Track extends VideoTrack | AudioTrack>(track: Track) => !undecodable.has(track.streamIndex);
    const { originSeconds, hasCaptions, lastLines } = await decodeFirsts(
      input,
      video === undefined || !decodable(video) ? undefined : video,
      audio.filter(decodable),
      signal,
    );
    if (originSeconds !== undefined) return { originSeconds, undecodable, hasCaptions };
    const [, ...streams] = lastLines.map((line) => missingDecoder.exec(line)).find((match) => match !== null) ?? [];
    const stream = streams.find((index) => index !== undefined);
    const tracks = audio.length + (video === undefined ? 0 : 1);
    if (stream === undefined || undecodable.has(Number(stream)) || undecodable.size + 1 >= tracks) {
      throw nothingDecoded(lastLines.map((line) => line.replaceAll(input.url, "source")));
    }
    undecodable.add(Number(stream));
  }
}

async function decodeFirsts(
  input: MediaInput,
  video: VideoTrack | undefined,
  audio: readonly AudioTrack[],
  signal: AbortSignal,
): Promise<{ readonly originSeconds?: number; readonly hasCaptions: boolean; readonly lastLines: readonly string[] }> {
  const args = ffmpegArguments((command) => {
    command
      .input(input.url)
      .inputOptions(...quietArguments, "-copyts", "-threads", "1", "-noautorotate", ...inputArguments(input));
    if (video !== undefined) {
      command
        .output("-")
        .outputOptions(
          "-map",
          `0:${video.streamIndex}`,
          "-vf",
          `showinfo@${pictureFilterName}=checksum=0`,
          "-fps_mode",
          "passthrough",
          "-f",
          "null",
        );
    }
    for (const [track, { streamIndex }] of audio.entries()) {
      command.output("-").outputOptions("-map", `0:${streamIndex}`, "-af", `ashowinfo@${soundFilterName(track)}`, "-f", "null");
    }
  });

  let hasCaptions = false;
  const firsts = new Map<string, number>();
  let timeBase = { numerator: 0, denominator: 1 };
  const tracks = audio.length + (video === undefined ? 0 : 1);

  function note(track: string, seconds: number): void {
    if (!firsts.has(track)) firsts.set(track, seconds);
    if (firsts.size === tracks || seconds > Math.min(...firsts.values()) + latestTrackSeconds) void child.stop(0);
  }

  const child = startChild({
    program: "ffmpeg",
    arguments: args,
    environment: input.environment,
    signal,
    line(text) {
      const line = parseFilterLine(text);
      hasCaptions ||= line === undefined && video !== undefined && captioned.exec(text)?.[1] === String(video.streamIndex);
      if (line === undefined || line === "other") return;
      if (line.kind === "timeBase") timeBase = line;
      else if (line.kind === "picture") note("picture", ((line.pts ?? 0) * timeBase.numerator) / timeBase.denominator);
      else if (line.kind === "sound") note(`sound ${line.track}`, (line.pts ?? 0) / line.sampleRate);
    },
  });
  await child.exit;
  throwIfAborted(signal);
  const { lastLines } = child;
  return firsts.size === 0 ? { lastLines, hasCaptions } : { lastLines, hasCaptions, originSeconds: Math.min(...firsts.values()) };
}
