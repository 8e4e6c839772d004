import { openLook, type SourceBytes } from "./source-bytes.js";

/** RFC 3533, section 6. */
export const largestPageBytes = 65_307;

const noEnd = "The file ends before the end of its stream.";

/**
 * Why a file's pages are not all there. Pages stand one behind the other, and those of a stream are numbered (RFC 3533, section 6).
 * Where one of the last is damaged, ffmpeg leaves it out and the stream only ends earlier.
 */
export async function lostPages(bytes: number, source: SourceBytes): Promise<string | undefined> {
  const look = openLook(source);
  const numbers = new Map<number, number>();
  for (let offset = 0; offset < bytes; ) {
    const head = await look(offset, Math.min(282, bytes - offset));
    if (head === undefined) return undefined;
    const segments = head[26];
    if (head.toString("latin1", 0, 4) !== "OggS" || segments === undefined || head.length < 27 + segments) {
      return `The file is damaged: at byte ${offset} no page begins, though the one before it ends there.`;
    }
    const [serial, number] = [head.readUInt32LE(14), head.readUInt32LE(18)];
    const before = numbers.get(serial);
    if (before !== undefined && number > before + 1)
      return `The file has lost pages: ${number} follows ${before} at byte ${offset}.`;
    numbers.set(serial, number);
    offset += 27 + segments + head.subarray(27, 27 + segments).reduce((sum, size) => sum + size, 0);
    if (offset > bytes) return noEnd;
  }
  return undefined;
}

/** Why the end of a file is none. The last page must be all there, and say that it is the last (RFC 3533, section 6: header type flag 4). */
export function lastPage(tail: Buffer): string | undefined {
  const start = tail.lastIndexOf("OggS");
  if (start < 0) return undefined;
  const segments = tail[start + 26];
  if (segments === undefined || start + 27 + segments > tail.length) return noEnd;
  const payload = tail.subarray(start + 27, start + 27 + segments).reduce((sum, size) => sum + size, 0);
  const isLast = ((tail[start + 5] ?? 0) & 4) !== 0;
  if (!isLast || start + 27 + segments + payload > tail.length) return noEnd;
  const page = Buffer.from(tail.subarray(start, start + 27 + segments + payload));
  const declared = page.readUInt32LE(22);
  page.fill(0, 22, 26);
  return oggCrc(page) === declared ? undefined : "The last page of the file is damaged.";
}

/** The CRC of a page, in which its own place holds zeros: polynomial 0x04c11db7, no reflection (RFC 3533, section 6). */
function oggCrc(page: Buffer): number {
  let crc = 0;
  for (const byte of page) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc < 0 ? 0x04c11db7 : 0);
  }
  return crc >>> 0;
}
