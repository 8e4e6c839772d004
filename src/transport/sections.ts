/** Program tables of a transport stream (ISO/IEC 13818-1, 2.4.4). */

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x8000_0000) === 0 ? value << 1 : (value << 1) ^ 0x04c1_1db7;
  return value;
});

/** CRC of ISO/IEC 13818-1, annex A; 0 over a whole section that is sound. */
export function sectionCrc(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) crc = (crc << 8) ^ (crcTable[((crc >>> 24) ^ byte) & 255] ?? 0);
  return crc >>> 0;
}

/** Puts the sections of one PID together; `receive` gets each whole one. */
export function openSections(receive: (section: Uint8Array) => void): (payload: Uint8Array, begins: boolean) => void {
  let buffer = new Uint8Array(0);

  function take(bytes: Uint8Array): void {
    buffer = buffer.length === 0 ? bytes.slice() : concat(buffer, bytes);
    while (buffer.length >= 3 && buffer[0] !== 0xff) {
      const length = 3 + ((((buffer[1] ?? 0) & 15) << 8) | (buffer[2] ?? 0));
      if (buffer.length < length) return;
      receive(buffer.subarray(0, length));
      buffer = buffer.slice(length);
    }
    buffer = new Uint8Array(0);
  }

  return (payload, begins) => {
    if (!begins) {
      if (buffer.length > 0) take(payload);
      return;
    }
    const pointer = payload[0] ?? 0;
    if (buffer.length > 0) take(payload.subarray(1, 1 + pointer));
    buffer = new Uint8Array(0);
    take(payload.subarray(1 + pointer));
  };
}

function concat(one: Uint8Array, other: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** The PIDs of the program maps that a PAT names. */
export function programMapsIn(pat: Uint8Array): number[] {
  const maps: number[] = [];
  for (let at = 8; at + 4 <= pat.length - 4; at += 4) {
    const program = ((pat[at] ?? 0) << 8) | (pat[at + 1] ?? 0);
    if (program !== 0) maps.push((((pat[at + 2] ?? 0) & 0x1f) << 8) | (pat[at + 3] ?? 0));
  }
  return maps;
}

/** An elementary stream of a program. */
export interface ElementaryStream {
  readonly pid: number;
  readonly streamType: number;
}

export interface ProgramMap {
  readonly pcrPid: number;
  readonly streams: readonly ElementaryStream[];
}

export function programMapIn(pmt: Uint8Array): ProgramMap {
  const word = (at: number): number => ((pmt[at] ?? 0) << 8) | (pmt[at + 1] ?? 0);
  const streams: ElementaryStream[] = [];
  let at = 12 + (word(10) & 0xfff);
  while (at + 5 <= pmt.length - 4) {
    streams.push({ streamType: pmt[at] ?? 0, pid: word(at + 1) & 0x1fff });
    at += 5 + (word(at + 3) & 0xfff);
  }
  return { pcrPid: word(8) & 0x1fff, streams };
}

/** Stream types that are pictures and sound (ISO/IEC 13818-1, table 2-34; 0x80 and above as ATSC and SCTE use them). */
const pictureTypes: ReadonlySet<number> = new Set([0x01, 0x02, 0x10, 0x1b, 0x20, 0x21, 0x24, 0x33, 0x42, 0xd1, 0xea]);
const soundTypes: ReadonlySet<number> = new Set([0x03, 0x04, 0x0f, 0x11, 0x1c, 0x81, 0x84, 0x87]);

export function mediumOf(streamType: number): "picture" | "sound" | "other" {
  if (pictureTypes.has(streamType)) return "picture";
  return soundTypes.has(streamType) ? "sound" : "other";
}
