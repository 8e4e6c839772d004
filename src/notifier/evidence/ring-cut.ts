import { z } from "zod";
import { runChild } from "../../ffmpeg.js";
import type { LiveRing, MediaInput } from "../../ingest/index.js";
import type { CodedFrame } from "./region-drawing.js";

/** Time stamps of MPEG-TS begin again after so many seconds: 33 bits at 90 kHz (ISO/IEC 13818-1, 2.4.3.7). */
const wrapSeconds = 2 ** 33 / 90_000;

/** A moment of a live stream. */
export interface LiveMoment {
  /** Wall clock, in milliseconds, of the arrival of the moment's frame: near its time, and no nearer than the source sends evenly. */
  readonly atMilliseconds: number;
  /** The frame's time stamp in seconds, as the stretch's MPEG-TS has it; absent where unknown. */
  readonly sourceSeconds?: number | undefined;
}

/** A part of the ring in a file, and what is in it. Times are the time stamps of the file. */
export interface RingCut {
  readonly input: MediaInput;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Time stamps of the keyframes, ascending. */
  readonly keyframes: readonly number[];
  /** Absent where there is no picture. */
  readonly video?: CodedFrame & { readonly streamIndex: number };
  readonly hasSound: boolean;
}

const probedSchema = z.object({
  packets: z
    .array(z.object({ stream_index: z.int(), pts_time: z.coerce.number().optional(), flags: z.string().default("") }))
    .default([]),
  streams: z
    .array(
      z.object({
        index: z.int(),
        codec_type: z.string().optional(),
        width: z.int().optional(),
        height: z.int().optional(),
      }),
    )
    .default([]),
});

/**
 * Cuts what arrived between two moments of the wall clock out of the ring, and looks at it; undefined where nothing of it
 * is kept or nothing in it can be read.
 *
 * @throws what `cut` throws; FramewatchError `program-missing`, or the signal's reason
 */
export async function cutRing(
  ring: LiveRing,
  fromMilliseconds: number,
  untilMilliseconds: number,
  file: string,
  signal: AbortSignal,
): Promise<RingCut | undefined> {
  if (!(await ring.cut(fromMilliseconds, untilMilliseconds, file))) return undefined;
  const input: MediaInput = {
    kind: "file",
    url: `file:${file}`,
    // The same bounds on what a stream may ask for as where it is analysed.
    inputOptions: ["-protocol_whitelist", "file", "-f", "mpegts", "-max_streams", "64", "-max_pixels", String(8192 * 4320)],
    environment: {},
  };
  const entries = "packet=stream_index,pts_time,flags:stream=index,codec_type,width,height";
  const { stdout } = await runChild({
    program: "ffprobe",
    arguments: ["-v", "error", ...input.inputOptions, "-show_entries", entries, "-of", "json", input.url],
    givesWay: "partly",
    signal,
  });
  const probed = readProbe(stdout.toString("utf8"));
  if (probed === undefined) return undefined;
  const { packets, streams } = probed;
  const video = streams.find(({ codec_type: type, width }) => type === "video" && width !== undefined && width > 0);
  const sound = streams.find(({ codec_type: type }) => type === "audio");
  const leading = packets.filter(({ stream_index: index }) => index === (video ?? sound)?.index);
  const times = leading.flatMap(({ pts_time: pts }) => (pts === undefined ? [] : [pts])).toSorted((one, other) => one - other);
  const [startSeconds, endSeconds] = [times[0], times.at(-1)];
  if (startSeconds === undefined || endSeconds === undefined) return undefined;
  const keyframes = leading.flatMap(({ pts_time: pts, flags }) => (pts !== undefined && flags.includes("K") ? [pts] : []));
  const { index: streamIndex = 0, width = 0, height = 0 } = video ?? {};
  return {
    input,
    startSeconds,
    endSeconds,
    keyframes: keyframes.toSorted((one, other) => one - other),
    ...(video === undefined ? {} : { video: { streamIndex, width, height, rotationDegrees: 0 } }),
    hasSound: sound !== undefined,
  };
}

function readProbe(text: string): z.output<typeof probedSchema> | undefined {
  try {
    return probedSchema.parse(JSON.parse(text));
  } catch {
    // What is no transport stream has no evidence in it either.
    return undefined;
  }
}

/** Time stamps may be counted on over their wrap-around in one place, and not in the other. */
function unwrapped(seconds: number, near: number): number {
  return seconds + Math.round((near - seconds) / wrapSeconds) * wrapSeconds;
}

/**
 * Where in a cut a moment is, in the cut's time stamps. Where the moment's own is not known, or is none of this cut, it
 * is the last that had arrived by then.
 *
 * @param file for another cut, that ends with the moment
 * @throws as `cutRing` does
 */
export async function placeInCut(
  ring: LiveRing,
  cut: RingCut,
  { atMilliseconds, sourceSeconds }: LiveMoment,
  fromMilliseconds: number,
  file: string,
  signal: AbortSignal,
): Promise<number> {
  if (sourceSeconds !== undefined) {
    const seconds = unwrapped(sourceSeconds, (cut.startSeconds + cut.endSeconds) / 2);
    if (seconds >= cut.startSeconds - 1 && seconds <= cut.endSeconds + 1) return seconds;
  }
  const before = await cutRing(ring, fromMilliseconds, atMilliseconds, file, signal);
  return Math.min(cut.endSeconds, Math.max(cut.startSeconds, before?.endSeconds ?? cut.startSeconds));
}
