import { createCipheriv, randomBytes } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { openEgressProxy } from "../../../src/ingest/egress-proxy.js";
import { chooseRenditions, openHlsReceiver } from "../../../src/ingest/live/hls-receiver.js";
import type { ListedRendition } from "../../../src/ingest/manifest/parse-playlist.js";
import type { PlaylistEvent } from "../../../src/ingest/manifest/watch-playlist.js";
import { serveFolder } from "../../support/hls.js";
import { collect, decoded, makeSegments } from "../../support/rolling-hls.js";

/** What is to be undone, the last first. */
const undo: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const one of undo.splice(0).toReversed()) await one();
});

async function source(folder: string, { first = "v.m3u8", patienceSeconds = 20 } = {}) {
  const served = await serveFolder(folder);
  const proxy = await openEgressProxy();
  const rules = { trusted: false, allowHosts: [served.host] };
  undo.push(served.close, () => proxy.close());
  const events: PlaylistEvent[] = [];
  const receiver = openHlsReceiver(
    served.url(first),
    { ...rules, proxy },
    {
      tell: (event) => void events.push(event),
      patienceSeconds,
    },
  );
  return { served, receiver, events, told: () => events.map(({ event, kind }) => `${kind} ${event}`) };
}

interface Entry {
  readonly uri: string;
  /** Lines before it. */
  readonly tags?: readonly string[];
}

const head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:1"];

function text(entries: readonly Entry[], { first = 0, ended = false, lines = [] as readonly string[] } = {}): string {
  const segments = entries.flatMap(({ uri, tags = [] }) => [...tags, "#EXTINF:1.0,", uri]);
  return [...head, `#EXT-X-MEDIA-SEQUENCE:${first}`, ...lines, ...segments, ...(ended ? ["#EXT-X-ENDLIST"] : []), ""].join("\n");
}

/** Writes a playlist anew every so often, each time a segment further, until it ends. */
async function roll(
  file: string,
  entries: readonly Entry[],
  { window = 4, lines = [] as readonly string[], milliseconds = 300 } = {},
) {
  for (let end = window; end <= entries.length; end++) {
    const first = end - window;
    await writeFile(file, text(entries.slice(first, end), { first, lines, ended: end === entries.length }));
    if (end < entries.length) await pause(milliseconds);
  }
}

const steady = (pictures: readonly number[]) =>
  pictures.slice(1).map((pts, index) => Math.round((pts - (pictures[index] ?? 0)) * 1000));
const names = (count: number, prefix = "v", suffix = "ts") =>
  Array.from({ length: count }, (_, index) => ({ uri: `${prefix}${index}.${suffix}` }));

describe("a playlist of MPEG-TS that rolls", () => {
  it("comes as one stream from three target durations before its end on, to its end", async () => {
    const folder = await makeSegments();
    const { receiver, told } = await source(folder);
    const file = path.join(folder, "v.m3u8");
    await writeFile(file, text(names(4)));
    const { sink, stretches, reasons } = collect();
    const rolling = roll(file, names(8));
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    await rolling;
    const { pictures, sounds, complaints } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(7 * 25);
    expect(new Set(steady(pictures))).toEqual(new Set([40]));
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
    const dated = names(5).map(({ uri }, index) => ({
      uri,
      tags: [`#EXT-X-PROGRAM-DATE-TIME:${new Date(at + index * 1000).toISOString()}`],
    }));
    await writeFile(path.join(folder, "v.m3u8"), text(dated, { ended: true }));
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
    await writeFile(path.join(folder, "v.m3u8"), text(names(8), { ended: true }));
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
      ...names(2),
      { uri: "v2.ts", tags: [cut] },
      { uri: "v3.ts" },
      { uri: "o0.ts", tags: [cut] },
      { uri: "o1.ts" },
    ];
    await writeFile(path.join(folder, "v.m3u8"), text(entries, { ended: true }));
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
    const [one, two, three] = names(3);
    const entries = [
      { uri: one?.uri ?? "", tags: [keyed()] },
      { uri: two?.uri ?? "" },
      { uri: three?.uri ?? "", tags: [keyed(`,IV=0x${vector.toString("hex")}`)] },
    ];
    await writeFile(path.join(folder, "v.m3u8"), text(entries, { first: 7, ended: true }));
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
      await writeFile(path.join(folder, "v.m3u8"), text([{ uri: "v0.ts", tags: [`#EXT-X-KEY:${key}`] }]));
      const { receiver } = await source(folder);
      await expect(receiver.receive(collect().sink, AbortSignal.timeout(20_000))).rejects.toMatchObject({
        code: "media-encrypted",
      });
    },
  );
});

