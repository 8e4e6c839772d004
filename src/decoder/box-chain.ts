import { openLook, type SourceBytes } from "./source-bytes.js";

/** A larger index of one fragment is not looked into. */
const largestFragmentBytes = 1 << 20;
/** Boxes that hold boxes and nothing else, of those that a fragment's index is made of (ISO/IEC 14496-12, 8.8). */
const boxesOfBoxes = new Set(["moof", "traf"]);

interface Box {
  readonly type: string;
  readonly headBytes: number;
  /** Undefined: it goes on to the end of the file. */
  readonly bytes: number | undefined;
}

/**
 * Why a fragmented MP4 or MOV is not whole: its boxes do not stand one behind the other up to its end. An index tells where the
 * media of other files lies, but a fragment is only found behind the one before it, and ffmpeg takes the first place where none
 * stands for the end of the film, without a word.
 *
 * Undefined for files without fragments, and where the source gives no single places or is too long to be walked through.
 * Source: ISO/IEC 14496-12, 4.2 (boxes), 8.8.1 (`mvex`).
 */
export async function brokenFragments(bytes: number, source: SourceBytes): Promise<string | undefined> {
  const look = openLook(source);
  let isFragmented = false;
  for (let offset = 0; offset < bytes; ) {
    const head = await look(offset, Math.min(16, bytes - offset));
    if (head === undefined) return undefined;
    const box = boxIn(head);
    if (box === undefined) return isFragmented ? noBoxAt(offset) : undefined;
    if (box.bytes === undefined) return undefined;
    if (offset + box.bytes > bytes) return isFragmented ? cutInside(box, offset, bytes) : undefined;
    if (box.type === "moov") {
      const moov = await look(offset, box.bytes);
      if (moov === undefined || !hasChild(moov, box, "mvex")) return undefined;
      isFragmented = true;
    } else if (box.type === "moof" && box.bytes <= largestFragmentBytes) {
      const moof = await look(offset, box.bytes);
      if (moof !== undefined && !isFilled(moof, box)) return `The index of the fragment at byte ${offset} is damaged.`;
    }
    offset += box.bytes;
  }
  return undefined;
}

/** A source that was cut ends inside a box; where bytes are missing or others stand in their place, a size is none. */
function cutInside({ type }: Box, offset: number, bytes: number): string {
  const isKnown = /^(moof|mdat|sidx|styp|mfra|emsg|prft|free|skip|uuid)$/.test(type);
  return isKnown ? `The file ends at byte ${bytes}, inside a fragment that begins at byte ${offset}.` : noBoxAt(offset);
}

function noBoxAt(offset: number): string {
  return `The file is damaged: at byte ${offset} no fragment begins, so that those behind it cannot be found.`;
}

/** Undefined where no box begins with these bytes. */
function boxIn(head: Buffer): Box | undefined {
  if (head.length < 8) return undefined;
  const type = head.toString("latin1", 4, 8);
  if (!/^[ -~\u00a9]{4}$/.test(type)) return undefined;
  const size = head.readUInt32BE(0);
  if (size === 0) return { type, headBytes: 8, bytes: undefined };
  if (size !== 1) return size < 8 ? undefined : { type, headBytes: 8, bytes: size };
  if (head.length < 16) return undefined;
  const large = Number(head.readBigUInt64BE(8));
  return large < 16 ? undefined : { type, headBytes: 16, bytes: large };
}

function hasChild(bytes: Buffer, parent: Box, type: string): boolean {
  for (let at = parent.headBytes; at < bytes.length; ) {
    const child = boxIn(bytes.subarray(at, at + 16));
    if (child?.bytes === undefined) return false;
    if (child.type === type) return true;
    at += child.bytes;
  }
  return false;
}

/** True where a box's own boxes fill it exactly, and theirs fill them. */
function isFilled(bytes: Buffer, parent: Box): boolean {
  let at = parent.headBytes;
  while (at < bytes.length) {
    const child = boxIn(bytes.subarray(at, at + 16));
    if (child?.bytes === undefined || at + child.bytes > bytes.length) return false;
    if (boxesOfBoxes.has(child.type) && !isFilled(bytes.subarray(at, at + child.bytes), child)) return false;
    at += child.bytes;
  }
  return at === bytes.length;
}
