/** Media times that a segment's own bytes tell, in seconds on the media's clock. */
export interface SegmentTimes {
  readonly firstSeconds: number;
  /** How long what was read lasts; absent where only its beginning was read, or it cannot be told. */
  readonly lastsSeconds?: number;
}

/** Ticks per second of each track, as the header (EXT-X-MAP) tells, and which one is the picture. */
export interface MediaHeader {
  readonly timescales: ReadonlyMap<number, number>;
  readonly picture?: number;
}

/**
 * Reads the times of a segment: MPEG transport streams, ISO media fragments with their header, and packed audio, whose time
 * stands in an ID3 tag (RFC 8216, 3.4). The picture's where there is one.
 * @returns undefined for what tells no time, or is none of these (encrypted segments are none)
 */
export function segmentTimes(bytes: Uint8Array, header?: MediaHeader): SegmentTimes | undefined {
  const sync = syncOf(bytes);
  if (sync !== undefined) return transportTimes(bytes, sync);
  if (header !== undefined) return fragmentTimes(bytes, header);
  return packedAudioTime(bytes);
}

const clockHz = 90_000;
const wrapSeconds = 2 ** 33 / clockHz;
const packetBytes = 188;

function syncOf(bytes: Uint8Array): number | undefined {
  for (let at = 0; at < packetBytes && at < bytes.length; at++) {
    if (bytes[at] === 0x47 && bytes[at + packetBytes] === 0x47 && bytes[at + 2 * packetBytes] === 0x47) return at;
  }
  return undefined;
}

/** When the first picture of a piece of MPEG-TS is shown, in seconds; undefined where none begins in it. */
export function firstPictureSeconds(bytes: Uint8Array): number | undefined {
  const sync = syncOf(bytes);
  return sync === undefined ? undefined : spanOf(timeStamps(bytes, sync).picture)?.firstSeconds;
}

function transportTimes(bytes: Uint8Array, sync: number): SegmentTimes | undefined {
  const { picture, sound } = timeStamps(bytes, sync);
  return spanOf(picture.length > 0 ? picture : sound);
}

/** ISO/IEC 13818-1, 2.4.3: the time stamps of the PES packets that begin in it. */
function timeStamps(bytes: Uint8Array, sync: number): { readonly picture: readonly number[]; readonly sound: readonly number[] } {
  const picture: number[] = [];
  const sound: number[] = [];
  for (let at = sync; at + packetBytes <= bytes.length; at += packetBytes) {
    const begins = ((bytes[at + 1] ?? 0) & 0x40) !== 0;
    const control = (bytes[at + 3] ?? 0) & 0x30;
    if (bytes[at] !== 0x47 || !begins || (control & 0x10) === 0) continue;
    const payload = at + 4 + ((control & 0x20) === 0 ? 0 : 1 + (bytes[at + 4] ?? 0));
    if (payload + 14 > at + packetBytes || bytes[payload] !== 0 || bytes[payload + 1] !== 0 || bytes[payload + 2] !== 1) continue;
    const stream = bytes[payload + 3] ?? 0;
    if (((bytes[payload + 7] ?? 0) & 0x80) === 0) continue;
    const isPicture = (stream & 0xf0) === 0xe0;
    if (!isPicture && (stream & 0xe0) !== 0xc0 && stream !== 0xbd) continue;
    (isPicture ? picture : sound).push(stampAt(bytes, payload + 9));
  }
  return { picture, sound };
}

function stampAt(bytes: Uint8Array, at: number): number {
  const byte = (offset: number): number => bytes[at + offset] ?? 0;
  return (
    (((byte(0) >> 1) & 7) * 2 ** 30 + ((byte(1) << 22) | ((byte(2) >> 1) << 15) | (byte(3) << 7) | (byte(4) >> 1))) / clockHz
  );
}

function spanOf(stamps: readonly number[]): SegmentTimes | undefined {
  const [reference] = stamps;
  if (reference === undefined) return undefined;
  // The count begins again every 26.5 hours.
  const times = stamps.map((stamp) => stamp + wrapSeconds * Math.round((reference - stamp) / wrapSeconds));
  const firstSeconds = times.reduce((one, other) => Math.min(one, other));
  const span = times.reduce((one, other) => Math.max(one, other)) - firstSeconds;
  // The last frame lasts as long as the others do.
  return { firstSeconds, ...(times.length < 2 ? {} : { lastsSeconds: span + span / (times.length - 1) }) };
}

interface Box {
  readonly type: string;
  /** Where its content begins and ends. */
  readonly from: number;
  readonly to: number;
}

/** The boxes in a stretch of ISO media (ISO/IEC 14496-12, 4.2); the last one may be cut off. */
function* boxesIn(view: DataView, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to; ) {
    const short = view.getUint32(at);
    const isLong = short === 1 && at + 16 <= to;
    const size = isLong ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short;
    const head = isLong ? 16 : 8;
    if (size < head) return;
    const type = String.fromCharCode(...[4, 5, 6, 7].map((offset) => view.getUint8(at + offset)));
    yield { type, from: at + head, to: Math.min(to, at + size) };
    at += size;
  }
}

