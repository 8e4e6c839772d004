import type { ListedSegment } from "../manifest/parse-playlist.js";
import { firstPictureSeconds } from "../manifest/segment-times.js";
import type { ReceiverSink } from "./receiver.js";
import type { ReadSegment } from "./segment-reader.js";

/** Time stamps of MPEG-TS begin again every 26.5 hours (ISO/IEC 13818-1, 2.4.3.7: 33 bits of 90 kHz). */
const wrapSeconds = 2 ** 33 / 90_000;
/** What holds no picture in so many bytes holds none. */
const mostSearchedBytes = 4 * 1024 * 1024;

/**
 * Tells the wall clock of pictures that were packed anew: a fragment's time is when its first picture is decoded, and a packer
 * may move all times; so the first picture that comes out is held against the first segment that went in.
 */
export function openRemuxClock(sink: ReceiverSink): {
  /** A segment goes in. */
  in(listed: ListedSegment, segment: ReadSegment): void;
  /** Bytes come out. */
  out(bytes: Uint8Array): void;
} {
  let firstIn: number | undefined;
  let firstOut: number | undefined;
  let searchedBytes = 0;
  const waiting: { readonly sinceFirst: number; readonly at: number }[] = [];

  function tell(): void {
    if (firstOut === undefined) return;
    for (const { sinceFirst, at } of waiting) sink.wallClock?.((firstOut + sinceFirst) % wrapSeconds, at);
    waiting.length = 0;
  }

  return {
    in({ programMilliseconds }, { times }) {
      if (times === undefined) return;
      firstIn ??= times.firstSeconds;
      if (programMilliseconds === undefined || searchedBytes > mostSearchedBytes) return;
      waiting.push({ sinceFirst: times.firstSeconds - firstIn, at: programMilliseconds });
      tell();
    },
    out(bytes) {
      if (firstOut !== undefined || searchedBytes > mostSearchedBytes) return;
      searchedBytes += bytes.length;
      firstOut = firstPictureSeconds(bytes);
      tell();
    },
  };
}
