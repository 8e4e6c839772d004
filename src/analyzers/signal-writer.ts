import { closeSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import { FramewatchError } from "../errors.js";
import { type LaneSignals, laneKey, type SignalBlock } from "./signal-block.js";
import { payloadBytes, recordHeadBytes, sealRecord, writePayload } from "./signal-record.js";

/*
 * The format, all numbers little endian:
 *   a line of JSON           {format, version, lanes: [{name, track, signals}], facts}
 *   records                  u32 length of the payload, u32 CRC-32 of the payload, payload
 *     a block's payload      u8 1, u8 index into lanes, u8 1 if a discontinuity lies before it, u8 0, u32 samples,
 *                            f64 start index, f64 previous end (NaN: none), f64 pts of each sample,
 *                            then for each signal of the lane, in the header's order, f32 of each sample
 *     the last payload       u8 2, JSON {headerCrc32, outcome}
 *   u32                      length of the last record: a reader finds the outcome without reading the blocks
 */
/** What the header's `format` says. */
export const format = "framewatch-signals";
/** What the header's `version` says. */
export const version = 1;
/** First byte of the last payload. */
export const trailerKind = 2;
/** Bytes behind the last record. */
export const lengthBytes = 4;
const writeBytes = 128 * 1024;

/** What a signal file says before its blocks. */
export interface SignalFileHeader {
  readonly lanes: readonly LaneSignals[];
  /** Whatever the writer wants to tell of the signals' origin; JSON. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Writes a signal file block by block. */
export interface SignalWriter {
  /** @throws FramewatchError `store-unavailable` when the disk takes no more */
  write(block: SignalBlock): void;
  /** Ends the file with how it went (JSON) and closes it; only then is the file whole. @throws FramewatchError `store-unavailable` */
  finish(outcome: unknown): void;
  /** Closes the file, unfinished where `finish` was not called. May be called again. */
  close(): void;
}

/** Begins a signal file, replacing one that is there. @throws FramewatchError `store-unavailable` */
export function openSignalWriter(file: string, header: SignalFileHeader): SignalWriter {
  const laneIndexes = new Map(header.lanes.map(({ lane }, index) => [laneKey(lane), index]));
  const headerLine = Buffer.from(
    `${JSON.stringify({
      format,
      version,
      lanes: header.lanes.map(({ lane, signals }) => ({ ...lane, signals })),
      facts: header.facts,
    })}\n`,
  );
  /** What is not written yet; used again and again, since buffers are collected late. */
  let pending = Buffer.allocUnsafeSlow(writeBytes);
  let filled = 0;
  let descriptor: number | undefined = attempt(() => openSync(file, "w"));

  function attempt<Value>(action: () => Value): Value {
    try {
      return action();
    } catch (cause) {
      throw new FramewatchError("store-unavailable", `The signals cannot be written to ${file}.`, { cause });
    }
  }

  function flush(): void {
    attempt(() => {
      if (descriptor === undefined) throw new Error("The file is closed.");
      for (let at = 0; at < filled; ) at += writeSync(descriptor, pending, at, filled - at);
    });
    filled = 0;
  }

  /** Room for the next bytes of the file. */
  function next(bytes: number): Buffer {
    if (filled + bytes > pending.length) flush();
    if (bytes > pending.length) pending = Buffer.allocUnsafeSlow(2 * bytes);
    filled += bytes;
    return pending.subarray(filled - bytes, filled);
  }

  function close(): void {
    if (descriptor !== undefined) closeSync(descriptor);
    descriptor = undefined;
  }

  next(headerLine.length).set(headerLine);

  return {
    write(block) {
      const index = laneIndexes.get(laneKey(block.lane));
      const lane = header.lanes[index ?? -1];
      if (index === undefined || lane === undefined) throw new Error(`The file's header names no lane ${laneKey(block.lane)}.`);
      const record = next(recordHeadBytes + payloadBytes(block.pts.length, lane.signals.length));
      writePayload(record.subarray(recordHeadBytes), block, index, lane.signals);
      sealRecord(record);
    },
    finish(outcome) {
      const trailer = Buffer.from(JSON.stringify({ headerCrc32: crc32(headerLine), outcome }));
      const record = next(recordHeadBytes + 1 + trailer.length);
      record.writeUInt8(trailerKind, recordHeadBytes);
      record.set(trailer, recordHeadBytes + 1);
      sealRecord(record);
      next(lengthBytes).writeUInt32LE(record.length);
      flush();
      close();
    },
    close,
  };
}
