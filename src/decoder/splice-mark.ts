/** A message that says where something is to be spliced in, or what begins and ends (SCTE 35). */
export interface SpliceMark {
  readonly command: "splice-insert" | "time-signal" | "splice-schedule" | "private" | "encrypted";
  /** Of the splice itself, on the clock of presentation times, in ticks of 90 kHz; absent where it is to be at once. */
  readonly spliceTicks?: number;
  readonly eventId?: number;
  /** The event of this id is taken back. */
  readonly cancelled?: boolean;
  /** The programme is left (an advertisement begins); false: it is come back to. */
  readonly outOfNetwork?: boolean;
  /** How long what begins is to last. */
  readonly durationSeconds?: number;
  /** What it marks, by SCTE 35 table 23: 0x10 programme start, 0x22 break start, 0x30 advertisement start … */
  readonly segmentationType?: number;
}

/** A mark, and when what it marks happens; in seconds, 0 at the media's first presented frame or sample. */
export interface PlacedMark extends Omit<SpliceMark, "spliceTicks"> {
  readonly startSeconds: number;
  /** When the message itself came. */
  readonly sentSeconds?: number;
}

const ticksPerSecond = 90_000;
const wrapTicks = 2 ** 33;
const wrapSeconds = wrapTicks / ticksPerSecond;
const segmentationTag = 0x02;
const commands: Readonly<Record<number, SpliceMark["command"]>> = {
  0x04: "splice-schedule",
  0x05: "splice-insert",
  0x06: "time-signal",
  0xff: "private",
};

/**
 * Reads a splice_info_section (SCTE 35 2023, 9.6).
 * @returns undefined for what is none, or only keeps the line open (splice_null, bandwidth_reservation)
 */
export function spliceMarkIn(section: Uint8Array): SpliceMark | undefined {
  if (section[0] !== 0xfc || section.length < 15) return undefined;
  const view = new DataView(section.buffer, section.byteOffset, section.length);
  try {
    if ((view.getUint8(4) & 0x80) !== 0) return { command: "encrypted" };
    const command = commands[view.getUint8(13)];
    if (command === undefined) return undefined;
    const adjustment = ticksAt(view, 4);
    const commandBytes = view.getUint16(11) & 0xfff;
    const read = command === "splice-insert" ? readInsert(view, 14) : command === "time-signal" ? readTime(view, 14) : {};
    const { ticks, ...facts } = read;
    return {
      command,
      // 0xfff: the length is not told, as streams of before 2004 have it; then no descriptor is looked for.
      ...(commandBytes === 0xfff ? {} : readSegmentation(view, 14 + commandBytes)),
      ...facts,
      ...(ticks === undefined ? {} : { spliceTicks: (ticks + adjustment) % wrapTicks }),
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/**
 * Puts a mark on the media's clock. The time of a splice lies near that of its message, whatever the count of the clock is.
 * @param sentSeconds when the message came, on the media's clock
 * @param originSeconds source time of the first presented frame or sample
 */
export function placeMark(
  { spliceTicks, ...mark }: SpliceMark,
  sentSeconds: number | undefined,
  originSeconds: number,
): PlacedMark {
  const sent = sentSeconds === undefined ? {} : { sentSeconds };
  if (spliceTicks === undefined) return { ...mark, startSeconds: sentSeconds ?? 0, ...sent };
  const seconds = spliceTicks / ticksPerSecond - originSeconds;
  return { ...mark, startSeconds: seconds + wrapSeconds * Math.round(((sentSeconds ?? 0) - seconds) / wrapSeconds), ...sent };
}

type Read = Omit<SpliceMark, "command" | "spliceTicks"> & { readonly ticks?: number };

/** 33 bits: the lowest of the byte at `at`, and the four bytes behind it. */
function ticksAt(view: DataView, at: number): number {
  return (view.getUint8(at) & 1) * 2 ** 32 + view.getUint32(at + 1);
}

function readTime(view: DataView, at: number): { readonly ticks?: number } {
  return (view.getUint8(at) & 0x80) === 0 ? {} : { ticks: ticksAt(view, at) };
}

function readInsert(view: DataView, at: number): Read {
  const eventId = view.getUint32(at);
  if ((view.getUint8(at + 4) & 0x80) !== 0) return { eventId, cancelled: true };
  const flags = view.getUint8(at + 5);
  const isImmediate = (flags & 0x10) !== 0;
  let next = at + 6;
  let time: { readonly ticks?: number } = {};
  if ((flags & 0x40) !== 0) {
    if (!isImmediate) {
      time = readTime(view, next);
      next += time.ticks === undefined ? 1 : 5;
    }
  } else {
    const components = view.getUint8(next++);
    for (let component = 0; component < components; component++) {
      next++;
      if (isImmediate) continue;
      const own = readTime(view, next);
      if (component === 0) time = own;
      next += own.ticks === undefined ? 1 : 5;
    }
  }
  const duration = (flags & 0x20) === 0 ? {} : { durationSeconds: ticksAt(view, next) / ticksPerSecond };
  return { eventId, outOfNetwork: (flags & 0x80) !== 0, ...time, ...duration };
}

/** The first segmentation_descriptor (SCTE 35 2023, 10.3.3). */
function readSegmentation(view: DataView, at: number): Omit<Read, "ticks"> {
  const end = at + 2 + view.getUint16(at);
  for (let next = at + 2; next + 6 <= end; next += 2 + view.getUint8(next + 1)) {
    if (view.getUint8(next) !== segmentationTag) continue;
    const eventId = view.getUint32(next + 6);
    if ((view.getUint8(next + 10) & 0x80) !== 0) return { eventId, cancelled: true };
    const flags = view.getUint8(next + 11);
    let place = next + 12;
    if ((flags & 0x80) === 0) place += 1 + 6 * view.getUint8(place);
    let duration = {};
    if ((flags & 0x40) !== 0) {
      duration = { durationSeconds: (view.getUint8(place) * 2 ** 32 + view.getUint32(place + 1)) / ticksPerSecond };
      place += 5;
    }
    place += 2 + view.getUint8(place + 1);
    return { eventId, segmentationType: view.getUint8(place), ...duration };
  }
  return {};
}
