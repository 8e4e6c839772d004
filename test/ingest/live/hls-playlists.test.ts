import { describe, expect, it } from "vitest";
import { openBacklogPace } from "../../../src/ingest/live/backlog-pace.js";
import { openFaultBook } from "../../../src/ingest/live/fault-book.js";
import { isLivePlaylist } from "../../../src/ingest/live/is-live-playlist.js";
import { openStepCheck } from "../../../src/ingest/live/rendition-watch.js";
import { openSegmentCheck } from "../../../src/ingest/live/segment-check.js";
import { openSegmentFeed } from "../../../src/ingest/live/segment-feed.js";
import type { ListedRendition, MediaPlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import { parsePlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import type { PlaylistEvent } from "../../../src/ingest/manifest/watch-playlist.js";
import type { ReadResource } from "../../../src/ingest/read-resource.js";

const never = new AbortController().signal;

interface Rolling {
  readonly first: number;
  readonly count?: number;
  readonly target?: number;
  readonly name?: string;
  readonly ended?: boolean;
  /** Wall clock of the first segment, in seconds. */
  readonly dated?: number;
}

function playlist({ first, count = 6, target = 2, name = "s", ended = false, dated }: Rolling): MediaPlaylist {
  const lines = Array.from({ length: count }, (_, index) => `#EXTINF:${target}.0,\n${name}${first + index}.ts`);
  const date = dated === undefined ? [] : [`#EXT-X-PROGRAM-DATE-TIME:${new Date(dated * 1000).toISOString()}`];
  const head = ["#EXTM3U", "#EXT-X-VERSION:3", `#EXT-X-TARGETDURATION:${target}`, `#EXT-X-MEDIA-SEQUENCE:${first}`];
  const text = [...head, ...date, ...lines, ...(ended ? ["#EXT-X-ENDLIST"] : []), ""].join("\n");
  const { playlist: parsed } = parsePlaylist(text, new URL(`http://host/${name}.m3u8`));
  if (parsed?.kind !== "media") throw new Error("This is no media playlist.");
  return parsed;
}

describe("the segments of a rendition", () => {
  it("begin three target durations before the end, or with the first of a playlist that has ended", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ first: 10 }));
    expect((await feed.next(never))?.segment.mediaSequence).toBe(13);
    const whole = openSegmentFeed();
    whole.take(playlist({ first: 10, ended: true }));
    expect((await whole.next(never))?.segment.mediaSequence).toBe(10);
  });

  it("come in their order, one after the other as they appear, and end with the playlist", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ first: 1, count: 3 }));
    const numbers: (number | undefined)[] = [];
    for (let index = 0; index < 3; index++) numbers.push((await feed.next(never))?.segment.mediaSequence);
    const next = feed.next(never);
    feed.take(playlist({ first: 2, count: 3, ended: true }));
    numbers.push((await next)?.segment.mediaSequence);
    expect(numbers).toEqual([1, 2, 3, 4]);
    expect(await feed.next(never)).toBeUndefined();
  });

  it("are given up, and counted, where reading is behind the playlist or too far behind its end", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ first: 0, count: 4 }));
    await feed.next(never);
    feed.take(playlist({ first: 20 }));
    expect(await feed.next(never)).toMatchObject({ segment: { mediaSequence: 23 }, lost: 21, restarted: false });
    feed.take(playlist({ first: 20, count: 40 }));
    expect(await feed.next(never)).toMatchObject({ segment: { mediaSequence: 57 }, lost: 33 });
  });

  it("begin anew where the numbers do, and not where an old playlist comes from a cache", async () => {
    const feed = openSegmentFeed();
    feed.take(playlist({ first: 5, name: "one" }));
    for (let index = 0; index < 3; index++) await feed.next(never);
    const next = feed.next(never);
    feed.take(playlist({ first: 4, name: "one" }));
    feed.take(playlist({ first: 0, name: "two" }));
    expect(await next).toMatchObject({ segment: { mediaSequence: 3 }, restarted: true, lost: 0 });
  });

  it("are no longer waited for when the signal aborts", async () => {
    const stop = new AbortController();
    const next = openSegmentFeed().next(stop.signal);
    stop.abort(new Error("enough"));
    await expect(next).rejects.toThrow("enough");
  });
});

/** A book, and what it told. */
function book() {
  const events: PlaylistEvent[] = [];
  return {
    book: openFaultBook(
      (event) => void events.push(event),
      () => 0,
    ),
    told: () => events.map(({ event, kind }) => `${kind} ${event}`),
  };
}

const rendition = (name: string): ListedRendition => ({
  url: new URL(`http://host/${name}.m3u8`),
  line: 1,
  name,
  role: "variant",
});

