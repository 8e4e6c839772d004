import sharp from "sharp";
import type { Defect, Severity } from "../../analyzers/index.js";
import type { MediaInfo } from "../../decoder/index.js";
import { isError } from "../../errors.js";
import { ffmpegArguments, runChild } from "../../ffmpeg.js";
import type { MediaInput } from "../../ingest/index.js";
import type { Evidence } from "../defect-entry.js";

/** A report has thumbnails of so many defects at most: the most severe ones, of these the first. */
const maximumDefects = 100;
const maximumSecondsPerDefect = 10;
const maximumSecondsPerReport = 60;
const childrenAtOnce = 3;

const maximumWidth = 640;
/** Small enough for a hundred of them to be part of one page. */
const smallWidth = 320;

/** The picture before a defect is this far from its start. */
const beforeSeconds = 0.5;
/** The picture of a defect is this far into it, at most: its first frame may still be a fade. */
const insideSeconds = 0.5;
/** MPEG-TS seeks up to 1.5 s late. */
const seekEarlySeconds = 3;

/** One picture in two sizes. */
export interface Picture {
  /** JPEG, at most 640 wide. */
  readonly large: Buffer;
  /** JPEG, at most 320 wide. */
  readonly small: Buffer;
}

/** The pictures of one defect. */
export interface Thumbnail {
  readonly at: Picture;
  /** Absent where the media shows nothing right before the defect. */
  readonly before?: Picture;
}

export interface ThumbnailRequest {
  readonly input: MediaInput;
  readonly media: MediaInfo;
  readonly defects: readonly Defect[];
  readonly signal: AbortSignal;
}

interface RawPicture {
  /** On the clock of the defects. */
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Buffer;
}

const rank: Readonly<Record<Severity, number>> = { critical: 0, error: 1, warning: 2, info: 3 };

function childArguments(
  input: MediaInput,
  media: MediaInfo,
  streamIndex: number,
  fromSeconds: number,
  atSeconds: number,
): string[] {
  const seekSeconds = fromSeconds - seekEarlySeconds;
  const seek = seekSeconds > 0 ? ["-noaccurate_seek", "-ss", seekSeconds.toFixed(6)] : [];
  const [from, at] = [fromSeconds, atSeconds].map((seconds) => (seconds + media.originSeconds).toFixed(6));
  const filters = [
    `select=if(isnan(prev_selected_t)\\,gte(t\\,${from})\\,gte(t\\,${at}))`,
    // Players show pixels that are not square stretched, and so do we; rotation is ffmpeg's default.
    "scale=iw*sar:ih,setsar=1",
    `scale=min(${maximumWidth}\\,iw):-2,format=rgb24`,
    "showinfo=checksum=0",
  ];
  return ffmpegArguments((command) =>
    command
      .input(input.url)
      .inputOptions("-nostdin", "-hide_banner", "-threads", "1", ...seek, ...input.inputOptions)
      .outputOptions("-copyts", "-map", `0:${streamIndex}`, "-fps_mode", "passthrough", "-frames:v", "2")
      .outputOptions("-vf", filters.join(","), "-c:v", "ppm", "-f", "image2pipe")
      .output("pipe:1"),
  );
}

/** Cuts a run of binary PPM pictures (`P6 width height 255`, then 3 bytes per pixel) and gives each its time. */
function parsePictures(bytes: Buffer, times: readonly number[]): RawPicture[] {
  const pictures: RawPicture[] = [];
  let position = 0;
  for (const seconds of times) {
    const header = /^P6\s(\d+)\s(\d+)\s255\s/.exec(bytes.toString("latin1", position, position + 40));
    if (header === null) break;
    const [width, height] = [Number(header[1]), Number(header[2])];
    const start = position + header[0].length;
    position = start + width * height * 3;
    if (position > bytes.length) break;
    pictures.push({ seconds, width, height, pixels: bytes.subarray(start, position) });
  }
  return pictures;
}

async function encode({ width, height, pixels }: RawPicture): Promise<Picture> {
  const image = sharp(pixels, { raw: { width, height, channels: 3 } });
  const [large, small] = await Promise.all([
    image.clone().jpeg({ quality: 82, mozjpeg: true }).toBuffer(),
    image.clone().resize({ width: smallWidth, withoutEnlargement: true }).jpeg({ quality: 70, mozjpeg: true }).toBuffer(),
  ]);
  return { large, small };
}

async function makeThumbnail(
  { input, media, signal }: ThumbnailRequest,
  streamIndex: number,
  defect: Defect,
): Promise<Thumbnail | undefined> {
  const { startSeconds, endSeconds = startSeconds } = defect;
  const atSeconds = startSeconds + Math.min((endSeconds - startSeconds) / 2, insideSeconds);
  const times: number[] = [];
  const { stdout } = await runChild({
    program: "ffmpeg",
    arguments: childArguments(input, media, streamIndex, Math.max(0, startSeconds - beforeSeconds), atSeconds),
    environment: input.environment,
    signal,
    line: (line) => {
      const time = /Parsed_showinfo.* pts_time:\s*(-?[\d.]+)/.exec(line)?.[1];
      if (time !== undefined) times.push(Number(time) - media.originSeconds);
    },
  });
  // Where frames are missing before the defect, the first picture already lies in it.
  const pictures = parsePictures(stdout, times);
  const before = pictures.find(({ seconds }) => seconds < startSeconds - 0.001);
  const at = pictures.findLast((picture) => picture !== before);
  if (at === undefined) return undefined;
  return { at: await encode(at), ...(before === undefined ? {} : { before: await encode(before) }) };
}

/**
 * Makes the thumbnails of defects that have a picture, by defect id, within bounds of number and time. A defect whose
 * picture cannot be had is left out: evidence is a help, no part of the judgement.
 *
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function makeThumbnails(request: ThumbnailRequest): Promise<ReadonlyMap<string, Thumbnail>> {
  const thumbnails = new Map<string, Thumbnail>();
  const { media, signal } = request;
  if (media.video === undefined) return thumbnails;
  const { streamIndex } = media.video;
  const wanted = request.defects
    .filter(({ medium }) => medium !== "audio")
    .toSorted((one, other) => rank[one.severity] - rank[other.severity] || one.startSeconds - other.startSeconds)
    .slice(0, maximumDefects)
    .values();
  const reportLimit = AbortSignal.timeout(maximumSecondsPerReport * 1000);

  async function work(): Promise<void> {
    for (const defect of wanted) {
      if (reportLimit.aborted) return;
      const limited = AbortSignal.any([signal, reportLimit, AbortSignal.timeout(maximumSecondsPerDefect * 1000)]);
      try {
        const thumbnail = await makeThumbnail({ ...request, signal: limited }, streamIndex, defect);
        if (thumbnail !== undefined) thumbnails.set(defect.id, thumbnail);
      } catch (error) {
        signal.throwIfAborted();
        if (!isError(error, "interrupted")) throw error;
      }
    }
  }
  // The workers share one iterator, so each defect is taken once.
  await Promise.all(Array.from({ length: childrenAtOnce }, work));
  return thumbnails;
}

/** Where the report's readers find the thumbnails: paths beside report.json, by defect id. */
export function evidenceOf(thumbnails: ReadonlyMap<string, Thumbnail>): ReadonlyMap<string, Evidence> {
  const paths = [...thumbnails].map(([id, { before }]) => {
    const evidence = {
      thumbnail: `evidence/${id}.jpg`,
      ...(before === undefined ? {} : { before: `evidence/${id}-before.jpg` }),
    };
    return [id, evidence] as const;
  });
  return new Map(paths);
}
