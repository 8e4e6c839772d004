import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ContentFile, Split } from "./content.js";
import type { CleanClip } from "./planter.js";
import { ffmpeg, ffprobeJson } from "./program.js";
import { fraction } from "./random.js";

/** A clip that defects are planted into: constant frame rate, yuv420p, 48 kHz stereo, all but lossless. */
export interface PreparedClip extends CleanClip {
  readonly file: string;
  readonly family: string;
}

/** Change it when a clip is prepared in another way: the cache then forgets what it held. */
const recipe = 1;
const shortestSeconds = 6;
const longestSeconds = 12;
const photographSeconds = 14;
const photographFrameRate = 25;
/** Slower ones are time lapses and surveillance: too few frames for faults that last some of them. */
const minimumFrameRate = 20;

/** Prepared clips stay here from run to run; the folder may be emptied at any time. */
const cache = path.join(tmpdir(), "framewatch-accuracy-clips");

/** Films and photographs of one half of the content that defects can be planted into, prepared. */
export async function prepareClips(
  files: readonly ContentFile[],
  split: Split,
  progress: (line: string) => void,
): Promise<PreparedClip[]> {
  const own = files.filter((file) => file.split === split);
  const sounds = own.filter(({ kind, durationSeconds }) => kind === "sound" && durationSeconds >= photographSeconds);
  const clips: PreparedClip[] = [];
  for (const file of own.filter(isFit)) {
    progress(`preparing ${file.name}`);
    const sound = file.kind === "film" && file.hasSound ? undefined : choose(sounds, file.name);
    clips.push(await prepare(file, sound));
  }
  return clips;
}

/** A photograph, panned and zoomed into a clip without sound. */
export function preparePhotograph(file: ContentFile): Promise<PreparedClip> {
  return prepare(file, undefined);
}

function isFit({ kind, isHard, durationSeconds, frameRate }: ContentFile): boolean {
  if (kind === "photograph") return true;
  return kind === "film" && !isHard && durationSeconds >= shortestSeconds && frameRate >= minimumFrameRate;
}

function choose<Item>(items: readonly Item[], name: string): Item | undefined {
  return items[Math.floor(fraction("sound", name) * items.length)];
}

async function prepare(source: ContentFile, sound: ContentFile | undefined): Promise<PreparedClip> {
  const hash = createHash("sha256").update(JSON.stringify([recipe, await identity(source), sound && (await identity(sound))]));
  const file = path.join(cache, `${hash.digest("hex").slice(0, 24)}.mov`);
  if (!existsSync(file)) {
    await mkdir(cache, { recursive: true });
    const unfinished = `${file}.${process.pid}.part`;
    try {
      await ffmpeg([
        ...(source.kind === "film" ? filmInput(source) : photographInput(source)),
        ...(sound === undefined ? [] : ["-i", sound.path]),
        ...["-map", "0:v:0", ...(sound !== undefined ? ["-map", "1:a:0"] : source.hasSound ? ["-map", "0:a:0"] : [])],
        ...["-vf", source.kind === "film" ? filmFilters(source) : photographFilters(source)],
        ...["-t", `${clipSeconds(source)}`, "-c:v", "libx264", "-preset", "ultrafast", "-qp", "8", "-pix_fmt", "yuv420p"],
        ...["-c:a", "pcm_s16le", "-ar", "48000", "-ac", "2", "-f", "mov", unfinished],
      ]);
      await rename(unfinished, file);
    } finally {
      await rm(unfinished, { force: true });
    }
  }
  return { name: source.name, family: source.family, file, ...(await measure(file)) };
}

/** Names a file by what it is, not by where it lies. */
async function identity({ name, path: file }: ContentFile): Promise<unknown> {
  return [name, (await stat(file)).size];
}

function clipSeconds({ kind, durationSeconds }: ContentFile): number {
  return kind === "film" ? Math.min(longestSeconds, durationSeconds - startOf({ kind, durationSeconds })) : photographSeconds;
}

/** The middle of a long film: titles and fades stand at its ends. */
function startOf({ durationSeconds }: Pick<ContentFile, "kind" | "durationSeconds">): number {
  return durationSeconds > longestSeconds ? (durationSeconds - longestSeconds) / 2 : 0;
}

function filmInput(file: ContentFile): string[] {
  return ["-ss", startOf(file).toFixed(3), "-i", file.path];
}

/** Every fourth one stays as large as it is, up to 1280x720; the others are at most 640 wide, which keeps runs short. */
function largest(name: string): readonly [width: number, height: number] {
  return fraction("size", name) < 0.25 ? [1280, 720] : [640, 640];
}

function filmFilters({ name, frameRate }: ContentFile): string {
  const [width, height] = largest(name);
  return [
    `scale=w='min(iw,${width})':h='min(ih,${height})':force_original_aspect_ratio=decrease:force_divisible_by=2:flags=area+accurate_rnd`,
    "setsar=1",
    `fps=${standardRate(frameRate)}`,
  ].join(",");
}

/** The rate as broadcasters write it: 29.97 is 30000/1001. */
function standardRate(frameRate: number): string {
  const nominal = Math.round(frameRate);
  const isSlowed = Math.abs(frameRate - (nominal * 1000) / 1001) < 0.005;
  return isSlowed ? `${nominal * 1000}/1001` : `${nominal}`;
}

function photographInput(file: ContentFile): string[] {
  return ["-i", file.path];
}

/** A slow zoom and pan, computed on a fourfold enlargement so that each step is a quarter of a pixel. */
function photographFilters({ name }: ContentFile): string {
  const [width, height] = fraction("size", name) < 0.25 ? [1280, 720] : [640, 360];
  const frames = photographSeconds * photographFrameRate;
  const isInward = fraction("zoom", name) < 0.5;
  const progress = isInward ? `on/${frames}` : `(1-on/${frames})`;
  const across = fraction("pan", name) < 0.5 ? `on/${frames}` : `(1-on/${frames})`;
  return [
    `scale=${4 * width}:${4 * height}:force_original_aspect_ratio=increase`,
    `crop=${4 * width}:${4 * height}`,
    `zoompan=z='1.1+0.25*${progress}':x='(iw-iw/zoom)*${across}':y='(ih-ih/zoom)*0.5':d=${frames}:s=${width}x${height}:fps=${photographFrameRate}`,
    "setsar=1",
  ].join(",");
}

interface Streams {
  readonly streams: readonly {
    readonly codec_type: string;
    readonly width?: number;
    readonly height?: number;
    readonly r_frame_rate: string;
    readonly duration: string;
  }[];
}

async function measure(file: string): Promise<Omit<CleanClip, "name">> {
  const { streams } = await ffprobeJson<Streams>(["-show_streams", file]);
  const picture = streams.find(({ codec_type }) => codec_type === "video");
  if (picture?.width === undefined || picture.height === undefined) throw new Error(`${file} holds no picture.`);
  const [numerator = 0, denominator = 1] = picture.r_frame_rate.split("/").map(Number);
  return {
    width: picture.width,
    height: picture.height,
    frameRate: numerator / denominator,
    durationSeconds: Number(picture.duration),
    hasSound: streams.some(({ codec_type }) => codec_type === "audio"),
  };
}
