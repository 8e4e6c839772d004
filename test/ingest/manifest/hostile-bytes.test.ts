import fc from "fast-check";
import { expect, it } from "vitest";
import { parsePlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import { mediaHeader, segmentTimes } from "../../../src/ingest/manifest/segment-times.js";

const url = new URL("https://host/main.m3u8");
const tags = [
  "#EXTM3U",
  "#EXT-X-VERSION:7",
  "#EXT-X-TARGETDURATION:",
  "#EXT-X-TARGETDURATION:4",
  "#EXT-X-MEDIA-SEQUENCE:-1",
  "#EXTINF:4.0,",
  "#EXTINF:",
  "#EXT-X-BYTERANGE:10@",
  "#EXT-X-BYTERANGE:10",
  '#EXT-X-MAP:URI="init.mp4"',
  "#EXT-X-MAP:",
  "#EXT-X-KEY:METHOD=AES-128",
  "#EXT-X-KEY:METHOD=NONE",
  "#EXT-X-PART-INF:PART-TARGET=0.5",
  '#EXT-X-PART:DURATION=0.5,URI="p.m4s"',
  "#EXT-X-STREAM-INF:BANDWIDTH=1000,RESOLUTION=1x1",
  '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="a.m3u8"',
  "#EXT-X-DISCONTINUITY",
  "#EXT-X-ENDLIST",
  "s.ts",
  "http://[bad/s.ts",
  "",
];

it("any text gives a playlist, a reason, or both", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...tags), fc.string()), { maxLength: 30 }), (lines) => {
      const { playlist, fault } = parsePlaylist(lines.join("\n"), url);
      expect(playlist ?? fault).toBeDefined();
      if (playlist?.kind !== "media") return;
      expect(Number.isFinite(playlist.totalSeconds)).toBe(true);
      for (const { seconds, startSeconds } of playlist.segments) expect(Number.isFinite(seconds + startSeconds)).toBe(true);
    }),
    { numRuns: 500 },
  );
});

it("any bytes give times that are numbers, or none", () => {
  const box = (type: string) =>
    fc.uint8Array({ maxLength: 60 }).map((body) => Uint8Array.from([0, 0, 0, 8 + body.length, ...Buffer.from(type), ...body]));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 800 }),
    fc
      .array(fc.oneof(...["moov", "moof", "mdat", "trak", "tfhd", "trun"].map(box)), { maxLength: 6 })
      .map((boxes) => Uint8Array.from(boxes.flatMap((one) => [...one]))),
    fc
      .array(fc.uint8Array({ minLength: 187, maxLength: 187 }), { minLength: 3, maxLength: 5 })
      .map((packets) => Uint8Array.from(packets.flatMap((one) => [0x47, ...one]))),
  );
  fc.assert(
    fc.property(bytes, bytes, (segment, header) => {
      const known = mediaHeader(header) ?? { timescales: new Map([[1, 1000]]) };
      const times = segmentTimes(segment, known);
      if (times !== undefined) expect(Number.isFinite(times.firstSeconds + (times.lastsSeconds ?? 0))).toBe(true);
    }),
    { numRuns: 500 },
  );
});