describe("renditions side by side", () => {
  it("are out of step while one is more than three target durations behind by its wall clock", () => {
    const { book: faults, told } = book();
    const steps = openStepCheck(faults);
    steps.take(rendition("one"), playlist({ first: 100, dated: 1000 }));
    steps.take(rendition("two"), playlist({ first: 7, dated: 996 }));
    expect(told()).toEqual([]);
    steps.take(rendition("one"), playlist({ first: 102, dated: 1004 }));
    expect(told()).toEqual(["out-of-step opened"]);
    steps.take(rendition("two"), playlist({ first: 11, dated: 1004 }));
    expect(told()).toEqual(["out-of-step opened", "out-of-step resolved"]);
  });

  it("without a wall clock keep the distance of their numbers", () => {
    const { book: faults, told } = book();
    const steps = openStepCheck(faults);
    steps.take(rendition("one"), playlist({ first: 100 }));
    steps.take(rendition("two"), playlist({ first: 7 }));
    for (const first of [101, 102, 103]) steps.take(rendition("one"), playlist({ first }));
    expect(told()).toEqual([]);
    steps.take(rendition("one"), playlist({ first: 104 }));
    expect(told()).toEqual(["out-of-step opened"]);
  });
});

describe("segments that arrive", () => {
  const [one, two] = playlist({ first: 0 }).segments;
  const arrival = (listed: typeof one, firstSeconds: number, lastsSeconds = 2) => {
    if (listed === undefined) throw new Error("There is no such segment.");
    const segment = { bytes: Buffer.alloc(0), packing: "transport" as const, times: { firstSeconds, lastsSeconds } };
    return { listed, segment, restarted: false, afterLoss: false };
  };

  it("last as long as they should, or are told until one does again", () => {
    const { book: faults, told } = book();
    const check = openSegmentCheck(new URL("http://host/s.m3u8"), faults);
    check.arrived(arrival(one, 10, 3));
    check.arrived(arrival(two, 13));
    expect(told()).toEqual(["wrong-duration opened", "wrong-duration resolved"]);
  });

  it("in parts last as long as their segment, which is told when it is listed", () => {
    const { book: faults, told } = book();
    const check = openSegmentCheck(new URL("http://host/s.m3u8"), faults);
    if (one === undefined || two === undefined) throw new Error("There is no such segment.");
    check.arrived({ ...arrival(one, 10, 0.8), part: "first" });
    check.arrived({ ...arrival(one, 10.8, 1.2), part: "next" });
    check.completed(one);
    expect(told()).toEqual([]);
    check.arrived({ ...arrival(two, 12, 1), part: "first" });
    check.completed(two);
    check.arrived({ ...arrival(one, 13, 1), part: "first" });
    check.arrived({ ...arrival(one, 14, 1), part: "rest" });
    expect(told()).toEqual(["wrong-duration opened", "wrong-duration resolved"]);
  });

  it("follow on, or are told where no discontinuity is announced", () => {
    const { book: faults, told } = book();
    const check = openSegmentCheck(new URL("http://host/s.m3u8"), faults);
    check.arrived(arrival(one, 10));
    check.arrived(arrival(two, 12.1));
    check.arrived({ ...arrival(one, 70), restarted: true });
    expect(told()).toEqual([]);
    check.arrived(arrival(two, 60));
    expect(told()).toEqual(["discontinuity opened"]);
  });
});

it("tells a fault once that outlasts a connection, and its end when the next one finds it gone", () => {
  const { book: faults, told } = book();
  const event: PlaylistEvent = {
    event: "opened",
    kind: "stale",
    url: "http://host/s.m3u8",
    atSeconds: 1,
    reason: "Nothing new came.",
  };
  faults.take(event);
  faults.take(event);
  faults.clear("http://host/s.m3u8", ["stale", "syntax"]);
  faults.take({ ...event, event: "resolved" });
  expect(told()).toEqual(["stale opened", "stale resolved"]);
});

it("holds a backlog back, and never what comes as it is made", async () => {
  let milliseconds = 0;
  const pace = openBacklogPace(() => milliseconds);
  const stop = new AbortController();
  for (let segment = 0; segment < 5; segment++) await pace.hold(1_000_000, 2, 2, stop.signal);
  const held = pace.hold(1_000_000, 2, 2, stop.signal);
  stop.abort(new Error("it was held back"));
  await expect(held).rejects.toThrow("it was held back");
  for (let segment = 0; segment < 100; segment++) {
    milliseconds += 2000;
    pace.caughtUp();
    await pace.hold(1_000_000, 2, 2, never);
  }
});

it("knows a playlist that goes on from one that has ended, and from what is none", async () => {
  const texts: Record<string, string> = {
    "/live.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ns0.ts\n",
    "/over.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ns0.ts\n#EXT-X-ENDLIST\n",
    "/vod.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXTINF:2,\ns0.ts\n",
    "/main.m3u8": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1000\nlive.m3u8\n",
    "/film.mp4": "\0\0\0\x18ftypmp42",
  };
  const read: ReadResource = async (url) => {
    const text = texts[url.pathname];
    return text === undefined ? { found: false, reason: "It is not there." } : { found: true, url, bytes: Buffer.from(text) };
  };
  const live = await Promise.all(
    [...Object.keys(texts), "/gone.m3u8"].map(async (name) => [
      name,
      await isLivePlaylist(new URL(`http://host${name}`), read, never),
    ]),
  );
  expect(live.filter(([, isLive]) => isLive).map(([name]) => name)).toEqual(["/live.m3u8", "/main.m3u8"]);
});
