import { openLook, type SourceBytes } from "./source-bytes.js";

const ebml = 0x1a45dfa3;
const segment = 0x18538067;
/** What a segment is made of (RFC 9559, 5.1), and what may stand anywhere (RFC 8794, 11.3). */
const segmentParts = new Set([
  0x114d9b74, // SeekHead
  0x1549a966, // Info
  0x1654ae6b, // Tracks
  0x1f43b675, // Cluster
  0x1c53bb6b, // Cues
  0x1941a469, // Attachments
  0x1043a770, // Chapters
  0x1254c367, // Tags
  0xec, // Void
  0xbf, // CRC-32
]);

const cluster = 0x1f43b675;
/** What a cluster is made of (RFC 9559, 5.1.3). */
const clusterParts = new Set([
  0xe7, // Timestamp
  0x5854, // SilentTracks
  0xa7, // Position
  0xab, // PrevSize
  0xa3, // SimpleBlock
  0xa0, // BlockGroup
  0xaf, // EncryptedBlock
  0xec, // Void
  0xbf, // CRC-32
]);
/**
 * In a film that is no larger the blocks of each cluster are walked through, too: what is lost of a long one is a gap in its time, but a
 * short one may end with it.
 */
const smallFilmBytes = 16 << 20;
const smallFilmWindowBytes = 1 << 20;

interface Element {
  readonly id: number;
  readonly headBytes: number;
  /** Undefined: its writer could not know (RFC 8794, 6.2). */
  readonly bytes: number | undefined;
}

/**
 * Why a Matroska or WebM file is not whole: its clusters do not stand one behind the other up to its end. ffmpeg goes on at the next
 * cluster that it finds, without a word.
 *
 * Undefined where a cluster does not say how long it is, as in recordings of streams, and where the source gives no single places or
 * is too long to be walked through.
 */
export async function brokenClusters(bytes: number, source: SourceBytes): Promise<string | undefined> {
  const isSmall = bytes <= smallFilmBytes;
  const look = isSmall ? openLook(source, smallFilmWindowBytes) : openLook(source);
  const elementAt = async (offset: number): Promise<Element | "broken" | undefined> => {
    const head = await look(offset, Math.min(12, bytes - offset));
    return head === undefined ? undefined : (elementIn(head) ?? "broken");
  };
  const header = await elementAt(0);
  if (header === undefined || header === "broken" || header.id !== ebml || header.bytes === undefined) return undefined;
  const root = await elementAt(header.headBytes + header.bytes);
  if (root === undefined || root === "broken" || root.id !== segment) return undefined;
  const begin = header.headBytes + header.bytes + root.headBytes;
  const end = root.bytes === undefined ? bytes : begin + root.bytes;

  /** Walks through what fills a part; "untold" where that cannot be done. */
  async function walk(from: number, to: number, parts: ReadonlySet<number>): Promise<string | undefined> {
    for (let offset = from; offset < Math.min(to, bytes); ) {
      const element = await elementAt(offset);
      if (element === undefined || (element !== "broken" && element.bytes === undefined)) return "untold";
      if (element === "broken" || !parts.has(element.id)) {
        return `The file is damaged: what stands at byte ${offset} is no part of a film, though the part before it ends there.`;
      }
      const next = offset + element.headBytes + (element.bytes ?? 0);
      if (next > to)
        return `The file ends at byte ${bytes}, or has lost some: ${next - to} bytes are missing of a part at byte ${offset}.`;
      const inside = isSmall && element.id === cluster ? await walk(offset + element.headBytes, next, clusterParts) : undefined;
      if (inside !== undefined) return inside;
      offset = next;
    }
    return undefined;
  }

  const reason = await walk(begin, root.bytes === undefined ? bytes : end, segmentParts);
  if (reason !== undefined) return reason === "untold" ? undefined : reason;
  return end > bytes ? `The file has ${bytes} bytes, its header declares ${end}.` : undefined;
}

/** Undefined where no element begins with these bytes. */
function elementIn(head: Buffer): Element | undefined {
  const idBytes = lengthIn(head[0], 4);
  const sizeBytes = idBytes && lengthIn(head[idBytes], 8);
  if (idBytes === undefined || sizeBytes === undefined || head.length < idBytes + sizeBytes) return undefined;
  const all = 2 ** (7 * sizeBytes) - 1;
  let size = (head[idBytes] ?? 0) & (0xff >> sizeBytes);
  for (let at = idBytes + 1; at < idBytes + sizeBytes; at++) size = size * 256 + (head[at] ?? 0);
  return { id: head.readUIntBE(0, idBytes), headBytes: idBytes + sizeBytes, bytes: size >= all ? undefined : size };
}

/** How many bytes a number has, by the zeros that its first byte begins with (RFC 8794, 4.1). */
function lengthIn(first: number | undefined, most: number): number | undefined {
  const length = first === undefined ? most + 1 : Math.clz32(first) - 23;
  return length > most ? undefined : length;
}
