import { describe, expect, it } from "vitest";
import { type NextSegment, openSegmentFeed } from "../../../src/ingest/live/segment-feed.js";
import { type MediaPlaylist, parsePlaylist } from "../../../src/ingest/manifest/parse-playlist.js";

const never = new AbortController().signal;

interface Written {
  readonly first?: number;
  /** Complete ones, of 4 s. */
  readonly segments?: number;
  /** Parts of the segment that is still written, of a second. */
  readonly open?: number;
  /** Attributes of part `index` of segment `sequence`. */
  readonly attributes?: (sequence: number, index: number) => string;
  readonly lines?: readonly string[];
  readonly last?: readonly string[];
}

function text({ first = 10, segments = 3, open = 0, attributes = () => "", lines = [], last = [] }: Written): string {
  const parts = (sequence: number, count: number): string[] =>
    Array.from(
      { length: count },
      (_, index) => `#EXT-X-PART:DURATION=1,URI="s${sequence}.${index}?at=${open}"${attributes(sequence, index)}`,
    );
  const whole = Array.from({ length: segments }, (_, index) => [
    ...parts(first + index, index < segments - 2 ? 0 : 4),
    "#EXTINF:4.0,",
    `s${first + index}`,
  ]);
  const head = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:4", "#EXT-X-PART-INF:PART-TARGET=1"];
  const control = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=3";
  return [
    ...head,
    control,
    `#EXT-X-MEDIA-SEQUENCE:${first}`,
    ...lines,
    ...whole.flat(),
    ...last,
    ...parts(first + segments, open),
    "",
  ].join("\n");
}

function playlist(written: Written): MediaPlaylist {
  const parsed = parsePlaylist(text(written), new URL("http://host/live.m3u8"));
  if (parsed.playlist?.kind !== "media") throw new Error("This is no media playlist.");
  expect(parsed.fault).toBeUndefined();
  return parsed.playlist;
}

const nameOf = (next: NextSegment | undefined): string => `${next?.segment.url.pathname.slice(1)} ${next?.part ?? "whole"}`;

describe("who reads parts", () => {
  const header = {
    lines: ['#EXT-X-MAP:URI="i.mp4"'],
    attributes: (_: number, index: number) => (index % 2 ? ",INDEPENDENT=YES" : ""),
  };

  it("begins with the last segment that is no nearer to the end than PART-HOLD-BACK", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 3 }));
    expect(nameOf(await feed.next(never))).toBe("s13.0 first");
    const nearer = openSegmentFeed();
    nearer.take(playlist({ open: 2 }));
    expect(nameOf(await nearer.next(never))).toBe("s12 whole");
  });

  it("begins with an independent part where a header names the tracks, and goes on from there", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 1, ...header }));
    const names: string[] = [];
    for (let part = 0; part < 4; part++) names.push(nameOf(await feed.next(never)));
    expect(names).toEqual(["s12.1 first", "s12.2 next", "s12.3 next", "s13.0 first"]);
  });

  it("reads whole segments, from three target durations before the end on, where they are encrypted", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 3, segments: 5, lines: ['#EXT-X-KEY:METHOD=AES-128,URI="key"'] }));
    expect(nameOf(await feed.next(never))).toBe("s12 whole");
    for (const number of [13, 14]) expect(nameOf(await feed.next(never))).toBe(`s${number} whole`);
    const next = feed.next(never);
    feed.take(playlist({ segments: 6 }));
    expect(nameOf(await next)).toBe("s15 whole");
  });

  it("hears how a segment is listed that came in parts, and not of one of which only the end was read", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 1, ...header }));
    const completed: (number | undefined)[] = [];
    for (let part = 0; part < 4; part++) completed.push((await feed.next(never))?.completed?.mediaSequence);
    feed.take(playlist({ segments: 4, open: 1, ...header }));
    for (let part = 0; part < 4; part++) completed.push((await feed.next(never))?.completed?.mediaSequence);
    expect(completed).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, undefined, 13]);
  });

  it("gets the segment of a part that it cannot have, when it is complete: all of it, or what follows what it has", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 3 }));
    await feed.next(never);
    feed.refusePart();
    const whole = feed.next(never);
    feed.take(playlist({ open: 4 }));
    feed.take(playlist({ segments: 4, open: 2 }));
    expect(nameOf(await whole)).toBe("s13 whole");
    for (let part = 0; part < 2; part++) await feed.next(never);
    feed.refusePart();
    const rest = feed.next(never);
    feed.take(playlist({ segments: 5 }));
    expect(nameOf(await rest)).toBe("s14 rest");
  });

  it("gets the rest of a segment whose first parts have left the playlist", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 3 }));
    for (let part = 0; part < 2; part++) await feed.next(never);
    const late = text({ segments: 4 }).replace(/#EXT-X-PART.*s13\.[01].*\n/g, "");
    const { playlist: left } = parsePlaylist(late, new URL("http://host/live.m3u8"));
    if (left?.kind === "media") feed.take(left);
    expect(nameOf(await feed.next(never))).toBe("s13 rest");
  });

  it("loses the rest of a segment that has left the playlist, and is told so", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ open: 3 }));
    await feed.next(never);
    feed.take(playlist({ first: 20, open: 3 }));
    expect(await feed.next(never)).toMatchObject({ part: "first", lost: 10, segment: { mediaSequence: 23 } });
  });
});

describe("the segment that is still written", () => {
  it("has the header, the key and the discontinuities of those before it, or its own", () => {
    const lines = ['#EXT-X-MAP:URI="i.mp4"', '#EXT-X-KEY:METHOD=AES-128,URI="key"', "#EXT-X-DISCONTINUITY"];
    const { open } = playlist({ open: 1, lines });
    expect(open).toMatchObject({ mediaSequence: 13, encrypted: true, discontinuitySequence: 1, discontinuityBefore: false });
    expect(open?.header?.url.pathname).toBe("/i.mp4");
    expect(open?.key?.url?.pathname).toBe("/key");
    const last = ['#EXT-X-MAP:URI="other.mp4"', "#EXT-X-KEY:METHOD=NONE", "#EXT-X-DISCONTINUITY"];
    const { open: other } = playlist({ open: 1, lines, last });
    expect(other).toMatchObject({ encrypted: false, discontinuitySequence: 2, discontinuityBefore: true });
    expect(other?.header?.url.pathname).toBe("/other.mp4");
    expect(other?.key).toBeUndefined();
  });

  it("has parts that are ranges behind one another where they say no place", () => {
    const ranges = ["10@5", "20", "30@100", "40"];
    const { open } = playlist({ open: 4, attributes: (_, index) => `,BYTERANGE="${ranges[index]}"` });
    expect(open?.parts.map(({ range }) => range)).toEqual([
      { start: 5, length: 10 },
      { start: 15, length: 20 },
      { start: 100, length: 30 },
      { start: 130, length: 40 },
    ]);
  });

  it("has no part of a hint, which may never come", () => {
    const hinted = `${text({ open: 1 })}#EXT-X-PRELOAD-HINT:TYPE=PART,URI="s13.1"\n`;
    const { playlist: parsed } = parsePlaylist(hinted, new URL("http://host/live.m3u8"));
    expect(parsed?.kind === "media" && parsed.open?.parts.length).toBe(1);
  });
});
