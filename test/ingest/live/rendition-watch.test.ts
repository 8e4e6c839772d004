import { expect, it } from "vitest";
import { openFaultBook } from "../../../src/ingest/live/fault-book.js";
import { watchRenditions } from "../../../src/ingest/live/rendition-watch.js";
import type { PlaylistEvent } from "../../../src/ingest/manifest/watch-playlist.js";
import type { ReadResource } from "../../../src/ingest/read-resource.js";
import { playlistText, segmentNames } from "../../support/rolling-hls.js";

it("watches the renditions that nobody decodes: their playlists, and now and then whether their newest segment is there", async () => {
  const stop = new AbortController();
  const asked: string[] = [];
  const read: ReadResource = async (url, { mostBytes }) => {
    const name = url.pathname.slice(1);
    asked.push(`${name} ${mostBytes === 1 ? "first byte" : "playlist"}`);
    if (name === "low.m3u8" || name === "high.m3u8") {
      const text = playlistText(segmentNames(3, name[0]));
      return { found: true, url, bytes: Buffer.from(text) };
    }
    return { found: false, reason: "There is nothing." };
  };
  const events: PlaylistEvent[] = [];
  const rendition = (name: string) => ({ url: new URL(`http://host/${name}.m3u8`), line: 1, name, role: "variant" as const });
  const changed: string[] = [];
  await watchRenditions({
    renditions: [rendition("high"), rendition("low"), rendition("gone")],
    decoded: [new URL("http://host/high.m3u8")],
    read,
    book: openFaultBook(
      (event) => {
        events.push(event);
        // The last that is expected of each.
        if (events.length === 4) stop.abort();
      },
      () => 0,
    ),
    signal: stop.signal,
    sampleSeconds: 0.1,
    changed: ({ pathname }) => void changed.push(pathname),
  }).catch(() => undefined);
  const of = (name: string) =>
    events.filter(({ url }) => url.endsWith(`/${name}.m3u8`)).map(({ event, kind }) => `${kind} ${event}`);
  expect(of("high")).toEqual(["stale opened"]);
  expect(of("low").toSorted()).toEqual(["missing-segment opened", "stale opened"]);
  expect(of("gone")).toEqual(["missing-playlist opened"]);
  expect(asked).toContain("l2.ts first byte");
  expect(asked.some((one) => one.startsWith("h2.ts"))).toBe(false);
  expect(changed.toSorted()).toEqual(["/high.m3u8", "/low.m3u8"]);
});