function childrenOf(view: DataView, box: Box | undefined, type: string): Box[] {
  return box === undefined ? [] : [...boxesIn(view, box.from, box.to)].filter((child) => child.type === type);
}

/** Reads the header that fragments need. @returns undefined where it is none */
export function mediaHeader(bytes: Uint8Array): MediaHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const moov = [...boxesIn(view, 0, bytes.length)].find(({ type }) => type === "moov");
  const timescales = new Map<number, number>();
  let picture: number | undefined;
  for (const track of childrenOf(view, moov, "trak")) {
    const [tkhd] = childrenOf(view, track, "tkhd");
    const [mdia] = childrenOf(view, track, "mdia");
    const [mdhd] = childrenOf(view, mdia, "mdhd");
    const [hdlr] = childrenOf(view, mdia, "hdlr");
    if (tkhd === undefined || mdhd === undefined || mdhd.to - mdhd.from < 24 || tkhd.to - tkhd.from < 24) continue;
    const id = view.getUint32(tkhd.from + (view.getUint8(tkhd.from) === 1 ? 20 : 12));
    timescales.set(id, view.getUint32(mdhd.from + (view.getUint8(mdhd.from) === 1 ? 20 : 12)));
    if (hdlr !== undefined && hdlr.to - hdlr.from >= 12 && view.getUint32(hdlr.from + 8) === 0x7669_6465) picture ??= id;
  }
  return timescales.size === 0 ? undefined : { timescales, ...(picture === undefined ? {} : { picture }) };
}

/** ISO/IEC 14496-12, 8.8: when the fragments begin (tfdt) and how long their samples last (trun, tfhd). */
function fragmentTimes(bytes: Uint8Array, { timescales, picture }: MediaHeader): SegmentTimes | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let first: number | undefined;
  let end: number | undefined;
  try {
    for (const moof of [...boxesIn(view, 0, bytes.length)].filter(({ type }) => type === "moof")) {
      for (const traf of childrenOf(view, moof, "traf")) {
        const [tfhd] = childrenOf(view, traf, "tfhd");
        const [tfdt] = childrenOf(view, traf, "tfdt");
        if (tfhd === undefined || tfdt === undefined) continue;
        const id = view.getUint32(tfhd.from + 4);
        const timescale = timescales.get(id) ?? 0;
        if (timescale === 0 || (picture !== undefined && id !== picture)) continue;
        const begins = view.getUint8(tfdt.from) === 1 ? Number(view.getBigUint64(tfdt.from + 4)) : view.getUint32(tfdt.from + 4);
        const ticks = childrenOf(view, traf, "trun").map((trun) => runTicks(view, trun, defaultTicks(view, tfhd)));
        first = Math.min(first ?? Infinity, begins / timescale);
        if (ticks.includes(undefined)) continue;
        const lasts = ticks.reduce<number>((sum, one) => sum + (one ?? 0), 0);
        end = Math.max(end ?? -Infinity, (begins + lasts) / timescale);
      }
    }
  } catch (error) {
    // Boxes that lie about their sizes, or were cut off.
    if (!(error instanceof RangeError)) throw error;
  }
  if (first === undefined) return undefined;
  return { firstSeconds: first, ...(end === undefined ? {} : { lastsSeconds: end - first }) };
}

function defaultTicks(view: DataView, tfhd: Box): number | undefined {
  const flags = view.getUint32(tfhd.from) & 0xff_ffff;
  if ((flags & 8) === 0) return undefined;
  return view.getUint32(tfhd.from + 8 + ((flags & 1) === 0 ? 0 : 8) + ((flags & 2) === 0 ? 0 : 4));
}

/** Undefined where only the film's header would say how long a sample is. */
function runTicks(view: DataView, trun: Box, defaults: number | undefined): number | undefined {
  const flags = view.getUint32(trun.from) & 0xff_ffff;
  const count = view.getUint32(trun.from + 4);
  if ((flags & 0x100) === 0) return defaults === undefined ? undefined : defaults * count;
  const entry = 4 * [0x100, 0x200, 0x400, 0x800].filter((flag) => (flags & flag) !== 0).length;
  let at = trun.from + 8 + ((flags & 1) === 0 ? 0 : 4) + ((flags & 4) === 0 ? 0 : 4);
  let ticks = 0;
  for (let sample = 0; sample < count; sample++, at += entry) ticks += view.getUint32(at);
  return ticks;
}

const stampOwner = "com.apple.streaming.transportStreamTimestamp\0";

function packedAudioTime(bytes: Uint8Array): SegmentTimes | undefined {
  const text = Buffer.from(bytes.subarray(0, 256)).toString("latin1");
  const at = text.startsWith("ID3") ? text.indexOf(stampOwner) + stampOwner.length : 0;
  if (at < stampOwner.length || at + 8 > Math.min(256, bytes.length)) return undefined;
  const stamp = new DataView(bytes.buffer, bytes.byteOffset + at, 8);
  return { firstSeconds: Number(stamp.getBigUint64(0) & 0x1_ffff_ffffn) / clockHz };
}
