import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLive } from "../../../src/ingest/live/open-live-source.js";
import { openStretchCutter } from "../../../src/ingest/live/stretch-cutter.js";
import { programMapIn, sectionCrc } from "../../../src/transport/sections.js";
import { runProgram } from "../../support/read-input.js";
import { playedSource } from "./played-source.js";
import { countFrames } from "./read-live.js";
import { never, openStudio, type Studio } from "./senders.js";

let studio: Studio;
let oneSound: Buffer;
let twoSounds: Buffer;
beforeAll(async () => {
  studio = await openStudio(1024 * 1024);
  oneSound = await renderTransport(1);
  twoSounds = await renderTransport(2);
});
afterAll(() => studio.close());

/** A second of picture and sounds. */
async function renderTransport(sounds: number): Promise<Buffer> {
  const file = join(studio.folder, `${sounds}.ts`);
  const { code, stderr } = await runProgram("ffmpeg", [
    ...["-v", "error", "-nostdin", "-f", "lavfi", "-t", "1", "-i", "testsrc2=size=160x90:rate=25"],
    ...["-f", "lavfi", "-t", "1", "-i", "sine=r=48000", "-map", "0"],
    ...Array.from({ length: sounds }, () => ["-map", "1"]).flat(),
    ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "12", "-pix_fmt", "yuv420p", "-c:a", "aac", "-muxdelay", "0", file],
  ]);
  if (code !== 0) throw new Error(stderr);
  return readFile(file);
}

/** Cuts bytes that come in chunks of a length, which has nothing to do with packets. */
function cut(
  bytes: Uint8Array,
  chunkBytes: number,
): { readonly stretches: Buffer[]; readonly reasons: string[]; foreign: number } {
  const stretches: Uint8Array[][] = [];
  const reasons: string[] = [];
  const cutter = openStretchCutter({
    begin: () => void stretches.push([]),
    bytes: (run) => void stretches.at(-1)?.push(run.slice()),
    changed: (reason) => void reasons.push(reason),
  });
  for (let at = 0; at < bytes.length; at += chunkBytes) cutter.push(bytes.subarray(at, at + chunkBytes));
  cutter.end();
  return { stretches: stretches.map((runs) => Buffer.concat(runs)), reasons, foreign: cutter.foreignBytes };
}

describe("the bytes of a connection", () => {
  it.each([188, 1316, 1000, 65_536])("are one stretch, to the last byte, in chunks of %i", (chunkBytes) => {
    const { stretches, reasons } = cut(oneSound, chunkBytes);
    expect(reasons).toEqual([]);
    expect(stretches.length).toBe(1);
    expect(stretches[0]?.equals(oneSound)).toBe(true);
  });

  it("begin with a packet, and keep what is damaged in their midst", () => {
    const damaged = Buffer.concat([
      Buffer.alloc(300, 1),
      oneSound.subarray(0, 18_800),
      Buffer.alloc(500, 2),
      oneSound.subarray(18_800),
    ]);
    const { stretches, foreign } = cut(damaged, 1316);
    expect(foreign).toBe(300);
    expect(stretches[0]?.equals(damaged.subarray(300))).toBe(true);
  });

  it.each([188, 1000, 65_536])(
    "are cut where the tracks change, in chunks of %i, and the next stretch begins with its tables",
    (chunkBytes) => {
      const { stretches, reasons } = cut(Buffer.concat([oneSound, twoSounds]), chunkBytes);
      expect(stretches.length).toBe(2);
      expect(reasons).toEqual([
        "its tracks were 256 (type 27), 257 (type 15), now they are 256 (type 27), 257 (type 15), 258 (type 15)",
      ]);
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = stretches;
      const pidOf = (bytes: Buffer, at: number): number => bytes.readUInt16BE(at + 1) & 0x1fff;
      expect([0, 188].map((at) => pidOf(second, at))).toEqual([0, 4096]);
      expect(programMapIn(second.subarray(188 + 5, 188 + 5 + 3 + (second.readUInt16BE(188 + 6) & 0xfff))).streams.length).toBe(3);
      // All but the repeated association table is there once: what comes before the new map (its SDT and PAT) ends the first stretch.
      expect(first.length + second.length).toBe(oneSound.length + twoSounds.length + 188);
      expect(second.subarray(188).equals(twoSounds.subarray(twoSounds.length - second.length + 188))).toBe(true);
    },
  );

  it("stay together where a map comes in another version with the same tracks, or is only announced", () => {
    const again = Buffer.from(oneSound);
    const announced = Buffer.from(twoSounds);
    for (const [bytes, mark] of [
      [again, (section: Buffer) => section.writeUInt8((section[5] ?? 0) ^ 0b10, 5)],
      [announced, (section: Buffer) => section.writeUInt8((section[5] ?? 0) & 0xfe, 5)],
    ] as const) {
      for (let at = 0; at < bytes.length; at += 188) {
        if ((bytes.readUInt16BE(at + 1) & 0x1fff) !== 4096) continue;
        const section = bytes.subarray(at + 5, at + 5 + 3 + (bytes.readUInt16BE(at + 6) & 0xfff));
        mark(section);
        section.writeUInt32BE(sectionCrc(section.subarray(0, -4)), section.length - 4);
      }
    }
    expect(cut(Buffer.concat([oneSound, again, announced]), 1316).reasons).toEqual([]);
  });
});

