import { EventEmitter, once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openSegmentJoiner } from "../../../src/ingest/live/segment-joiner.js";
import { openSegmentReader } from "../../../src/ingest/live/segment-reader.js";
import type { Arrival } from "../../../src/ingest/live/segment-run.js";
import { parsePlaylist } from "../../../src/ingest/manifest/parse-playlist.js";
import { fileResources } from "../../../src/ingest/read-resource.js";
import { collect, decoded, makeSegments, stepsOf } from "../../support/rolling-hls.js";

let folder: string;
beforeAll(async () => {
  folder = await makeSegments({ seconds: 6, fragments: true, apart: true });
});
afterAll(() => rm(folder, { recursive: true }));

const signal = AbortSignal.timeout(60_000);
const atOnce = async (): Promise<void> => undefined;

/** The segments of the picture or the sound. */
async function segmentsOf(name: "v" | "a"): Promise<Arrival[]> {
  const url = pathToFileURL(path.join(folder, `${name}.m3u8`));
  const { playlist } = parsePlaylist(await readFile(url, "utf8"), url);
  if (playlist?.kind !== "media") throw new Error("This is no media playlist.");
  const read = openSegmentReader(fileResources);
  return Promise.all(
    playlist.segments.map(async (listed) => {
      const answer = await read(listed, signal);
      if ("missing" in answer) throw new Error(answer.missing);
      return { listed, segment: answer.segment, restarted: false, afterLoss: false };
    }),
  );
}

/** Writes all segments of the picture, and those of the sound, none of which is ahead of the picture's. */
async function join(wornSeconds: number) {
  const { sink, stretches, reasons } = collect();
  const joiner = openSegmentJoiner(2, sink, signal, wornSeconds);
  try {
    const [pictures, sounds] = [await segmentsOf("v"), await segmentsOf("a")];
    const begun = new EventEmitter();
    const isBegun = pictures.map((_, index) => once(begun, `${index}`));
    await Promise.all([
      (async () => {
        for (const [index, arrival] of pictures.entries()) {
          begun.emit(`${index}`);
          await joiner.write(0, arrival, atOnce);
        }
        joiner.finish(0);
      })(),
      (async () => {
        for (const [index, arrival] of sounds.entries()) {
          await isBegun[index];
          await joiner.write(1, arrival, atOnce);
        }
        joiner.finish(1);
      })(),
    ]);
    await joiner.drain();
  } finally {
    await joiner.close();
  }
  return { stretches: stretches(), reasons };
}

it("goes on with another child now and then, and nobody sees where", async () => {
  const { stretches, reasons } = await join(4);
  expect(reasons).toEqual([]);
  const { pictures, sounds, complaints } = await decoded(stretches[0] ?? Buffer.alloc(0), folder);
  expect(pictures.length).toBe(150);
  expect(new Set(stepsOf(pictures))).toEqual(new Set([40]));
  expect(sounds).toBe((await decoded((await join(1800)).stretches[0] ?? Buffer.alloc(0), folder)).sounds);
  expect(complaints).toBe("");
});

it("goes on with the picture alone while there is no sound, and with both when it is back", async () => {
  const { sink, stretches, reasons } = collect();
  const joiner = openSegmentJoiner(2, sink, signal);
  const [pictures, sounds] = [await segmentsOf("v"), await segmentsOf("a")];
  const [first, second, ...others] = pictures;
  if (first === undefined || second === undefined) throw new Error("There are too few segments.");
  try {
    // It waits for the sound, until that is given up.
    const begun = joiner.write(0, first, atOnce);
    joiner.finish(1);
    await begun;
    await joiner.write(0, second, atOnce);
    await Promise.all([
      (async () => {
        for (const arrival of sounds.slice(2)) await joiner.write(1, arrival, atOnce);
        joiner.finish(1);
      })(),
      (async () => {
        for (const arrival of others) await joiner.write(0, arrival, atOnce);
        joiner.finish(0);
      })(),
    ]);
    await joiner.drain();
  } finally {
    await joiner.close();
  }
  expect(reasons).toEqual(["Tracks came or went."]);
  const [alone = Buffer.alloc(0), both = Buffer.alloc(0)] = stretches();
  expect(await decoded(alone, folder)).toMatchObject({ sounds: 0, complaints: "" });
  expect((await decoded(both, folder)).sounds).toBeGreaterThan(100);
  expect((await decoded(alone, folder)).pictures.length + (await decoded(both, folder)).pictures.length).toBe(150);
});
