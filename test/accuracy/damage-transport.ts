import { readFile, writeFile } from "node:fs/promises";
import { picturePackets } from "./damage.js";
import type { Span } from "./planter.js";
import { ffmpeg } from "./program.js";

const packetBytes = 188;
const ticksPerSecond = 90_000;

/** Bytes of the first packet of a picture at or after a time of the picture's own clock. */
async function positionsOf(
  file: string,
  { startSeconds, endSeconds }: Span,
): Promise<{ from: number; to: number; track: number }> {
  const pictures = await picturePackets(file);
  const origin = Math.min(...pictures.map((picture) => picture.startSeconds));
  const at = (seconds: number) =>
    pictures.find((picture) => picture.startSeconds - origin >= seconds - 1e-6)?.positionBytes ?? Number.POSITIVE_INFINITY;
  const stream = await readFile(file);
  return { from: at(startSeconds), to: at(endSeconds), track: pidAt(stream, pictures[0]?.positionBytes ?? 0) };
}

function pidAt(stream: Buffer, at: number): number {
  return stream.readUInt16BE(at + 1) & 0x1fff;
}

/** Calls `change` with each packet of a transport stream and keeps those for which it says so. */
async function filterPackets(file: string, change: (packet: Buffer, at: number) => boolean): Promise<void> {
  const stream = await readFile(file);
  const kept: Buffer[] = [];
  for (let at = 0; at + packetBytes <= stream.length; at += packetBytes) {
    const packet = stream.subarray(at, at + packetBytes);
    if (change(packet, at)) kept.push(packet);
  }
  await writeFile(file, Buffer.concat(kept));
}

/** Loses all packets of one picture, from its header to the next one's: one early in the span. */
export async function losePicture(file: string, span: Span): Promise<void> {
  const { from, track } = await positionsOf(file, span);
  let seen = 0;
  await filterPackets(file, (packet, at) => {
    if (at < from || pidAt(packet, 0) !== track) return true;
    if ((packet.readUInt8(1) & 0x40) !== 0) seen++;
    return seen !== 2;
  });
}

/** Loses whatever is sent in the span, of all tracks. */
export async function loseAll(file: string, span: Span): Promise<void> {
  const { from, to } = await positionsOf(file, span);
  await filterPackets(file, (_, at) => at < from || at >= to);
}

/** Moves the program clock from the span's start on, and leaves the time stamps of picture and sound as they are. */
export async function jumpClock(file: string, span: Span, bySeconds: number): Promise<void> {
  const { from } = await positionsOf(file, span);
  await filterPackets(file, (packet, at) => {
    if (at >= from && hasClock(packet)) shiftClock(packet, bySeconds);
    return true;
  });
}

/** Moves all times from the span's start on: the clock's, and the stamps of picture and sound. */
export async function shiftTimes(file: string, span: Span, bySeconds: number): Promise<void> {
  const { from } = await positionsOf(file, span);
  await filterPackets(file, (packet, at) => {
    if (at < from) return true;
    if (hasClock(packet)) shiftClock(packet, bySeconds);
    const payload = 4 + ((packet.readUInt8(3) & 0x20) !== 0 ? 1 + packet.readUInt8(4) : 0);
    const begins = (packet.readUInt8(1) & 0x40) !== 0 && (packet.readUInt8(3) & 0x10) !== 0;
    if (!begins || payload + 19 > packetBytes || packet.readUIntBE(payload, 3) !== 1) return true;
    const stamps = packet.readUInt8(payload + 7) >> 6;
    if ((stamps & 2) !== 0) shiftStamp(packet, payload + 9, bySeconds);
    if (stamps === 3) shiftStamp(packet, payload + 14, bySeconds);
    return true;
  });
}

function hasClock(packet: Buffer): boolean {
  return (packet.readUInt8(3) & 0x20) !== 0 && packet.readUInt8(4) > 0 && (packet.readUInt8(5) & 0x10) !== 0;
}

function shiftClock(packet: Buffer, bySeconds: number): void {
  // The upper 32 of the clock's 33 bits of 90 kHz.
  packet.writeUInt32BE((packet.readUInt32BE(6) + Math.round((bySeconds * ticksPerSecond) / 2)) >>> 0, 6);
}

/** A time stamp lies in five bytes, three, fifteen and fifteen bits of it, with marker bits between (ISO/IEC 13818-1, 2.4.3.6). */
function shiftStamp(packet: Buffer, at: number, bySeconds: number): void {
  const high = (packet.readUInt8(at) >> 1) & 7;
  const middle = packet.readUInt16BE(at + 1) >> 1;
  const low = packet.readUInt16BE(at + 3) >> 1;
  const ticks = (high * 2 ** 30 + middle * 2 ** 15 + low + Math.round(bySeconds * ticksPerSecond) + 2 ** 33) % 2 ** 33;
  packet.writeUInt8((packet.readUInt8(at) & 0xf1) | (Math.floor(ticks / 2 ** 30) << 1), at);
  packet.writeUInt16BE(((Math.floor(ticks / 2 ** 15) & 0x7fff) << 1) | 1, at + 1);
  packet.writeUInt16BE(((ticks & 0x7fff) << 1) | 1, at + 3);
}

/** Codes what follows the span's start in another format, as a channel does that goes on from another encoder. */
export async function changeFormat(file: string, { startSeconds }: Span, encoderArguments: readonly string[]): Promise<void> {
  const parts = [`${file}.1.ts`, `${file}.2.ts`] as const;
  const coded = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-bf", "0", "-pix_fmt", "yuv420p", "-c:a", "mp2"];
  const muxed = ["-threads", "1", "-muxdelay", "0", "-muxpreload", "0", "-f", "mpegts"];
  await ffmpeg(["-threads", "1", "-i", file, "-map", "0", "-t", `${startSeconds}`, ...coded, ...muxed, parts[0]]);
  const from = ["-threads", "1", "-ss", `${startSeconds}`, "-i", file, "-map", "0", "-output_ts_offset", `${startSeconds}`];
  await ffmpeg([...from, ...coded, ...encoderArguments, ...muxed, parts[1]]);
  await writeFile(file, Buffer.concat(await Promise.all(parts.map((part) => readFile(part)))));
}
