import { ffmpegArguments, startChild, throwIfAborted } from "../ffmpeg.js";
import type { MediaInput } from "../ingest/index.js";
import type { MediaInfo, SideTrack } from "./media-info.js";
import { inputArguments, quietArguments } from "./plan.js";

/** One packet of a side track. Of captions only the user data of a picture, in the order of coding. */
export interface SidePacket {
  /** Index in the media's `sideTracks`. */
  readonly track: number;
  /** Presentation time in seconds, 0 at the media's first presented frame or sample; absent where it has none. */
  readonly seconds?: number;
  /** How long it is shown; 0 where it does not say. */
  readonly durationSeconds: number;
  readonly bytes: Buffer;
}

/** What takes all but the user data out of the coded picture: SEI messages of H.264 and HEVC, user data of MPEG-2. */
const userDataFilters: Readonly<Record<string, string>> = {
  h264: "h264_mp4toannexb,filter_units=pass_types=6",
  hevc: "hevc_mp4toannexb,filter_units=pass_types=39",
  mpeg2video: "filter_units=pass_types=178",
};

/**
 * Reads the tracks beside picture and sound by a child of its own, which decodes nothing. It reads the source once more: where
 * the decoder's children stop and seek, and no packet of theirs comes out, these packets are needed whole and in order.
 *
 * Each track comes on two pipes: a table of times and sizes, and the bytes.
 *
 * @throws FramewatchError `program-missing`; the signal's reason. What ffmpeg cannot read is absent.
 */
export async function readSideTracks(
  input: MediaInput,
  media: Pick<MediaInfo, "originSeconds" | "sideTracks">,
  take: (packet: SidePacket) => void,
  signal: AbortSignal,
): Promise<void> {
  const tracks = media.sideTracks ?? [];
  if (tracks.length === 0) return;
  const child = startChild({
    program: "ffmpeg",
    arguments: argumentsFor(input, tracks),
    environment: input.environment,
    pipes: 2 * tracks.length,
    signal,
  });
  child.stdout.resume();
  try {
    for (const track of tracks.keys()) {
      const packets = openPackets(media.originSeconds, (packet) => take({ track, ...packet }));
      child.pipes[2 * track]?.on("data", packets.table);
      child.pipes[2 * track + 1]?.on("data", packets.bytes);
    }
    const ended = child.pipes.map((pipe) => new Promise<void>((resolve) => pipe.once("close", resolve)));
    await child.exit;
    await Promise.all(ended);
    throwIfAborted(signal);
  } finally {
    await child.stop(0);
  }
}

function argumentsFor(input: MediaInput, tracks: readonly SideTrack[]): string[] {
  return ffmpegArguments((command) => {
    command.input(input.url).inputOptions(...quietArguments, "-copyts", ...inputArguments(input));
    let descriptor = 3;
    for (const { streamIndex, kind, codec } of tracks) {
      const filter = kind === "captions" ? userDataFilters[codec] : undefined;
      for (const format of ["framecrc", "data"]) {
        command
          .output(`pipe:${descriptor++}`)
          .outputOptions(
            "-map",
            `0:${streamIndex}`,
            "-c",
            "copy",
            "-copyinkf",
            ...(filter === undefined ? [] : ["-bsf", filter]),
            "-flush_packets",
            "1",
            "-f",
            format,
          );
      }
    }
  });
}

/** Puts times and bytes of one track together, in whatever order its two pipes bring them. */
function openPackets(originSeconds: number, take: (packet: Omit<SidePacket, "track">) => void) {
  const waiting: { readonly size: number; readonly facts: Omit<SidePacket, "track" | "bytes"> }[] = [];
  let tickSeconds = 0;
  let text = "";
  let bytes: Buffer = Buffer.alloc(0);

  function deliver(): void {
    for (let [next] = waiting; next !== undefined && bytes.length >= next.size; [next] = waiting) {
      waiting.shift();
      take({ ...next.facts, bytes: bytes.subarray(0, next.size) });
      bytes = bytes.subarray(next.size);
    }
  }

  return {
    table(chunk: Buffer): void {
      text += chunk.toString("latin1");
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const [, numerator, denominator] = /^#tb \d+: (\d+)\/(\d+)/.exec(line) ?? [];
        if (numerator !== undefined) tickSeconds = Number(numerator) / Number(denominator);
        // Stream, dts, pts, duration, size (libavformat/framecrcenc.c).
        const [, pts, duration, size] = /^\d+, *-?\w+, *(-?\w+), *(-?\d+), *(\d+),/.exec(line) ?? [];
        if (size === undefined) continue;
        const seconds = /^-?\d+$/.test(pts ?? "") ? { seconds: Number(pts) * tickSeconds - originSeconds } : {};
        waiting.push({ size: Number(size), facts: { ...seconds, durationSeconds: Math.max(0, Number(duration)) * tickSeconds } });
      }
      deliver();
    },
    bytes(chunk: Buffer): void {
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
      deliver();
    },
  };
}
