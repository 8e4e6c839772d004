import { createDecipheriv, createHash } from "node:crypto";
import { FramewatchError } from "../../errors.js";
import { nameOf } from "../manifest/check-playlist.js";
import type { ListedSegment, SegmentKey } from "../manifest/parse-playlist.js";
import { type MediaHeader, mediaHeader, type SegmentTimes, segmentTimes } from "../manifest/segment-times.js";
import type { ReadResource } from "../read-resource.js";
import type { PartOfSegment } from "./segment-feed.js";

/** What a segment's media is packed in. */
export type Packing = "transport" | "fragments" | "packed-audio";

/** A segment in the clear, with what is known of its media. */
export interface ReadSegment {
  readonly bytes: Buffer;
  readonly packing: Packing;
  /** The header that its media needs, and a name of its content that another header does not have. */
  readonly header?: { readonly bytes: Buffer; readonly digest: string };
  readonly times?: SegmentTimes;
}

export type SegmentAnswer =
  | { readonly segment: ReadSegment }
  /** With `isOther` it is there, and does not begin with the bytes of its parts. */
  | { readonly missing: string; readonly isOther?: true };

/** Larger ones are no segments of a live stream: 20 s of 100 Mbit/s. */
const mostSegmentBytes = 256 * 1024 * 1024;
const mostHeaderBytes = 4 * 1024 * 1024;
const keyBytes = 16;
const packetBytes = 188;
/** A stream that changes its key often does so every few segments; nobody needs an old one. */
const mostKept = 8;

/**
 * Reads the segments of one rendition, or parts of them, and the headers and keys that they need, each of those once. Of a segment
 * that is read behind parts of it only the rest is given; it is missing where it does not begin with the very bytes of those parts.
 *
 * @throws (each call) FramewatchError `media-encrypted` for what needs more than a key that is given to everyone (RFC 8216, 4.3.2.4:
 *   SAMPLE-AES, and systems of rights); the signal's reason
 */
