import type { MediaInfo } from "../../decoder/index.js";
import { isError } from "../../errors.js";
import { ffmpegArguments, runChild } from "../../ffmpeg.js";
import type { MediaInput } from "../../ingest/index.js";

const maximumSecondsPerChild = 10;
const maximumSecondsPerReport = 60;
const childrenAtOnce = 3;

/** MPEG-TS seeks up to 1.5 s late. */
const seekEarlySeconds = 3;

/** One picture in two sizes. */
export interface Picture {
  /** JPEG, as wide as it was asked for at most. */
  readonly large: Buffer;
  /** JPEG, for the page. */
  readonly small: Buffer;
}

/** The media that pictures are taken of. */
export interface PictureSource {
  readonly input: MediaInput;
  readonly media: MediaInfo;
  readonly signal: AbortSignal;
}

/** What taking a picture needs to know of the media: where its clock starts. */
export type GrabSource = Omit<PictureSource, "media"> & { readonly media: Pick<MediaInfo, "originSeconds"> };

/** Which pictures one child delivers. */
export interface PictureWish {
  /** No picture before this is wanted, in seconds on the clock of the defects. */
  readonly fromSeconds: number;
  /** The first picture is the first from `fromSeconds` on, each further one the first from its time here on. */
  readonly furtherSeconds: readonly number[];
  /** Only keyframes are decoded, and nothing behind this time is read. */
  readonly keyframesUntilSeconds?: number;
  /** Widest picture, in pixels as players show them. */
  readonly maximumWidth: number;
}

/** A picture as players show it: rotated, and stretched where pixels are not square. */
export interface RawPicture {
  /** On the clock of the defects. */
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  /** RGB, 3 bytes per pixel. */
  readonly pixels: Buffer;
}

function childArguments({ input, media }: GrabSource, streamIndex: number, wish: PictureWish): string[] {
  const { fromSeconds, furtherSeconds, keyframesUntilSeconds, maximumWidth } = wish;
  const seekSeconds = Math.max(0, fromSeconds - seekEarlySeconds);
  const seek = seekSeconds > 0 ? ["-noaccurate_seek", "-ss", seekSeconds.toFixed(6)] : [];
  const keyframes =
    keyframesUntilSeconds === undefined
      ? []
      : ["-skip_frame", "nokey", "-t", (keyframesUntilSeconds - seekSeconds + seekEarlySeconds).toFixed(6)];
  const reached = [fromSeconds, ...furtherSeconds].map((seconds) => `gte(t\\,${(seconds + media.originSeconds).toFixed(6)})`);
  const select = reached.length === 1 ? `${reached[0]}` : `if(isnan(prev_selected_t)\\,${reached[0]}\\,${reached[1]})`;
  const filters = [
    `select=${select}`,
    // Players show pixels that are not square stretched, and so do we; rotation is ffmpeg's default.
    "scale=iw*sar:ih,setsar=1",
    `scale=min(${maximumWidth}\\,iw):-2,format=rgb24`,
    "showinfo=checksum=0",
  ];
  return ffmpegArguments((command) =>
    command
      .input(input.url)
      .inputOptions("-nostdin", "-hide_banner", "-threads", "1", ...seek, ...keyframes, ...input.inputOptions)
      .outputOptions("-copyts", "-map", `0:${streamIndex}`, "-fps_mode", "passthrough", "-frames:v", String(reached.length))
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

/**
 * Has ffmpeg decode a few pictures; fewer than were wished for where the media shows no more.
 *
 * @throws FramewatchError `program-missing`, or the signal's reason
 */
export async function grabPictures(source: GrabSource, streamIndex: number, wish: PictureWish): Promise<RawPicture[]> {
  const times: number[] = [];
  const { stdout } = await runChild({
    program: "ffmpeg",
    arguments: childArguments(source, streamIndex, wish),
    environment: source.input.environment,
    ...(source.input.givesWay === undefined ? {} : { givesWay: "entirely" }),
    signal: source.signal,
    line: (line) => {
      const time = /Parsed_showinfo.* pts_time:\s*(-?[\d.]+)/.exec(line)?.[1];
      if (time !== undefined) times.push(Number(time) - source.media.originSeconds);
    },
  });
  return parsePictures(stdout, times);
}

/** A raw picture as JPEG, as it is and at most `smallWidth` wide; `drawing` (SVG of the picture's size) is laid over it. */
export async function encodePicture(
  { width, height, pixels }: RawPicture,
  smallWidth: number,
  drawing?: string,
): Promise<Picture> {
  // Loaded when it is first needed: who wants no pictures starts 0.1 s sooner.
  const { default: sharp } = await import("sharp");
  let image = sharp(pixels, { raw: { width, height, channels: 3 } });
  if (drawing !== undefined) {
    const drawn = await image
      .composite([{ input: Buffer.from(drawing) }])
      .removeAlpha()
      .raw()
      .toBuffer();
    image = sharp(drawn, { raw: { width, height, channels: 3 } });
  }
  const [large, small] = await Promise.all([
    image.clone().jpeg({ quality: 82, mozjpeg: true }).toBuffer(),
    image.clone().resize({ width: smallWidth, withoutEnlargement: true }).jpeg({ quality: 70, mozjpeg: true }).toBuffer(),
  ]);
  return { large, small };
}

/**
 * Makes the pictures of all subjects, a few at once, in bounds of time: the rest is left out, for pictures are a help
 * and no part of the judgement.
 *
 * @throws what `make` throws, but for its being interrupted by a bound; or the signal's reason
 */
export async function withinBounds<Subject>(
  subjects: readonly Subject[],
  signal: AbortSignal,
  make: (subject: Subject, limited: AbortSignal) => Promise<void>,
): Promise<void> {
  const wanted = subjects.values();
  const reportLimit = AbortSignal.timeout(maximumSecondsPerReport * 1000);
  async function work(): Promise<void> {
    for (const subject of wanted) {
      if (reportLimit.aborted) return;
      const limited = AbortSignal.any([signal, reportLimit, AbortSignal.timeout(maximumSecondsPerChild * 1000)]);
      try {
        await make(subject, limited);
      } catch (error) {
        signal.throwIfAborted();
        if (!isError(error, "interrupted")) throw error;
      }
    }
  }
  // The workers share one iterator, so each subject is taken once.
  await Promise.all(Array.from({ length: childrenAtOnce }, work));
}