it("a stretch after a change of tracks is decoded from its first keyframe, the one before to its last picture", async () => {
  const played = playedSource();
  const source = readLive(played, "udp://here", studio.access);
  played.sink.bytes(oneSound);
  played.sink.bytes(twoSounds);
  played.end();
  const [first, second] = [await source.next(never), await source.next(never)];
  expect(await first.ended).toMatchObject({ kind: "changed" });
  expect((await countFrames(first.input, 100)).frames).toBe(25);
  const read = await countFrames(second.input, 100);
  expect(read).toMatchObject({ frames: 25, stderr: "" });
  await source.close();
});

describe("a reader", () => {
  it("that is slow loses the oldest packets, counted, and holds up nobody", async () => {
    const gateway = studio.access.gateway;
    const stretch = gateway.open();
    const answer = await new Promise<IncomingMessage>((resolve) => void get(stretch.input.url, resolve));
    const packet = Buffer.alloc(188, 0x47);
    const sent = 120_000;
    packet.writeUInt32BE(0, 4);
    stretch.push(packet);
    // Only who has got the first packet can lose others; from here on it reads nothing.
    await once(answer, "readable");
    for (let index = 1; index < sent; index++) {
      packet.writeUInt32BE(index, 4);
      stretch.push(packet);
      if (index % 100 === 0) await new Promise(setImmediate);
    }
    // Who comes now gets what is kept, at once.
    const late = await new Promise<IncomingMessage>((resolve) => void get(stretch.input.url, resolve));
    stretch.end();
    const read = async (from: IncomingMessage): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      for await (const chunk of from as AsyncIterable<Buffer>) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    const [slow, rest] = [await read(answer), await read(late)];
    expect(rest.length).toBeLessThanOrEqual(1024 * 1024);
    expect(rest.length).toBeGreaterThan(700_000);
    expect(stretch.lostBytes).toBeGreaterThan(0);
    expect(slow.length + stretch.lostBytes).toBe(sent * 188);
    for (const bytes of [slow, rest]) {
      expect(bytes.length % 188).toBe(0);
      const numbers = Array.from({ length: bytes.length / 188 }, (_, index) => bytes.readUInt32BE(index * 188 + 4));
      expect(numbers.every((number, index) => index === 0 || number > (numbers[index - 1] ?? 0))).toBe(true);
      expect(numbers.at(-1)).toBe(sent - 1);
    }
    stretch.close();
  });

  it("without the token gets nothing, and none at all after the stretch is closed", async () => {
    const stretch = studio.access.gateway.open();
    const status = async (url: string): Promise<number | undefined> => {
      const answer = await new Promise<IncomingMessage>((resolve) => void get(url, resolve));
      answer.destroy();
      return answer.statusCode;
    };
    expect(await status(stretch.input.url)).toBe(200);
    expect(await status(stretch.input.url.replace(/[\w-]{5}\.ts$/, ".ts"))).toBe(403);
    const reading = await new Promise<IncomingMessage>((resolve) => void get(stretch.input.url, resolve));
    reading.on("error", () => undefined).resume();
    const ended = new Promise((resolve) => reading.once("close", resolve));
    stretch.close();
    await ended;
    expect(await status(stretch.input.url)).toBe(403);
  });
});
