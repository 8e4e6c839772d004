import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { brokenFragments } from "../../src/decoder/box-chain.js";
import { brokenClusters } from "../../src/decoder/element-chain.js";
import { lostPages } from "../../src/decoder/ogg-pages.js";
import type { SourceBytes } from "../../src/decoder/source-bytes.js";
import { type ClipRecipe, h264, makeClip, movingPicture, warble } from "../media/make.js";

/** Bytes in memory, which count how often they are looked at. */
function sourceOf(bytes: Buffer, mostReads = 1000): SourceBytes & { readonly reads: number } {
  let reads = 0;
  return {
    mostReads,
    get reads() {
      return reads;
    },
    async read(offset, length) {
      reads++;
      return bytes.subarray(offset, offset + length);
    },
    close: async () => undefined,
  };
}

const withoutPlaces: SourceBytes = { mostReads: 1000, read: async () => undefined, close: async () => undefined };
const film = (extension: string, options: readonly string[] = []): ClipRecipe => ({
  inputs: [movingPicture({ seconds: 4 }), warble({ seconds: 4 })],
  options: [...h264, "-c:a", "aac", ...options],
  extension,
});
const bytesOf = async (recipe: ClipRecipe): Promise<Buffer> => readFile(await makeClip(recipe));
const fragmented = film("mp4", ["-movflags", "+frag_keyframe+empty_moov"]);
const box = (type: string, content: number): Buffer => {
  const bytes = Buffer.alloc(8 + content);
  bytes.writeUInt32BE(bytes.length);
  bytes.write(type, 4, "latin1");
  return bytes;
};

test("boxes of no known name are no damage, between fragments or behind them", async () => {
  const whole = await bytesOf(fragmented);
  const more = Buffer.concat([whole, box("free", 100), box("abcd", 9), box("\xa9xyz", 0)]);
  expect(await brokenFragments(more.length, sourceOf(more))).toBeUndefined();
});

test("a file with an index is not judged by what stands behind its media", async () => {
  const whole = await bytesOf(film("mp4"));
  const more = Buffer.concat([whole, Buffer.alloc(1000, 0xff)]);
  expect(await brokenFragments(more.length, sourceOf(more))).toBeUndefined();
});

test("what follows the last fragment and is none, a lost part of an index, or of the end, is told with its place", async () => {
  const whole = await bytesOf(fragmented);
  const told = (bytes: Buffer) => brokenFragments(bytes.length, sourceOf(bytes));
  expect(await told(Buffer.concat([whole, Buffer.alloc(5000)]))).toContain(`at byte ${whole.length} no fragment begins`);
  expect(await told(whole.subarray(0, -1))).toMatch(/^The file (ends|is damaged)/);
  const index = whole.lastIndexOf("traf");
  expect(await told(Buffer.from(whole).fill(0, index - 4, index + 40))).toMatch(/index of the fragment at byte \d+ is damaged/);
});

test("a long film is read at few places, and one that would take too many is not judged", async () => {
  const whole = await bytesOf(fragmented);
  const source = sourceOf(whole);
  expect(await brokenFragments(whole.length, source)).toBeUndefined();
  expect(source.reads).toBeLessThanOrEqual(12);
  const damaged = Buffer.concat([whole, Buffer.alloc(5000)]);
  expect(await brokenFragments(damaged.length, sourceOf(damaged, 2))).toBeUndefined();
});

test("nothing is told of a source that gives no single places", async () => {
  for (const look of [brokenFragments, brokenClusters, lostPages]) expect(await look(1000, withoutPlaces)).toBeUndefined();
});

test("a Matroska recording of a stream, whose clusters do not say how long they are, is not judged", async () => {
  const unknown = "01ffffffffffffff";
  const live = Buffer.from(`1a45dfa384eeeeeeee18538067${unknown}1f43b675${unknown}e78100`, "hex");
  expect(await brokenClusters(live.length, sourceOf(live))).toBeUndefined();
  const known = Buffer.from(`1a45dfa384eeeeeeee18538067${unknown}1f43b67583e78100`, "hex");
  expect(await brokenClusters(known.length, sourceOf(known))).toBeUndefined();
  expect(await brokenClusters(known.length - 1, sourceOf(known.subarray(0, -1)))).toMatch(/^The file ends at byte 28/);
});

test("streams of Ogg that follow one another count their pages anew", async () => {
  const one = await bytesOf({ inputs: [warble()], options: ["-c:a", "libopus"], extension: "opus" });
  const chained = Buffer.concat([one, one]);
  expect(await lostPages(chained.length, sourceOf(chained))).toBeUndefined();
});
