import { FramewatchError } from "../../errors.js";
import type { RemuxInput } from "./remux.js";
import type { ReadSegment } from "./segment-reader.js";

/** How ffmpeg is to read segments like this one. @throws FramewatchError `media-unreadable` for what is packed in no way that HLS knows */
export function inputOf({ packing, bytes, times }: ReadSegment): RemuxInput {
  if (packing === "transport") return { format: "mpegts" };
  if (packing === "fragments") return { format: "mov" };
  const format = soundFormat(bytes);
  if (format === undefined)
    throw new FramewatchError(
      "media-unreadable",
      "The segments are neither MPEG-TS nor fragments with a header nor packed sound.",
    );
  // Packed sound tells its time only in a tag before it (RFC 8216, 3.4).
  return { format, ...(times === undefined ? {} : { offsetSeconds: times.firstSeconds }) };
}

/** The sound that may stand in segments by itself (RFC 8216, 3.4), by its first bytes: ADTS, MPEG audio, AC-3 and E-AC-3. */
function soundFormat(bytes: Uint8Array): string | undefined {
  const [first = 0, second = 0] = bytes;
  if (first === 0x0b && second === 0x77) return (bytes[5] ?? 0) >> 3 > 10 ? "eac3" : "ac3";
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  // ISO/IEC 13818-7, 6.2.1: in ADTS the two bits of the layer are 0.
  return (second & 0x06) === 0 ? "aac" : "mp3";
}
