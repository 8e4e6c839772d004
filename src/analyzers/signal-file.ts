import { open } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { FramewatchError } from "../errors.js";
import type { SignalBlock } from "./signal-block.js";
import { parseBlock, payloadAt, recordHeadBytes } from "./signal-record.js";
import { format, lengthBytes, type SignalFileHeader, trailerKind, version } from "./signal-writer.js";

const readBytes = 256 * 1024;
/** A film has a file for each minute of it: each is asked for no more than it is likely to hold. */
const usualHeaderBytes = 32 * 1024;
const largestHeaderBytes = 1024 * 1024;

const headerSchema = z.object({
  format: z.literal(format),
  version: z.literal(version),
  lanes: z.array(
    z.object({
      name: z.enum(["picture", "stills", "sound", "models", "transport", "manifest", "captions"]),
      track: z.int().min(0),
      signals: z.array(z.string()),
    }),
  ),
  facts: z.record(z.string(), z.unknown()),
});

const trailerSchema = z.object({ headerCrc32: z.number(), outcome: z.unknown() });

/** A finished signal file. */
export interface SignalFile {
  readonly header: SignalFileHeader;
  /** What the writer's `finish` was given. */
  readonly outcome: unknown;
  /** Reads the blocks from the disk as they are asked for. @throws FramewatchError `signals-damaged` */
  blocks(): AsyncIterable<SignalBlock>;
}

/**
 * Opens a signal file; header and outcome are read at once.
 * @throws FramewatchError `signals-damaged` when the file is absent, unfinished or no signal file
 */
export async function readSignalFile(file: string): Promise<SignalFile> {
  const bytes = await openSlices(file);
  try {
    let head = await bytes.read(0, Math.min(bytes.size, usualHeaderBytes));
    if (!head.includes("\n")) head = await bytes.read(0, Math.min(bytes.size, largestHeaderBytes));
    const headerBytes = head.indexOf("\n") + 1;
    if (headerBytes === 0) throw damaged(file, "it has no header");
    const { lanes, facts } = parse(file, headerSchema, head.subarray(0, headerBytes));
    const trailerBytes =
      bytes.size < headerBytes + lengthBytes ? 0 : (await bytes.read(bytes.size - lengthBytes, lengthBytes)).readUInt32LE();
    const blocksEnd = bytes.size - lengthBytes - trailerBytes;
    if (trailerBytes < recordHeadBytes || blocksEnd < headerBytes) throw damaged(file, "it was not finished");
    const payload = payloadAt(await bytes.read(blocksEnd, trailerBytes), 0);
    if (payload?.[0] !== trailerKind) throw damaged(file, "it was not finished");
    const { headerCrc32, outcome } = parse(file, trailerSchema, payload.subarray(1));
    if (headerCrc32 !== crc32(head.subarray(0, headerBytes))) throw damaged(file, "its header was changed");
    const header = { lanes: lanes.map(({ name, track, signals }) => ({ lane: { name, track }, signals })), facts };
    return { header, outcome, blocks: () => readBlocks(file, header, headerBytes, blocksEnd) };
  } finally {
    await bytes.close();
  }
}

async function* readBlocks(file: string, header: SignalFileHeader, start: number, end: number): AsyncIterable<SignalBlock> {
  const bytes = await openSlices(file);
  try {
    let at = start;
    /** What is read and not given: used again and again, since buffers are collected late. */
    let buffer = Buffer.allocUnsafeSlow(Math.min(readBytes, end - start));
    let rest = buffer.subarray(0, 0);
    while (at < end || rest.length > 0) {
      const payload = payloadAt(rest, 0);
      if (payload !== undefined) {
        const block = parseBlock(header.lanes, payload);
        if (block === undefined) throw damaged(file, "a block does not fit the header");
        rest = rest.subarray(recordHeadBytes + payload.length);
        yield block;
        continue;
      }
      // No whole and sound record lies in the buffer: either it goes on in the file, or it is damaged.
      const wanted = rest.length < recordHeadBytes ? recordHeadBytes : recordHeadBytes + rest.readUInt32LE();
      if (wanted <= rest.length || wanted > rest.length + end - at)
        throw damaged(file, `a record near byte ${at - rest.length} is not what was written`);
      const target = wanted > buffer.length ? Buffer.allocUnsafeSlow(wanted) : buffer;
      target.set(rest);
      const filled = Math.min(target.length, rest.length + end - at);
      await bytes.readInto(target.subarray(rest.length, filled), at);
      at += filled - rest.length;
      buffer = target;
      rest = target.subarray(0, filled);
    }
  } finally {
    await bytes.close();
  }
}

interface Slices {
  readonly size: number;
  read(start: number, length: number): Promise<Buffer>;
  /** Fills the target with what lies from `start` on. */
  readInto(target: Buffer, start: number): Promise<void>;
  close(): Promise<void>;
}

async function openSlices(file: string): Promise<Slices> {
  try {
    const handle = await open(file);
    const { size } = await handle.stat();
    const readInto = async (target: Buffer, start: number): Promise<void> => {
      const { bytesRead } = await handle.read(target, 0, target.length, start);
      if (bytesRead !== target.length) throw damaged(file, "it became shorter while it was read");
    };
    return {
      size,
      readInto,
      async read(start, length) {
        const buffer = Buffer.allocUnsafeSlow(length);
        await readInto(buffer, start);
        return buffer;
      },
      close: () => handle.close(),
    };
  } catch (cause) {
    throw damaged(file, "it cannot be opened", cause);
  }
}

function parse<Schema extends z.ZodType>(file: string, schema: Schema, json: Buffer): z.output<Schema> {
  try {
    return schema.parse(JSON.parse(json.toString()));
  } catch (cause) {
    throw damaged(file, "its header or its end is not what this version writes", cause);
  }
}

function damaged(file: string, why: string, cause?: unknown): FramewatchError {
  return new FramewatchError("signals-damaged", `The signals in ${path.basename(file)} cannot be used: ${why}.`, { cause });
}
