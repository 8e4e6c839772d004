import { readFile, writeFile } from "node:fs/promises";

const packetBytes = 188;
const splicePid = 0x1f0;

/** CRC of ISO/IEC 13818-1, annex A. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte << 24;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000_0000) === 0 ? crc << 1 : (crc << 1) ^ 0x04c1_1db7;
  }
  return crc >>> 0;
}

function withCrc(section: Buffer): Buffer {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(section));
  return Buffer.concat([section, crc]);
}

function ticks(seconds: number): Buffer {
  const value = Math.round(seconds * 90_000);
  return Buffer.from([Math.floor(value / 2 ** 32) & 1, value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
}

/** splice_info_section (SCTE 35, 9.6) around a command and descriptors. */
function spliceSection(type: number, command: Buffer, descriptors: Buffer): Buffer {
  const rest = Buffer.alloc(2);
  rest.writeUInt16BE(descriptors.length);
  const length = 11 + command.length + 2 + descriptors.length + 4;
  const head = Buffer.from([
    0xfc,
    0x30 | (length >> 8),
    length & 255,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0xff,
    0xf0 | (command.length >> 8),
    command.length & 255,
    type,
  ]);
  return withCrc(Buffer.concat([head, command, rest, descriptors]));
}

/** splice_insert that leaves the programme at a time of the stream's clock, for so long. */
export function spliceInsert(eventId: number, atSeconds: number, durationSeconds: number): Buffer {
  const head = Buffer.from([0, 0, 0, eventId, 0x7f, 0xef]);
  const time = ticks(atSeconds);
  time[0] = 0xfe | (time[0] ?? 0);
  const lasts = ticks(durationSeconds);
  lasts[0] = 0xfe | (lasts[0] ?? 0);
  return spliceSection(0x05, Buffer.concat([head, time, lasts, Buffer.from([0, 1, 0, 0])]), Buffer.alloc(0));
}

/** time_signal with one segmentation_descriptor. */
export function timeSignal(eventId: number, atSeconds: number, segmentationType: number): Buffer {
  const time = ticks(atSeconds);
  time[0] = 0xfe | (time[0] ?? 0);
  const body = Buffer.concat([Buffer.from("CUEI"), Buffer.from([0, 0, 0, eventId, 0x7f, 0xbf, 0, 0, segmentationType, 0, 0])]);
  return spliceSection(0x06, time, Buffer.concat([Buffer.from([0x02, body.length]), body]));
}

/** Adds a track of SCTE 35 to a transport stream that ffmpeg wrote: messages before the packet at their share, 0..1, of the file. */
export async function addSpliceTrack(
  file: string,
  messages: readonly { readonly place: number; readonly section: Buffer }[],
): Promise<void> {
  const stream = await readFile(file);
  const packets: Buffer[] = [];
  const count = stream.length / packetBytes;
  const due = [...messages];
  let counter = 0;
  for (let index = 0; index < count; index++) {
    while (due[0] !== undefined && index >= due[0].place * count)
      packets.push(splicePacket(due.shift()?.section ?? Buffer.alloc(0), counter++));
    const packet = stream.subarray(index * packetBytes, (index + 1) * packetBytes);
    // ffmpeg writes its program map on this PID, a section to a packet.
    packets.push((packet.readUInt16BE(1) & 0x1fff) === 0x1000 ? withSpliceTrack(packet) : packet);
  }
  await writeFile(file, Buffer.concat(packets));
}

function splicePacket(section: Buffer, counter: number): Buffer {
  const packet = Buffer.alloc(packetBytes, 0xff);
  Buffer.from([0x47, 0x40 | (splicePid >> 8), splicePid & 255, 0x10 | (counter & 15), 0]).copy(packet);
  section.copy(packet, 5);
  return packet;
}

function withSpliceTrack(packet: Buffer): Buffer {
  const section = packet.subarray(5);
  const length = 3 + (section.readUInt16BE(1) & 0xfff) - 4;
  const infoBytes = section.readUInt16BE(10) & 0xfff;
  const registration = Buffer.from([0x05, 0x04, ...Buffer.from("CUEI")]);
  const changed = Buffer.concat([
    section.subarray(0, 12 + infoBytes),
    registration,
    section.subarray(12 + infoBytes, length),
    Buffer.from([0x86, 0xe0 | (splicePid >> 8), splicePid & 255, 0xf0, 0]),
  ]);
  changed.writeUInt16BE(0xb000 | (changed.length - 3 + 4), 1);
  changed.writeUInt16BE(0xf000 | (infoBytes + registration.length), 10);
  const whole = withCrc(changed);
  const result = Buffer.alloc(packetBytes, 0xff);
  packet.copy(result, 0, 0, 5);
  whole.copy(result, 5);
  return result;
}
