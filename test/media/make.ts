import { execFile } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

/** How to make one clip: ffmpeg's own sources, an encoder, and what is then done to the bytes. The same bytes every time. */
export interface ClipRecipe {
  /** libavfilter sources, one input each: `testsrc2=s=160x90:r=25:d=2`. */
  readonly inputs: readonly string[];
  /** ffmpeg's output options: maps, encoders, filters. */
  readonly options: readonly string[];
  readonly extension: string;
  /** Done to the file's bytes, one after the other. */
  readonly edits?: readonly ClipEdit[];
}

/** Places in the file are shares of its length, 0..1. */
export type ClipEdit =
  /** Keeps the beginning. `multipleBytes`: cut at a multiple of so many bytes. */
  | { readonly edit: "cut"; readonly keep: number; readonly multipleBytes?: number }
  /** Takes a stretch out of the middle, at multiples of `multipleBytes`. */
  | { readonly edit: "drop"; readonly from: number; readonly to: number; readonly multipleBytes?: number }
  /** Turns over all bits of every `everyBytes`-th byte of a stretch. */
  | { readonly edit: "damage"; readonly from: number; readonly to: number; readonly everyBytes: number }
  /** Writes zeros over a stretch. */
  | { readonly edit: "zero"; readonly from: number; readonly to: number }
  /** Turns over so many bits, spread over all of the file: always the same ones. */
  | { readonly edit: "flip"; readonly bits: number }
  /** Keeps so many bytes of the beginning. */
  | { readonly edit: "head"; readonly bytes: number }
  /** Writes other bytes, in hexadecimal, over the last place where these stand. */
  | { readonly edit: "overwrite"; readonly find: string; readonly put: string }
  /** Puts the bytes of another clip behind. */
  | { readonly edit: "append"; readonly clip: ClipRecipe };

const cacheFolder = new URL("../../node_modules/.cache/framewatch-media/", import.meta.url).pathname;
const run = promisify(execFile);

/** Makes a clip, or finds the one made before, and gives its path. Nobody may change the file. */
export async function makeClip(recipe: ClipRecipe): Promise<string> {
  const name = createHash("sha256").update(JSON.stringify(recipe)).digest("hex").slice(0, 24);
  const file = path.join(cacheFolder, `${name}.${recipe.extension}`);
  if (existsSync(file)) return file;
  await mkdir(cacheFolder, { recursive: true });
  // Test files run side by side and may want the same clip: a name appears only once it is whole.
  const draft = path.join(cacheFolder, `${randomUUID()}.${recipe.extension}`);
  try {
    const { edits, ...whole } = recipe;
    if (edits === undefined) {
      await encode(recipe, draft);
    } else {
      let bytes: Buffer = await readFile(await makeClip(whole));
      for (const edit of edits) bytes = await applyEdit(bytes, edit);
      await writeFile(draft, bytes);
    }
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return file;
}

async function encode(recipe: ClipRecipe, file: string): Promise<void> {
  await run("ffmpeg", [
    "-v",
    "error",
    "-nostdin",
    "-y",
    "-fflags",
    "+bitexact",
    ...recipe.inputs.flatMap((input) => ["-f", "lavfi", "-i", input]),
    "-flags:v",
    "+bitexact",
    "-flags:a",
    "+bitexact",
    "-threads",
    "1",
    ...recipe.options,
    file,
  ]);
}

async function applyEdit(bytes: Buffer, edit: ClipEdit): Promise<Buffer> {
  const place = (share: number, multipleBytes = 1) => Math.floor((share * bytes.length) / multipleBytes) * multipleBytes;
  switch (edit.edit) {
    case "cut":
      return bytes.subarray(0, place(edit.keep, edit.multipleBytes));
    case "drop":
      return Buffer.concat([
        bytes.subarray(0, place(edit.from, edit.multipleBytes)),
        bytes.subarray(place(edit.to, edit.multipleBytes)),
      ]);
    case "damage": {
      const damaged = Buffer.from(bytes);
      for (let at = place(edit.from); at < place(edit.to); at += edit.everyBytes) damaged[at] = 255 - (damaged[at] ?? 0);
      return damaged;
    }
    case "zero":
      return Buffer.from(bytes).fill(0, place(edit.from), place(edit.to));
    case "flip": {
      const flipped = Buffer.from(bytes);
      for (let bit = 0; bit < edit.bits; bit++) {
        // Places that lie as evenly as those of the golden ratio, and never in a row.
        const at = Math.floor((((bit + 1) * 0.618_033_988_75) % 1) * flipped.length);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (bit % 8));
      }
      return flipped;
    }
    case "head":
      return bytes.subarray(0, edit.bytes);
    case "overwrite": {
      const changed = Buffer.from(bytes);
      const at = changed.lastIndexOf(Buffer.from(edit.find, "hex"));
      if (at < 0) throw new Error(`The clip does not hold the bytes ${edit.find}.`);
      Buffer.from(edit.put, "hex").copy(changed, at);
      return changed;
    }
    case "append":
      return Buffer.concat([bytes, await readFile(await makeClip(edit.clip))]);
  }
}

/** A moving picture with a clock: every frame differs. */
export function movingPicture({ size = "160x90", rate = "25", seconds = 2 } = {}): string {
  return `testsrc2=s=${size}:r=${rate}:d=${seconds},${legalColors}`;
}

/** Paler than testsrc2's own colours, which lie outside what EBU R 103 allows: a picture without a fault. */
export const legalColors = "lutyuv=u=128+(val-128)*0.5:v=128+(val-128)*0.5";

/** A tone whose loudness swings three times a second: sound without a fault, unlike a steady one, which is a line-up tone. */
export function warble({ hertz = 440, sampleRate = 48000, seconds = 2 } = {}): string {
  return `sine=f=${hertz}:r=${sampleRate}:d=${seconds},tremolo=f=3:d=0.5`;
}

/** H.264 with a keyframe each second (at 25 frames per second), fast to encode. */
export const h264 = ["-c:v", "libx264", "-preset", "veryfast", "-g", "25", "-pix_fmt", "yuv420p"] as const;
