import { crc32 } from "node:zlib";
import { type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";

/** Bytes before each payload. See `signal-file.ts` for the whole format. */
export const recordHeadBytes = 8;
const blockHeadBytes = 24;
const blockKind = 1;

/** What stands before a payload: its length and its CRC-32. */
export function recordHead(payload: Buffer): Buffer {
  const head = Buffer.alloc(recordHeadBytes);
  head.writeUInt32LE(payload.length, 0);
  head.writeUInt32LE(crc32(payload), 4);
  return head;
}

/** A block as bytes, its signals in the given order. */
export function blockPayload(block: SignalBlock, laneIndex: number, signals: readonly string[]): Buffer {
  const samples = block.pts.length;
  const payload = Buffer.alloc(blockHeadBytes + samples * (8 + 4 * signals.length));
  payload.writeUInt8(blockKind, 0);
  payload.writeUInt8(laneIndex, 1);
  payload.writeUInt8(block.discontinuityBefore ? 1 : 0, 2);
  payload.writeUInt32LE(samples, 4);
  payload.writeDoubleLE(block.startIndex, 8);
  payload.writeDoubleLE(block.previousEndSeconds ?? Number.NaN, 16);
  let at = blockHeadBytes;
  for (const column of [block.pts, ...signals.map((name) => block.signals[name])]) {
    if (column?.length !== samples)
      throw new Error(`A block of ${laneKey(block.lane)} lacks signals that the file's header names.`);
    payload.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += column.byteLength;
  }
  return payload;
}

/** The payload of the record at this place, undefined where it is not whole or not sound. */
export function payloadAt(buffer: Buffer, at: number): Buffer | undefined {
  if (buffer.length < at + recordHeadBytes) return undefined;
  const end = at + recordHeadBytes + buffer.readUInt32LE(at);
  if (buffer.length < end) return undefined;
  const payload = buffer.subarray(at + recordHeadBytes, end);
  return crc32(payload) === buffer.readUInt32LE(at + 4) ? payload : undefined;
}

/** The block of a payload; undefined where it is none, or does not fit the lanes. */
export function parseBlock(lanes: readonly LaneSignals[], payload: Buffer): SignalBlock | undefined {
  const found = lanes[payload[1] ?? -1];
  const samples = payload.length < blockHeadBytes ? 0 : payload.readUInt32LE(4);
  if (
    payload[0] !== blockKind ||
    found === undefined ||
    payload.length !== blockHeadBytes + samples * (8 + 4 * found.signals.length)
  ) {
    return undefined;
  }
  const pts = new Float64Array(samples);
  const columns = found.signals.map((name): [string, Float32Array] => [name, new Float32Array(samples)]);
  let at = blockHeadBytes;
  for (const column of [pts, ...columns.map(([, values]) => values)]) {
    new Uint8Array(column.buffer).set(payload.subarray(at, at + column.byteLength));
    at += column.byteLength;
  }
  const previousEndSeconds = payload.readDoubleLE(16);
  return {
    lane: found.lane,
    startIndex: payload.readDoubleLE(8),
    pts,
    signals: Object.fromEntries(columns),
    discontinuityBefore: payload[2] === 1,
    ...(Number.isNaN(previousEndSeconds) ? {} : { previousEndSeconds }),
  };
}
