import { open } from "node:fs/promises";
import type { Span } from "./planter.js";
import { ffprobeJson } from "./program.js";

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
 * one. Key frames and the headers of the pictures stay whole.
 */
export async function flipBytes(
  file: string,
  { startSeconds, endSeconds }: Span,
  { share, random }: { readonly share: number; readonly random: () => number },
): Promise<void> {
  const packets = (await picturePackets(file)).filter(
    (packet) => !packet.isKey && packet.startSeconds >= startSeconds && packet.startSeconds < endSeconds,
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
