import path from "node:path";
import type { Encoding } from "./encodings.js";
import type { Served, Span, Strength } from "./planter.js";
import type { PreparedClip } from "./prepare.js";
import { ffmpeg, ffprobeJson } from "./program.js";
import { openRandom } from "./random.js";

/** A defect to be planted, or, without a strength, a clip that is to be coded as it is. */
export interface Delivery {
  readonly clip: PreparedClip;
  readonly encoding: Encoding;
  readonly planted?: { readonly strength: Strength; readonly span: Span; readonly seed: string };
}

export interface Delivered {
  readonly file: string;
  /** When the clip's first frame is presented, on the clock of the analysis: sound may begin a few milliseconds before it. */
  readonly offsetSeconds: number;
  /** How it is read, where that is not out of the file. */
  readonly served?: Served;
}

/** Plants, codes and damages a clip, into `folder` under `name`. @throws Error with the command that failed */
export async function deliver({ clip, encoding, planted }: Delivery, folder: string, name: string): Promise<Delivered> {
  const file = path.join(folder, `${name}.${encoding.container}`);
  const coder = [...encoding.arguments, "-pix_fmt", "yuv420p", "-threads", "1"];
  const muxer = encoding.container === "ts" ? ["-f", "mpegts"] : ["-f", "mp4"];
  await ffmpeg([
    ...["-threads", "1", "-i", clip.file, ...filters(clip, planted)],
    // What the planter asks for stands last, so that it wins.
    ...(planted?.strength.encode === undefined ? [...coder, ...muxer] : ["-threads", "1", ...muxer, ...encoding.arguments]),
    file,
  ]);
  if (planted?.strength.damage !== undefined) {
    await planted.strength.damage(file, planted.span, clip, openRandom(planted.seed));
  }
  const offsetSeconds = await pictureOffset(file);
  const served = await planted?.strength.serve?.(file, planted.span, clip);
  return { file, offsetSeconds, ...(served === undefined ? {} : { served }) };
}

function filters(clip: PreparedClip, planted: Delivery["planted"]): string[] {
  const untouched = ["-map", "0:v", ...(clip.hasSound ? ["-map", "0:a"] : [])];
  if (planted === undefined) return untouched;
  const { strength, span } = planted;
  const between = betweenFrames(span, clip);
  if (strength.graph !== undefined) {
    const forPicture = strength.graph(between, clip);
    const makesPicture = forPicture.includes("[v]");
    const graph = makesPicture ? forPicture : strength.graph(span, clip);
    const sound = graph.includes("[a]") ? ["-map", "[a]"] : clip.hasSound ? ["-map", "0:a"] : [];
    return ["-filter_complex", graph, "-map", makesPicture ? "[v]" : "0:v", ...sound];
  }
  const picture = strength.picture?.(between, clip);
  const sound = strength.sound?.(span, clip);
  return [
    ...untouched,
    ...(picture === undefined ? [] : ["-vf", picture]),
    ...(sound === undefined ? [] : ["-af", `aformat=sample_fmts=fltp:sample_rates=48000:channel_layouts=stereo,${sound}`]),
  ];
}

/** Half a frame earlier: bounds midway between frames mean the same however times are rounded. */
function betweenFrames({ startSeconds, endSeconds }: Span, { frameRate }: PreparedClip): Span {
  const half = 0.5 / frameRate;
  return { startSeconds: startSeconds - half, endSeconds: endSeconds - half };
}

interface Starts {
  readonly streams: readonly { readonly codec_type: string; readonly start_time?: string }[];
}

async function pictureOffset(file: string): Promise<number> {
  const { streams } = await ffprobeJson<Starts>(["-show_entries", "stream=codec_type,start_time", file]);
  const starts = streams.map(({ codec_type, start_time }) => ({ codec_type, startSeconds: Number(start_time ?? 0) }));
  const first = Math.min(...starts.map(({ startSeconds }) => startSeconds));
  return (starts.find(({ codec_type }) => codec_type === "video")?.startSeconds ?? first) - first;
}
