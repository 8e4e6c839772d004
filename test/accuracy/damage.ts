import { open, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Span } from "./planter.js";
import { ffmpeg, ffprobeJson } from "./program.js";

/** A coded picture in its file. */
export interface Packet {
  readonly startSeconds: number;
  readonly positionBytes: number;
  readonly sizeBytes: number;
  readonly isKey: boolean;
}

/** The packets of the first picture track in file order. In transport streams they are spread over more bytes than `sizeBytes`. */
export async function picturePackets(file: string): Promise<Packet[]> {
  const { packets = [] } = await ffprobeJson<{ packets?: Record<"pts_time" | "pos" | "size" | "flags", string>[] }>([
    ...["-select_streams", "v:0", "-show_entries", "packet=pts_time,pos,size,flags", file],
  ]);
  return packets.map(({ pts_time, pos, size, flags }) => ({
    startSeconds: Number(pts_time),
    positionBytes: Number(pos),
    sizeBytes: Number(size),
    isKey: flags.startsWith("K"),
  }));
}

/**
 * Changes bytes in the middle of coded pictures of a file with whole packets (MP4): in a `share` of those in `span`, at least
 * one. The headers of the pictures stay whole, and key frames too unless they are asked for.
 */
export async function flipBytes(
  file: string,
  { startSeconds, endSeconds }: Span,
  {
    share,
    random,
    keyframesToo = false,
  }: { readonly share: number; readonly random: () => number; readonly keyframesToo?: boolean },
): Promise<void> {
  const packets = (await picturePackets(file)).filter(
    (packet) => (keyframesToo || !packet.isKey) && packet.startSeconds >= startSeconds && packet.startSeconds < endSeconds,
  );
  const every = Math.max(1, Math.round(1 / share));
  const handle = await open(file, "r+");
  try {
    for (const { positionBytes, sizeBytes } of packets.filter((_, index) => index % every === 0)) {
      for (let byte = Math.min(40, sizeBytes >> 1); byte < sizeBytes; byte += 30) {
        await handle.write(Uint8Array.of(Math.floor(random() * 256)), 0, 1, positionBytes + byte);
      }
    }
  } finally {
    await handle.close();
  }
}

const tsPacketBytes = 188;

/** Leaves out a share of the picture's packets of a transport stream, as a bad line does: one early in `span`, then by chance. */
export async function dropPackets(
  file: string,
  { startSeconds, endSeconds }: Span,
  { share, random }: { readonly share: number; readonly random: () => number },
): Promise<void> {
  const pictures = await picturePackets(file);
  const origin = Math.min(...pictures.map((picture) => picture.startSeconds));
  const positionAt = (seconds: number): number =>
    pictures.find((picture) => picture.startSeconds - origin >= seconds)?.positionBytes ?? Number.POSITIVE_INFINITY;
  const [from, to] = [positionAt(startSeconds), positionAt(endSeconds)];
  const stream = await readFile(file);
  const trackAt = (position: number): number => stream.readUInt16BE(position + 1) & 0x1fff;
  const track = trackAt(pictures[0]?.positionBytes ?? 0);
  const kept: Buffer[] = [];
  let seen = 0;
  for (let position = 0; position + tsPacketBytes <= stream.length; position += tsPacketBytes) {
    const isInSpan = position >= from && position < to && trackAt(position) === track;
    if (isInSpan) seen++;
    if (!isInSpan || !(seen === 3 || random() < share)) kept.push(stream.subarray(position, position + tsPacketBytes));
  }
  await writeFile(file, Buffer.concat(kept));
}

/** Codes the picture of a file once more, with these encoder arguments, as a badly set transcoder does. The sound stays as it is. */
export async function recode(file: string, encoderArguments: readonly string[]): Promise<void> {
  const { dir, name, ext } = path.parse(file);
  const recoded = path.join(dir, `${name}.recoded${ext}`);
  await ffmpeg(["-threads", "1", "-i", file, "-map", "0", "-c:a", "copy", ...encoderArguments, "-threads", "1", recoded]);
  await rename(recoded, file);
}
