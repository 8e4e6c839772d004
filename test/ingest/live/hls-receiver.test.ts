import { createCipheriv, randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { chooseRenditions } from "../../../src/ingest/live/hls-receiver.js";
import type { ListedRendition } from "../../../src/ingest/manifest/parse-playlist.js";
import { collect, decoded, makeSegments, openHls, playlistText, roll, segmentNames, stepsOf } from "../../support/rolling-hls.js";

/** What is to be undone, the last first. */
const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

async function source(folder: string, options: Parameters<typeof openHls>[1] = {}) {
  const opened = await openHls(folder, options);
  undo.push(opened.close);
  return opened;
}

describe("a playlist of MPEG-TS that rolls", () => {
  it("comes as one stream from three target durations before its end on, to its end", async () => {
    const folder = await makeSegments();
    const { receiver, told } = await source(folder);
    const file = path.join(folder, "v.m3u8");
    await writeFile(file, playlistText(segmentNames(4)));
    const { sink, stretches, reasons } = collect();
    const rolling = roll(file, segmentNames(8));
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    await rolling;
    const { pictures, sounds, complaints } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(7 * 25);
    expect(new Set(stepsOf(pictures))).toEqual(new Set([40]));
    expect(sounds).toBeGreaterThan(7 * 45);
    expect(complaints).toBe("");
    expect(reasons).toEqual([]);
    expect(told()).toEqual([]);
  });

  it("decodes without a complaint where each segment counts its packets anew, and tells wall clocks", async () => {
    const folder = await makeSegments({ seconds: 5 });
    const cut: Buffer[] = [];
    for (let index = 0; index < 5; index++) {
      const file = path.join(folder, `v${index}.ts`);
      const bytes = await readFile(file);
      for (let packet = 3; packet < bytes.length; packet += 188)
        bytes[packet] = ((bytes[packet] ?? 0) & 0xf0) | (((bytes[packet] ?? 0) + 5 * index) & 0x0f);
      await writeFile(file, bytes);
      cut.push(bytes);
    }
    expect((await decoded(Buffer.concat(cut), folder)).complaints).toContain("corrupt");
    const at = Date.UTC(2026, 0, 1);
    const dated = segmentNames(5).map(({ uri }, index) => ({
      uri,
      tags: [`#EXT-X-PROGRAM-DATE-TIME:${new Date(at + index * 1000).toISOString()}`],
    }));
    await writeFile(path.join(folder, "v.m3u8"), playlistText(dated, { ended: true }));
    const { receiver } = await source(folder);
    const { sink, clocks, stretches } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    const { pictures, complaints } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(complaints).toBe("");
    expect(clocks.map((clock) => clock.at)).toEqual([0, 1, 2, 3, 4].map((index) => at + index * 1000));
    for (const [index, { ptsSeconds }] of clocks.entries()) expect(ptsSeconds).toBeCloseTo((pictures[0] ?? 0) + index, 3);
  });

  it("goes on behind a segment that cannot be had, and tells of it", async () => {
    const folder = await makeSegments();
    await rm(path.join(folder, "v4.ts"));
    await writeFile(path.join(folder, "v.m3u8"), playlistText(segmentNames(8), { ended: true }));
    const { receiver, told } = await source(folder);
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    const { pictures, complaints } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(7 * 25);
    expect(reasons).toEqual([]);
    expect(complaints).toBe("");
    expect(told()).toEqual(["missing-segment opened", "missing-segment resolved"]);
  });

  it("is a new stretch behind a discontinuity with other times, and none behind one that changes nothing", async () => {
    const folder = await makeSegments({ seconds: 4 });
    const other = await makeSegments({ seconds: 2, size: "320x180" });
    undo.push(() => rm(other, { recursive: true }));
    for (const index of [0, 1])
      await writeFile(path.join(folder, `o${index}.ts`), await readFile(path.join(other, `v${index}.ts`)));
    const cut = "#EXT-X-DISCONTINUITY";
    const entries = [
      ...segmentNames(2),
      { uri: "v2.ts", tags: [cut] },
      { uri: "v3.ts" },
      { uri: "o0.ts", tags: [cut] },
      { uri: "o1.ts" },
    ];
    await writeFile(path.join(folder, "v.m3u8"), playlistText(entries, { ended: true }));
    const { receiver, told } = await source(folder);
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(reasons).toEqual(["A discontinuity stands before number 4."]);
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = stretches();
    expect((await decoded(one, folder)).pictures.length).toBe(100);
    expect((await decoded(two, folder)).pictures.length).toBe(50);
    expect(told()).toEqual([]);
  });

  it("is read in the clear where it is encrypted by AES-128, its key asked for once", async () => {
    const folder = await makeSegments({ seconds: 3 });
    const key = randomBytes(16);
    const vector = randomBytes(16);
    await writeFile(path.join(folder, "secret.key"), key);
    for (const index of [0, 1, 2]) {
      const sequence = Buffer.alloc(16);
      sequence.writeUInt32BE(7 + index, 12);
      const cipher = createCipheriv("aes-128-cbc", key, index === 2 ? vector : sequence);
      const file = path.join(folder, `v${index}.ts`);
      await writeFile(file, Buffer.concat([cipher.update(await readFile(file)), cipher.final()]));
    }
    const keyed = (more = "") => `#EXT-X-KEY:METHOD=AES-128,URI="secret.key"${more}`;
    const [one, two, three] = segmentNames(3);
    const entries = [
      { uri: one?.uri ?? "", tags: [keyed()] },
      { uri: two?.uri ?? "" },
      { uri: three?.uri ?? "", tags: [keyed(`,IV=0x${vector.toString("hex")}`)] },
    ];
    await writeFile(path.join(folder, "v.m3u8"), playlistText(entries, { first: 7, ended: true }));
    const { receiver, served } = await source(folder);
    const { sink, stretches } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect((await decoded(stretches()[0] ?? Buffer.alloc(0), folder)).pictures.length).toBe(75);
    expect(served.asked.filter((name) => name === "secret.key").length).toBe(1);
  });

  it.each(['METHOD=SAMPLE-AES,URI="secret.key"', 'METHOD=AES-128,URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery"'])(
    "cannot be read where it is encrypted by %s",
    async (key) => {
      const folder = await makeSegments({ seconds: 1 });
      await writeFile(path.join(folder, "v.m3u8"), playlistText([{ uri: "v0.ts", tags: [`#EXT-X-KEY:${key}`] }]));
      const { receiver } = await source(folder);
      await expect(receiver.receive(collect().sink, AbortSignal.timeout(20_000))).rejects.toMatchObject({
        code: "media-encrypted",
      });
    },
  );
});

describe("a source that fails", () => {
  it("is told stale, and given up when nothing new came for too long; read on from there it repeats nothing", async () => {
    const folder = await makeSegments({ seconds: 6 });
    const file = path.join(folder, "v.m3u8");
    await writeFile(file, playlistText(segmentNames(4)));
    const { receiver, told } = await source(folder, { patienceSeconds: 2 });
    const { sink, stretches } = collect();
    await expect(receiver.receive(sink, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: "media-stalled" });
    expect(told()).toEqual(["stale opened"]);
    await writeFile(file, playlistText(segmentNames(6), { ended: true }));
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect((await decoded(stretches()[0] ?? Buffer.alloc(0), folder)).pictures.length).toBe(5 * 25);
  });

  it.each([
    ["segment", [{ uri: "http://127.0.0.1:9/v0.ts" }]],
    ["key", [{ uri: "v0.ts", tags: ['#EXT-X-KEY:METHOD=AES-128,URI="http://169.254.169.254/key"'] }]],
    ["header", [{ uri: "v0.ts", tags: ['#EXT-X-MAP:URI="http://[::1]/i.mp4"'] }]],
    ["file", [{ uri: "file:///etc/passwd" }]],
  ])("never asks a forbidden host for a %s", async (_, entries) => {
    const folder = await makeSegments({ seconds: 1 });
    await writeFile(path.join(folder, "v.m3u8"), playlistText(entries, { ended: true }));
    const { receiver, events } = await source(folder);
    const { sink, stretches } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(stretches()[0]?.length).toBe(0);
    expect(events.map(({ kind }) => kind)).toContain("missing-segment");
  });

  it("leaves nothing behind when it is stopped", async () => {
    const folder = await makeSegments({ seconds: 4, fragments: true });
    await writeFile(
      path.join(folder, "v.m3u8"),
      playlistText(segmentNames(4, "v", "m4s"), { lines: ['#EXT-X-MAP:URI="vi.mp4"'] }),
    );
    const { receiver } = await source(folder);
    const stop = new AbortController();
    const { sink } = collect();
    const received = receiver.receive({ ...sink, bytes: () => stop.abort(new Error("enough")) }, stop.signal);
    await expect(received).rejects.toThrow("enough");
  });
});

it("decodes the variant of the highest peak, with the default sound of its group", () => {
  const url = (name: string) => new URL(`http://host/${name}`);
  const variant = (name: string, bitsPerSecond: number, audio?: string): ListedRendition => ({
    url: url(name),
    line: 1,
    name,
    role: "variant",
    bitsPerSecond,
    ...(audio === undefined ? {} : { audio: url(audio) }),
  });
  const low = variant("low", 1000);
  expect(
    chooseRenditions([low, variant("high", 3000, "english"), variant("middle", 2000)]).map(({ pathname }) => pathname),
  ).toEqual(["/high", "/english"]);
  expect(chooseRenditions([low]).map(({ pathname }) => pathname)).toEqual(["/low"]);
});
