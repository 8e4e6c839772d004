import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ffprobeJson } from "./program.js";
import { fraction } from "./random.js";

/** Thresholds may be chosen on `tune`; what is reported comes from `report`. */
export type Split = "tune" | "report";

/** One file of the content. */
export interface ContentFile {
  /** Path relative to the content's folder. */
  readonly name: string;
  readonly path: string;
  /** What it was taken from: files of one family (one film, one collection) are never in both halves. */
  readonly family: string;
  readonly split: Split;
  readonly kind: "film" | "photograph" | "sound";
  /** It looks like a fault and is none, or is unusual to begin with: nothing is planted into it, but no alarm may come of it. */
  readonly isHard: boolean;
  /** What is known of it, in words; empty where nothing is. */
  readonly note: string;
  readonly durationSeconds: number;
  readonly width: number;
  readonly height: number;
  readonly frameRate: number;
  readonly hasSound: boolean;
}

interface ManifestEntry {
  readonly file: string;
  readonly kind: string;
  readonly ground_truth: string | null;
  readonly description: string;
  readonly observed?: { readonly audio_mean_db?: number } | null;
}

/** Kinds of MANIFEST.json that hold no intended fault. */
const cleanKinds = new Set(["clean", "image", "speech", "music", "ambience"]);
/** Ground truths that only say how a file is stored: the clip is as ordinary as any other. */
const ordinary = /^(audio track is digital silence|start_time.*|.*captions.*)$/i;
const noMedia = /\.(json|csv|md|txt|html|sha256|m3u8|mpd|m4s)$/i;
/** Below this mean level a sound track is as good as none. */
const minimumMeanDbfs = -60;

/** The first word of a file's name, and for sounds all but their number: `bbb_720p_5s`, `kodak_07`, `speech_en_librispeech_198`. */
export function familyOf(name: string): string {
  const { dir, name: base } = path.parse(name.toLowerCase());
  const isSound = path.basename(dir) === "audio";
  return (isSound ? base.replace(/[_\d]+$/, "") : base.split(/[^a-z]+/)[0]) || base;
}

/**
 * The half that a family belongs to, the same on every machine. Which hash it is was chosen once, before anything was measured,
 * so that both halves of the first content are of one length.
 */
export function splitOf(family: string): Split {
  return fraction("split 5", family) < 0.5 ? "tune" : "report";
}

/**
 * All clean media of a folder: what its MANIFEST.json calls clean, or every file that ffprobe opens where there is none.
 * @throws Error when the folder cannot be read
 */
export async function readContent(folder: string): Promise<ContentFile[]> {
  const manifest = path.join(folder, "MANIFEST.json");
  const entries = existsSync(manifest)
    ? (JSON.parse(await readFile(manifest, "utf8")) as ManifestEntry[])
    : (await mediaFiles(folder)).map((file) => ({ file, kind: "clean", ground_truth: null, description: "" }));
  const files: ContentFile[] = [];
  for (const entry of entries) {
    if (!cleanKinds.has(entry.kind) || noMedia.test(entry.file)) continue;
    const file = await describe(folder, entry);
    if (file !== undefined) files.push(file);
  }
  return files;
}

async function mediaFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !noMedia.test(entry.name))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .sort();
}

interface Probed {
  readonly streams: readonly {
    readonly codec_type: string;
    readonly width?: number;
    readonly height?: number;
    readonly r_frame_rate: string;
    readonly avg_frame_rate: string;
    readonly field_order?: string;
    readonly color_transfer?: string;
    readonly disposition?: { readonly attached_pic?: number };
  }[];
  readonly format: { readonly duration?: string; readonly format_name: string };
}

async function describe(folder: string, entry: ManifestEntry): Promise<ContentFile | undefined> {
  const file = path.join(folder, entry.file);
  const probed = await ffprobeJson<Probed>(["-show_streams", "-show_format", file]).catch(() => undefined);
  if (probed === undefined) return undefined;
  const picture = probed.streams.find(({ codec_type, disposition }) => codec_type === "video" && !disposition?.attached_pic);
  const hasTrack = probed.streams.some(({ codec_type }) => codec_type === "audio");
  const isStill = /image2|_pipe$/.test(probed.format.format_name);
  const kind = picture === undefined || entry.file.startsWith("audio/") ? "sound" : isStill ? "photograph" : "film";
  const family = familyOf(entry.file);
  const frameRate = ratio(picture?.avg_frame_rate);
  const truth = entry.ground_truth ?? "";
  const isUnusual =
    picture !== undefined &&
    (Math.abs(ratio(picture.r_frame_rate) - frameRate) > 0.02 * frameRate ||
      !["progressive", "unknown", undefined].includes(picture.field_order) ||
      /smpte2084|arib-std-b67/.test(picture.color_transfer ?? ""));
  return {
    name: entry.file,
    path: file,
    family,
    split: splitOf(family),
    kind,
    isHard: kind === "film" && (isUnusual || (truth !== "" && !ordinary.test(truth))),
    note: [entry.description, truth].filter((text) => text !== "").join("; "),
    durationSeconds: Number(probed.format.duration ?? 0),
    width: picture?.width ?? 0,
    height: picture?.height ?? 0,
    frameRate,
    hasSound: hasTrack && (entry.observed?.audio_mean_db ?? 0) > minimumMeanDbfs,
  };
}

function ratio(text = "0/1"): number {
  const [numerator = 0, denominator = 1] = text.split("/").map(Number);
  return denominator === 0 ? 0 : numerator / denominator;
}
