import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSegmentJoiner } from "../../../src/ingest/live/segment-joiner.js";
import { openSegmentReader } from "../../../src/ingest/live/segment-reader.js";
import { parsePlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import { fileResources } from "../../../src/ingest/read-resource.js";
import { collect, decoded, makeSegments, stepsOf } from "../../support/rolling-hls.js";

let folder: string;
beforeAll(async () => {
  folder = await makeSegments({ seconds: 6, fragments: true, apart: true });
});
afterAll(() => rm(folder, { recursive: true }));

const signal = new AbortController().signal;
const atOnce = async (): Promise<void> => undefined;

/** Writes all segments of the picture and of the sound, each at its own pace. */
async function join(wornSeconds: number) {
  const { sink, stretches, reasons } = collect();
  const joiner = openSegmentJoiner(2, sink, signal, wornSeconds);
  try {
    await Promise.all(
      ["v", "a"].map(async (name, feed) => {
        const url = pathToFileURL(path.join(folder, `${name}.m3u8`));
        const { playlist } = parsePlaylist(await readFile(url, "utf8"), url);
        if (playlist?.kind !== "media") throw new Error("This is no media playlist.");
        const read = openSegmentReader(fileResources);
        for (const listed of playlist.segments) {
          const answer = await read(listed, signal);
          if ("missing" in answer) throw new Error(answer.missing);
          await joiner.write(feed, { listed, segment: answer.segment, restarted: false, afterLoss: false }, atOnce);
        }
        joiner.finish(feed);
      }),
    );
    await joiner.drain();
  } finally {
    await joiner.close();
  }
  return { stretches: stretches(), reasons };
}

it("goes on with another child now and then, and nobody sees where", async () => {
  const { stretches, reasons } = await join(2);
  expect(reasons).toEqual([]);
  const { pictures, sounds, complaints } = await decoded(stretches[0] ?? Buffer.alloc(0), folder);
  expect(pictures.length).toBe(150);
  expect(new Set(stepsOf(pictures))).toEqual(new Set([40]));
  expect(sounds).toBe((await decoded((await join(1800)).stretches[0] ?? Buffer.alloc(0), folder)).sounds);
  expect(complaints).toBe("");
});
