import { writeFile } from "node:fs/promises";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { openEgressProxy } from "../../../src/ingest/egress-proxy.js";
import { parsePlaylist, type MediaPlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import { type PlaylistEvent, watchPlaylist, wrongChanges } from "../../../src/ingest/manifest/watch-playlist.js";
import { httpResources } from "../../../src/ingest/read-resource.js";
import { serveFolder } from "../../support/hls.js";

function rolling(first: number, count: number, { ended = false, extra = "", name = "s" } = {}): string {
  const segments = Array.from({ length: count }, (_, index) => `#EXTINF:1.0,\n${name}${first + index}.ts\n`);
  const head = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXT-X-MEDIA-SEQUENCE:${first}\n${extra}`;
  return `${head}${segments.join("")}${ended ? "#EXT-X-ENDLIST\n" : ""}`;
}

it("tells a playlist that goes stale, and that it goes on", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "framewatch-rolling-"));
  const file = path.join(folder, "live.m3u8");
  await writeFile(file, rolling(5, 3));
  const served = await serveFolder(folder);
  const proxy = await openEgressProxy();
  const rules = { trusted: false, allowHosts: [served.host] };
  const egress = proxy.admit(rules);
  const events: PlaylistEvent[] = [];
  try {
    await watchPlaylist({
      url: served.url("live.m3u8"),
      read: httpResources(egress, rules),
      signal: AbortSignal.timeout(20_000),
      tell(event) {
        events.push(event);
        // It stood still for too long; now it goes on, and ends.
        if (event.event === "opened") void writeFile(file, rolling(6, 3, { ended: true }));
      },
    });
    expect(events.map(({ event, kind }) => `${kind} ${event}`)).toEqual(["stale opened", "stale resolved"]);
  } finally {
    egress.close();
    await proxy.close();
    await served.close();
  }
});

const parsed = (text: string): MediaPlaylist => {
  const { playlist } = parsePlaylist(text, new URL("http://host/live.m3u8"));
  if (playlist?.kind !== "media") throw new Error("This is no media playlist.");
  return playlist;
};

it.each([
  ["a sequence that goes back", rolling(4, 3), "sequence"],
  ["segments that nobody saw", rolling(12, 3), "sequence"],
  ["a number that names another segment", rolling(6, 3, { name: "other" }), "sequence"],
  ["a discontinuity sequence that changes", rolling(6, 3, { extra: "#EXT-X-DISCONTINUITY-SEQUENCE:3\n" }), "discontinuity"],
])("finds %s", (_, after, kind) => {
  expect(wrongChanges(parsed(rolling(5, 3)), parsed(after)).map((fault) => fault.kind)).toEqual([kind]);
});

it("passes a playlist that rolls on", () => {
  expect(wrongChanges(parsed(rolling(5, 3)), parsed(rolling(6, 3)))).toEqual([]);
  expect(wrongChanges(parsed(rolling(5, 3)), parsed(rolling(8, 3)))).toEqual([]);
});
