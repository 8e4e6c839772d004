import { crc32 } from "node:zlib";
import { emptyBlock, type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";

/** Bytes before each payload. See `signal-writer.ts` for the whole format. */
export const recordHeadBytes = 8;
const blockHeadBytes = 24;
const blockKind = 1;

/** Writes the head of a record, the length and the CRC-32 of the payload that lies behind it. */
export function sealRecord(record: Buffer): void {
  const payload = record.subarray(recordHeadBytes);
  record.writeUInt32LE(payload.length, 0);
  record.writeUInt32LE(crc32(payload), 4);
}

/** How long the payload of a block with so many samples and signals is. */
export function payloadBytes(samples: number, signals: number): number {
  return blockHeadBytes + samples * (8 + 4 * signals);
}

/** Writes a block, its signals in the given order, to where its payload is to lie. */
export function writePayload(payload: Buffer, block: SignalBlock, laneIndex: number, signals: readonly string[]): void {
  payload.fill(0, 0, blockHeadBytes);
  payload.writeUInt8(blockKind, 0);
  payload.writeUInt8(laneIndex, 1);
  payload.writeUInt8(block.discontinuityBefore ? 1 : 0, 2);
  payload.writeUInt32LE(block.pts.length, 4);
  payload.writeDoubleLE(block.startIndex, 8);
  payload.writeDoubleLE(block.previousEndSeconds ?? Number.NaN, 16);
  let at = writeColumn(payload, blockHeadBytes, block.pts);
  for (const name of signals) {
    const column = block.signals[name];
    if (column?.length !== block.pts.length)
      throw new Error(`A block of ${laneKey(block.lane)} lacks signals that the file's header names.`);
    at = writeColumn(payload, at, column);
  }
}

function writeColumn(payload: Buffer, at: number, { buffer, byteOffset, byteLength }: Float64Array | Float32Array): number {
  payload.set(new Uint8Array(buffer, byteOffset, byteLength), at);
  return at + byteLength;
}

/**
 * A block as it goes from thread to thread: a payload in a buffer of its own, for `parseBlock`. As an object with a hundred
 * columns, V8 takes 2 ms to write it down and read it again, though the columns' buffer is handed over.
 */
export function packBlock(lanes: readonly LaneSignals[], block: SignalBlock): ArrayBuffer {
  const index = lanes.findIndex(({ lane }) => laneKey(lane) === laneKey(block.lane));
  const found = lanes[index];
  if (found === undefined) throw new Error(`The media has no lane ${laneKey(block.lane)}.`);
  const payload = Buffer.allocUnsafeSlow(payloadBytes(block.pts.length, found.signals.length));
  writePayload(payload, block, index, found.signals);
  return payload.buffer;
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
  if (payload[0] !== blockKind || found === undefined || payload.length !== payloadBytes(samples, found.signals.length)) {
    return undefined;
  }
  const { pts, signals } = emptyBlock(found.signals, samples);
  // They lie in their buffer as in the file.
  new Uint8Array(pts.buffer).set(payload.subarray(blockHeadBytes));
  const previousEndSeconds = payload.readDoubleLE(16);
  return {
    lane: found.lane,
    startIndex: payload.readDoubleLE(8),
    pts,
    signals,
    discontinuityBefore: payload[2] === 1,
    ...(Number.isNaN(previousEndSeconds) ? {} : { previousEndSeconds }),
  };
}