describe("fragments", () => {
  it("with sound of their own playlist become one stream with both", async () => {
    const folder = await makeSegments({ fragments: true, apart: true });
    const at = Date.UTC(2026, 0, 1);
    const map = (name: string) => ({ lines: [`#EXT-X-MAP:URI="${name}i.mp4"`] });
    const dated = names(8, "v", "m4s").map(({ uri }, index) => ({
      uri,
      tags: [`#EXT-X-PROGRAM-DATE-TIME:${new Date(at + index * 1000).toISOString()}`],
    }));
    const main = [
      "#EXTM3U",
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,URI="a.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=100000,CODECS="avc1.42c00a,mp4a.40.2",AUDIO="a"',
      "v.m3u8",
      "",
    ];
    await writeFile(path.join(folder, "main.m3u8"), main.join("\n"));
    await writeFile(path.join(folder, "v.m3u8"), text(dated.slice(0, 4), map("v")));
    await writeFile(path.join(folder, "a.m3u8"), text(names(4, "a", "m4s"), map("a")));
    const { receiver, told } = await source(folder, { first: "main.m3u8" });
    const { sink, stretches, reasons, clocks } = collect();
    const rolling = Promise.all([
      roll(path.join(folder, "v.m3u8"), dated, map("v")),
      roll(path.join(folder, "a.m3u8"), names(8, "a", "m4s"), map("a")),
    ]);
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    await rolling;
    const { pictures, sounds } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(7 * 25);
    expect(new Set(steady(pictures))).toEqual(new Set([40]));
    expect(sounds).toBeGreaterThan(7 * 45);
    expect(reasons).toEqual([]);
    expect(told()).toEqual([]);
    for (const { ptsSeconds, at: wall } of clocks) expect(ptsSeconds - (pictures[0] ?? 0)).toBeCloseTo((wall - at) / 1000 - 1, 3);
    expect(clocks.length).toBe(7);
  });

  it("behind another header are another stretch", async () => {
    const folder = await makeSegments({ seconds: 2, fragments: true });
    const other = await makeSegments({ seconds: 2, fragments: true, size: "320x180" });
    undo.push(() => rm(other, { recursive: true }));
    for (const [from, to] of [
      ["v0.m4s", "o0.m4s"],
      ["v1.m4s", "o1.m4s"],
      ["vi.mp4", "oi.mp4"],
    ] as const)
      await writeFile(path.join(folder, to), await readFile(path.join(other, from)));
    const entries = [
      { uri: "v0.m4s", tags: ['#EXT-X-MAP:URI="vi.mp4"'] },
      { uri: "v1.m4s" },
      { uri: "o0.m4s", tags: ["#EXT-X-DISCONTINUITY", '#EXT-X-MAP:URI="oi.mp4"'] },
      { uri: "o1.m4s" },
    ];
    await writeFile(path.join(folder, "v.m3u8"), text(entries, { ended: true }));
    const { receiver } = await source(folder);
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(reasons.length).toBe(1);
    for (const bytes of stretches()) expect((await decoded(bytes, folder)).pictures.length).toBe(50);
  });
});

describe("a source that fails", () => {
  it("is told stale, and given up when nothing new came for too long; read on from there it repeats nothing", async () => {
    const folder = await makeSegments({ seconds: 6 });
    const file = path.join(folder, "v.m3u8");
    await writeFile(file, text(names(4)));
    const { receiver, told } = await source(folder, { patienceSeconds: 2 });
    const { sink, stretches } = collect();
    await expect(receiver.receive(sink, AbortSignal.timeout(20_000))).rejects.toMatchObject({ code: "media-stalled" });
    expect(told()).toEqual(["stale opened"]);
    await writeFile(file, text(names(6), { ended: true }));
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
    await writeFile(path.join(folder, "v.m3u8"), text(entries, { ended: true }));
    const { receiver, events } = await source(folder);
    const { sink, stretches } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(stretches()[0]?.length).toBe(0);
    expect(events.map(({ kind }) => kind)).toContain("missing-segment");
  });

  it("leaves nothing behind when it is stopped", async () => {
    const folder = await makeSegments({ seconds: 4, fragments: true });
    await writeFile(path.join(folder, "v.m3u8"), text(names(4, "v", "m4s"), { lines: ['#EXT-X-MAP:URI="vi.mp4"'] }));
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
