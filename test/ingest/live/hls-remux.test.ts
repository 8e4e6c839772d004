import { execFile } from "node:child_process";
import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import {
  type Entry,
  collect,
  decoded,
  makeSegments,
  openHls,
  playlistText,
  roll,
  segmentNames,
  soundApart,
  stepsOf,
} from "../../support/rolling-hls.js";

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

describe("fragments", () => {
  it("with sound of their own playlist become one stream with both", async () => {
    const folder = await makeSegments({ fragments: true, apart: true });
    const at = Date.UTC(2026, 0, 1);
    const map = (name: string) => ({ lines: [`#EXT-X-MAP:URI="${name}i.mp4"`] });
    const dated = segmentNames(8, "v", "m4s").map(({ uri }, index) => ({
      uri,
      tags: [`#EXT-X-PROGRAM-DATE-TIME:${new Date(at + index * 1000).toISOString()}`],
    }));
    await writeFile(path.join(folder, "main.m3u8"), soundApart);
    await writeFile(path.join(folder, "v.m3u8"), playlistText(dated.slice(0, 4), map("v")));
    await writeFile(path.join(folder, "a.m3u8"), playlistText(segmentNames(4, "a", "m4s"), map("a")));
    const { receiver, told } = await source(folder, { first: "main.m3u8" });
    const { sink, stretches, reasons, clocks } = collect();
    const rolling = Promise.all([
      roll(path.join(folder, "v.m3u8"), dated, map("v")),
      roll(path.join(folder, "a.m3u8"), segmentNames(8, "a", "m4s"), map("a")),
    ]);
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    await rolling;
    const { pictures, sounds } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(7 * 25);
    expect(new Set(stepsOf(pictures))).toEqual(new Set([40]));
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
    await writeFile(path.join(folder, "v.m3u8"), playlistText(entries, { ended: true }));
    const { receiver } = await source(folder);
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(reasons.length).toBe(1);
    for (const bytes of stretches()) expect((await decoded(bytes, folder)).pictures.length).toBe(50);
  });
});

describe("sound apart", () => {
  it("in MPEG-TS is joined with its picture, both over a discontinuity into another stretch", async () => {
    const folder = await makeSegments({ seconds: 4, apart: true });
    const cut = (prefix: string): Entry[] => {
      const entries = segmentNames(4, prefix);
      // The second half again, behind a discontinuity: its times go back.
      return [
        ...entries,
        ...entries.slice(2).map(({ uri }, index) => (index === 0 ? { uri, tags: ["#EXT-X-DISCONTINUITY"] } : { uri })),
      ];
    };
    await writeFile(path.join(folder, "main.m3u8"), soundApart);
    for (const name of ["v", "a"]) await writeFile(path.join(folder, `${name}.m3u8`), playlistText(cut(name), { ended: true }));
    const { receiver } = await source(folder, { first: "main.m3u8" });
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect(reasons).toEqual(["A discontinuity stands before number 4."]);
    const [one = Buffer.alloc(0), two = Buffer.alloc(0)] = stretches();
    const [first, second] = [await decoded(one, folder), await decoded(two, folder)];
    expect([first.pictures.length, second.pictures.length]).toEqual([100, 50]);
    expect(first.sounds).toBeGreaterThan(4 * 45);
    expect(second.sounds).toBeGreaterThan(2 * 40);
  });

  it("that cannot be had leaves the picture alone", async () => {
    const folder = await makeSegments({ seconds: 4 });
    await writeFile(path.join(folder, "main.m3u8"), soundApart);
    await writeFile(path.join(folder, "v.m3u8"), playlistText(segmentNames(4), { ended: true }));
    const { receiver, told } = await source(folder, { first: "main.m3u8", patienceSeconds: 2 });
    const { sink, stretches, reasons } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    expect((await decoded(stretches()[0] ?? Buffer.alloc(0), folder)).pictures.length).toBe(100);
    expect(reasons).toEqual([]);
    expect(told()).toEqual(["missing-playlist opened"]);
  });

  it("that is packed by itself begins when its tag says", async () => {
    const folder = await makeSegments({ seconds: 4 });
    await writeFile(path.join(folder, "main.m3u8"), soundApart);
    await writeFile(path.join(folder, "v.m3u8"), playlistText(segmentNames(4), { ended: true }));
    // One beep a second into the sound, whose tag says that it begins half a second behind the first picture.
    const tone = ["-f", "lavfi", "-i", "sine=d=4:r=48000", "-c:a", "aac", "-f", "adts", "tone.aac"];
    await promisify(execFile)("ffmpeg", ["-v", "error", ...tone], { cwd: folder });
    const [start = 0] = (await decoded(await readFile(path.join(folder, "v0.ts")), folder)).pictures;
    const bytes = await readFile(path.join(folder, "tone.aac"));
    await writeFile(path.join(folder, "a0.aac"), Buffer.concat([timeTag(start + 0.5), bytes]));
    await writeFile(
      path.join(folder, "a.m3u8"),
      playlistText([{ uri: "a0.aac" }], { ended: true }).replace("EXTINF:1.0", "EXTINF:4.0"),
    );
    const { receiver } = await source(folder, { first: "main.m3u8" });
    const { sink, stretches } = collect();
    await receiver.receive(sink, AbortSignal.timeout(20_000));
    const { pictures, firstSound } = await decoded(stretches()[0] ?? Buffer.alloc(0), folder);
    expect(pictures.length).toBe(100);
    expect(pictures[0]).toBeCloseTo(start, 3);
    expect(firstSound).toBeCloseTo(start + 0.5, 2);
  });
});

/** An ID3 tag that tells a time stamp of MPEG-TS (RFC 8216, 3.4). */
function timeTag(seconds: number): Buffer {
  const owner = Buffer.from("com.apple.streaming.transportStreamTimestamp\0");
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(BigInt(Math.round(seconds * 90_000)));
  const frame = Buffer.concat([Buffer.from("PRIV"), Buffer.from([0, 0, 0, owner.length + 8, 0, 0]), owner, stamp]);
  return Buffer.concat([Buffer.from("ID3"), Buffer.from([4, 0, 0, 0, 0, 0, frame.length]), frame]);
}
