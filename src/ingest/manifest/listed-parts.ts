import type { types } from "hls-parser";
import { type ByteRange, rangeOf, resolve } from "./named-resource.js";

/** A part of a segment (EXT-X-PART; draft-pantos-hls-rfc8216bis, 4.4.4.9). */
export interface ListedPart {
  readonly url: URL;
  readonly range?: ByteRange;
  readonly seconds: number;
  /** Where it begins by the durations before it, in seconds from the start of its segment. */
  readonly offsetSeconds: number;
  /** Decoding can begin with it. */
  readonly independent: boolean;
  /** It is not there (GAP), or named by no URI. */
  readonly gap: boolean;
}

/** The parts that a playlist lists of one segment. Hints (EXT-X-PRELOAD-HINT) are none: what they name may never come. */
export function partsOf(parts: readonly types.PartialSegment[], base: URL): ListedPart[] {
  const listed: ListedPart[] = [];
  let offsetSeconds = 0;
  let end = 0;
  for (const { uri, hint, duration, byterange, independent, gap } of parts) {
    if (hint) continue;
    const url = uri ? resolve(uri, base) : undefined;
    const { range } = rangeOf(byterange);
    // Without a place it lies behind the part before it.
    const start = range === undefined || range.start >= 0 ? (range?.start ?? 0) : end;
    const seconds = Number.isFinite(duration) ? (duration ?? 0) : 0;
    listed.push({
      url: url ?? base,
      ...(range === undefined ? {} : { range: { start, length: range.length } }),
      seconds,
      offsetSeconds,
      independent: independent === true,
      gap: gap === true || url === undefined,
    });
    offsetSeconds += seconds;
    end = start + (range?.length ?? 0);
  }
  return listed;
}