export function openSegmentReader(
  read: ReadResource,
): (segment: ListedSegment, signal: AbortSignal, part?: PartOfSegment) => Promise<SegmentAnswer> {
  const keys = new Map<string, Buffer>();
  const headers = new Map<string, { readonly bytes: Buffer; readonly digest: string; readonly parsed?: MediaHeader }>();

  /** Of the segment that is being read in parts: what was read of it. */
  let parts = { bytes: 0, hash: createHash("sha256") };

  /** The key, or why there is none. */
  async function keyOf(key: SegmentKey, signal: AbortSignal): Promise<Buffer | string> {
    if (key.method !== "AES-128" || key.format !== "identity") {
      const system = key.format === "identity" ? "" : ` (${key.format})`;
      throw new FramewatchError(
        "media-encrypted",
        `The segments are encrypted by ${key.method}${system}; only AES-128 can be read.`,
      );
    }
    if (key.url === undefined) return "its key has no URI";
    const known = keys.get(key.url.href);
    if (known !== undefined) return known;
    const found = await read(key.url, { mostBytes: keyBytes + 1, signal });
    if (!found.found) return `its key: ${found.reason}`;
    if (found.bytes.length !== keyBytes) return `its key has not ${keyBytes} bytes`;
    return keep(keys, key.url.href, found.bytes);
  }

  async function headerOf({ header, key, mediaSequence }: ListedSegment, signal: AbortSignal) {
    if (header === undefined) return undefined;
    const { url, range } = header;
    const name = `${url.href} ${range?.start ?? 0} ${range?.length ?? ""}`;
    const known = headers.get(name);
    if (known !== undefined) return known;
    const mostBytes = Math.min(range?.length ?? mostHeaderBytes, mostHeaderBytes);
    const found = await read(url, { start: range?.start ?? 0, mostBytes, signal });
    if (!found.found) return `its header: ${found.reason}`;
    let { bytes } = found;
    // Whether a key before it holds for the header too cannot be told from the playlist as it was parsed; its bytes tell.
    if (key !== undefined && mediaHeader(bytes) === undefined) {
      const clear = await decrypt(bytes, key, mediaSequence, signal);
      if (typeof clear === "string") return clear;
      bytes = clear;
    }
    const parsed = mediaHeader(bytes);
    const digest = createHash("sha256").update(bytes).digest("hex");
    return keep(headers, name, { bytes, digest, ...(parsed === undefined ? {} : { parsed }) });
  }

  async function decrypt(bytes: Buffer, key: SegmentKey, mediaSequence: number, signal: AbortSignal): Promise<Buffer | string> {
    const secret = await keyOf(key, signal);
    if (typeof secret === "string") return secret;
    const vector = key.initializationVector ?? sequenceVector(mediaSequence);
    const decipher = createDecipheriv("aes-128-cbc", secret, vector);
    try {
      return Buffer.concat([decipher.update(bytes), decipher.final()]);
    } catch {
      return "it does not fit its key";
    }
  }

  /** Behind the parts that were read; undefined where these are other bytes. */
  function restOf(bytes: Buffer): Buffer | undefined {
    const begins = createHash("sha256").update(bytes.subarray(0, parts.bytes)).digest();
    return bytes.length >= parts.bytes && begins.equals(parts.hash.digest()) ? bytes.subarray(parts.bytes) : undefined;
  }

  return async (listed, signal, part) => {
    const { url, range, key, mediaSequence } = listed;
    const missing = (reason: string) => ({ missing: `${nameOf(listed)}: ${reason}` });
    const header = await headerOf(listed, signal);
    if (typeof header === "string") return missing(header);
    const mostBytes = Math.min(range?.length ?? mostSegmentBytes, mostSegmentBytes);
    const found = await read(url, { start: range?.start ?? 0, mostBytes, signal });
    if (!found.found) return missing(found.reason);
    if (found.bytes.length === 0) return missing("it is empty");
    const bytes = key === undefined ? found.bytes : await decrypt(found.bytes, key, mediaSequence, signal);
    if (typeof bytes === "string") return missing(bytes);
    const packing = header !== undefined ? "fragments" : isTransport(bytes) ? "transport" : "packed-audio";
    if (part === "first" || part === "next") {
      if (range !== undefined && bytes.length < range.length) return missing("it is not all there");
      if (packing === "transport" && bytes.length % packetBytes !== 0) return missing("it ends within a packet");
      if (part === "first") parts = { bytes: 0, hash: createHash("sha256") };
      parts.bytes += bytes.length;
      parts.hash.update(bytes);
    }
    const unread = part === "rest" ? restOf(bytes) : bytes;
    if (unread === undefined)
      return { ...missing("it does not begin with its parts, so that what follows those is not known"), isOther: true };
    const times = segmentTimes(unread, header?.parsed);
    return {
      segment: {
        bytes: packing === "packed-audio" ? withoutTag(unread) : unread,
        packing,
        ...(header === undefined ? {} : { header }),
        ...(times === undefined ? {} : { times }),
      },
    };
  };
}

/** RFC 8216, 5.2: the sequence number as a big-endian number of 16 bytes. */
function sequenceVector(mediaSequence: number): Buffer {
  const vector = Buffer.alloc(keyBytes);
  vector.writeBigUInt64BE(BigInt(mediaSequence), 8);
  return vector;
}

function isTransport(bytes: Uint8Array): boolean {
  return bytes[0] === 0x47 && (bytes.length <= packetBytes || bytes[packetBytes] === 0x47);
}

/** The ID3 tag before packed audio tells its time (RFC 8216, 3.4), and is in the way of who reads the sound (ID3v2.4, 3.1). */
function withoutTag(bytes: Buffer): Buffer {
  if (bytes.length < 10 || bytes.toString("latin1", 0, 3) !== "ID3") return bytes;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((bytes[at] ?? 0) & 0x7f), 0);
  return bytes.subarray(10 + size);
}

function keep<Value>(kept: Map<string, Value>, name: string, value: Value): Value {
  kept.set(name, value);
  const [oldest] = kept.keys();
  if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
  return value;
}
