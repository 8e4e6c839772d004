import type { MediaInput } from "../ingest/index.js";
import { brokenFragments } from "./box-chain.js";
import { brokenClusters } from "./element-chain.js";
import { largestPageBytes, lastPage, lostPages } from "./ogg-pages.js";
import { openSourceBytes, type SourceBytes } from "./source-bytes.js";

/** Writers that cannot go back to the header put such a size there. */
const unknownSize = 0x7fff_0000;
/** More chunks than a film of a terabyte has. */
const mostChunks = 1000;

/** Looking at a source must not cost its job the time in which it has to say what it is. */
const mostMillisecondsOfHost = 8000;
/** A packet of a program stream, with the pack that it is in. */
const largestPackBytes = 70_000;
const packStart = Buffer.from([0, 0, 1, 0xba]);

/** What the keys of all partitions of an MXF file begin with (SMPTE ST 377-1, 7.1). */
const partitionKey = Buffer.from("060e2b34020501010d01020101", "hex");

const cutShort = "The file is shorter than its header declares.";
const noEnd = "The file ends before the end of its stream.";

/**
 * Why a file was cut or has lost a part, where its containers' own sizes and end marks tell: ffmpeg reads RIFF, AIFF, Ogg, GIF,
 * program streams and fragments as far as they go, says nothing, and takes the duration from what is there.
 *
 * @throws the system's error where a file cannot be read · the reason of `signal` when it aborts
 */
export async function cutEnding(
  input: MediaInput,
  container: string,
  bytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!/^(avi|wav|aiff|mp3|ogg|gif|mxf|mpeg|mov|matroska|webm)$/.test(container)) return undefined;
  const inTime = input.kind === "file" ? signal : AbortSignal.any([signal, AbortSignal.timeout(mostMillisecondsOfHost)]);
  const source = await openSourceBytes(input, inTime);
  try {
    if (container === "mov") return await brokenFragments(bytes, source);
    if (container === "matroska" || container === "webm") return await brokenClusters(bytes, source);
    const read = async (offset: number, length: number) => (await source.read(Math.max(0, offset), length)) ?? Buffer.alloc(0);
    if (container === "avi" || container === "wav") return await cutRiff(bytes, read);
    if (container === "aiff") return cutForm(bytes, await read(0, 8));
    if (container === "mxf") return await lostFooter(bytes, source);
    if (container === "mp3") return cutMp3(bytes, await read(0, 16_384));
    if (container === "ogg") {
      return (await lostPages(bytes, source)) ?? lastPage(await read(bytes - 2 * largestPageBytes, 2 * largestPageBytes));
    }
    if (container === "mpeg") return cutProgramStream(await read(bytes - 2 * largestPackBytes, 2 * largestPackBytes));
    return cutGif(await read(bytes - 1024, 1024));
  } catch (error) {
    // A host that gives the media and no single places of it, or not in time, tells nothing.
    if (signal.aborted || input.kind === "file") throw error;
    return undefined;
  } finally {
    await source.close();
  }
}

/** RIFF chunks one behind the other: one in most files, one per gigabyte in large AVIs (OpenDML 1.02). */
async function cutRiff(bytes: number, read: (offset: number, length: number) => Promise<Buffer>): Promise<string | undefined> {
  let offset = 0;
  for (let chunk = 0; chunk < mostChunks && offset + 8 < bytes; chunk++) {
    const head = await read(offset, 8);
    if (head.length < 8 || head.toString("latin1", 0, 4) !== "RIFF") return undefined;
    const size = head.readUInt32LE(4);
    if (size === 0 || size >= unknownSize) return undefined;
    offset += 8 + size;
  }
  // The last byte may be the one that fills up an odd size, which many writers leave out.
  return offset > bytes + 1 ? cutShort : undefined;
}

function cutForm(bytes: number, head: Buffer): string | undefined {
  if (head.length < 8 || head.toString("latin1", 0, 4) !== "FORM") return undefined;
  const size = head.readUInt32BE(4);
  return size > 0 && size < unknownSize && 8 + size > bytes + 1 ? cutShort : undefined;
}

/**
 * The first partition says where the last one begins, if its writer could go back to it (SMPTE ST 377-1, 7.1): where bytes are missing
 * it lies elsewhere. A file that begins with something else is not looked into.
 */
async function lostFooter(bytes: number, source: SourceBytes): Promise<string | undefined> {
  const head = await source.read(0, 64);
  if (head?.subarray(0, partitionKey.length).equals(partitionKey) !== true) return undefined;
  const length = head[16] ?? 0;
  const value = 17 + (length < 0x80 ? 0 : length & 0x7f);
  if (value + 32 > head.length) return undefined;
  const footer = Number(head.readBigUInt64BE(value + 24));
  if (footer === 0) return undefined;
  if (footer >= bytes) return cutShort;
  const found = await source.read(footer, partitionKey.length);
  if (found === undefined || found.equals(partitionKey)) return undefined;
  return `The file is damaged or has lost a part: its last partition is not at byte ${footer}, where its first one says.`;
}

/** The first frame may hold no sound but how many bytes there are ("Xing" or "Info", as LAME and ffmpeg write it). */
function cutMp3(bytes: number, head: Buffer): string | undefined {
  const hasTag = head.toString("latin1", 0, 3) === "ID3";
  const size = (at: number) => (head[at] ?? 0) & 0x7f;
  // ID3v2.4, section 3.1: 28 bits in four bytes.
  const start = hasTag ? 10 + ((size(6) << 21) | (size(7) << 14) | (size(8) << 7) | size(9)) : 0;
  const frame = head.subarray(start, start + 200);
  const at = Math.max(frame.indexOf("Xing"), frame.indexOf("Info"));
  if (at < 0 || at + 16 > frame.length) return undefined;
  const flags = frame.readUInt32BE(at + 4);
  if ((flags & 2) === 0) return undefined;
  const declared = frame.readUInt32BE(at + ((flags & 1) === 0 ? 8 : 12));
  return start + declared > bytes ? cutShort : undefined;
}

/** The trailer, `;`, ends every GIF (GIF89a, section 27); zeros may follow it. */
function cutGif(tail: Buffer): string | undefined {
  const last = tail.findLast((byte) => byte !== 0);
  return last === undefined || last === 0x3b ? undefined : noEnd;
}

/**
 * The last packet must be all there. In a program stream each says how long it is (ISO/IEC 13818-1, 2.5.3); what looks like the start
 * of a pack and is followed by none is a picture that happens to hold such bytes.
 */
function cutProgramStream(tail: Buffer): string | undefined {
  for (let start = tail.indexOf(packStart); start >= 0; start = tail.indexOf(packStart, start + 1)) {
    const end = endOfPackets(tail, start);
    if (end !== undefined) return end > tail.length ? noEnd : undefined;
  }
  return undefined;
}

/** Where the last packet ends, of those that stand one behind the other from `start` on; undefined where one is none. */
function endOfPackets(bytes: Buffer, start: number): number | undefined {
  let at = start;
  while (at + 14 <= bytes.length) {
    if (bytes.readUIntBE(at, 3) !== 1) return undefined;
    const code = bytes[at + 3] ?? 0;
    if (code === 0xb9) at += 4;
    // An MPEG-1 pack has no stuffing.
    else if (code === 0xba) at += (bytes[at + 4] ?? 0) >> 6 === 1 ? 14 + ((bytes[at + 13] ?? 0) & 7) : 12;
    else if (code > 0xba) at += 6 + bytes.readUInt16BE(at + 4);
    else return undefined;
  }
  return at;
}
