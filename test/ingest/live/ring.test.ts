import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { openRing, type OpenRing, type RingOptions } from "../../../src/ingest/live/ring.js";
import { openStretchCutter } from "../../../src/ingest/live/stretch-cutter.js";
import { renderClip, runProgram } from "../../support/read-input.js";

let folder: string;
let clip: Buffer;
let now: number;
let warnings: unknown[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "framewatch-ring-"));
  clip = await renderClip("clip.ts", ["-g", "12", "-muxdelay", "0"], 10);
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(() => {
  now = 1_000_000;
  warnings = [];
});

const log = { warn: (...said: unknown[]): void => void warnings.push(said) } as RingOptions["log"];
const open = (more: Partial<RingOptions> = {}): OpenRing => openRing({ folder, now: () => now, log, ...more });

/** Ten seconds of the clip, as they would arrive, in tenths. */
function arrive(ring: OpenRing): void {
  const cutter = openStretchCutter({ begin: () => ring.newStretch(), bytes: ring.write, changed: () => undefined });
  const part = Math.ceil(clip.length / 100);
  for (let at = 0; at < clip.length; at += part) {
    cutter.push(clip.subarray(at, at + part));
    now += 100;
  }
  cutter.end();
}

async function framesIn(file: string): Promise<number> {
  const counting = [
    "-v",
    "error",
    "-count_frames",
    "-select_streams",
    "v",
    "-show_entries",
    "stream=nb_read_frames",
    "-of",
    "csv=p=0",
    file,
  ];
  return Number.parseInt((await runProgram("ffprobe", counting)).stdout, 10);
}

it("cuts out what arrived in a time, also what has only just come, and it is read at once", async () => {
  const ring = open();
  arrive(ring);
  const file = join(folder, "cut.ts");
  expect(await ring.cut(1_004_500, 1_007_000, file)).toBe(true);
  // From the piece that 4.5 s lie in, to the end of the one that 7 s lie in: 4 to 8 s, less what comes before a keyframe.
  const frames = await framesIn(file);
  expect(frames).toBeGreaterThan(60);
  expect(frames).toBeLessThan(125);
  expect((await readFile(file)).readUInt16BE(1) & 0x1fff).toBe(0);
  expect(await ring.cut(1_009_500, 1_020_000, file)).toBe(true);
  expect(await ring.cut(1_000_000, 1_010_000, file)).toBe(true);
  expect(await framesIn(file)).toBe(250);
  await ring.close();
});

it("gives nothing of a time in which nothing arrived", async () => {
  const ring = open();
  const file = join(folder, "nothing.ts");
  expect(await ring.cut(0, 2_000_000, file)).toBe(false);
  arrive(ring);
  expect(await ring.cut(0, 999_999, file)).toBe(false);
  expect(await ring.cut(1_010_001, 2_000_000, file)).toBe(false);
  await ring.close();
});

it("gives one stretch at a time", async () => {
  const ring = open();
  arrive(ring);
  now += 5_000;
  arrive(ring);
  const file = join(folder, "one.ts");
  expect(await ring.cut(1_000_000, 2_000_000, file)).toBe(true);
  expect(await framesIn(file)).toBe(250);
  expect(await ring.cut(1_012_000, 2_000_000, file)).toBe(true);
  expect(await framesIn(file)).toBe(250);
  await ring.close();
});

it("keeps to its time and its bytes, and leaves nothing behind", async () => {
  for (const bound of [{ mostMilliseconds: 5_000 }, { mostBytes: clip.length }]) {
    const ring = open(bound);
    for (let times = 0; times < 4; times++) arrive(ring);
    expect(await ring.cut(1_000_000, 1_020_000, join(folder, "old.ts"))).toBe(false);
    expect(await ring.cut(now - 3_000, now, join(folder, "new.ts"))).toBe(true);
    const [own = ""] = (await readdir(folder)).filter((name) => name.startsWith("ring-"));
    expect((await readdir(join(folder, own))).length).toBeLessThanOrEqual(7);
    await ring.close();
    expect((await readdir(folder)).filter((name) => name.startsWith("ring-"))).toEqual([]);
    now = 1_000_000;
  }
});

it("is empty where its folder goes, or never was, and begins anew after a minute", async () => {
  const ring = open();
  arrive(ring);
  expect(await ring.cut(1_000_000, 1_010_000, join(folder, "before.ts"))).toBe(true);
  for (const name of (await readdir(folder)).filter((entry) => entry.startsWith("ring-")))
    await rm(join(folder, name), { recursive: true });
  arrive(ring);
  expect(await ring.cut(1_000_000, 1_030_000, join(folder, "after.ts"))).toBe(false);
  now += 60_000;
  const again = now;
  arrive(ring);
  expect(await ring.cut(again, now, join(folder, "again.ts"))).toBe(true);
  expect(await framesIn(join(folder, "again.ts"))).toBeGreaterThan(200);
  await ring.close();
  expect(warnings.length).toBe(1);
  expect((await readdir(folder)).filter((entry) => entry.startsWith("ring-"))).toEqual([]);

  const homeless = open({ folder: join(folder, "nowhere") });
  arrive(homeless);
  expect(await homeless.cut(1_000_000, 2_000_000, join(folder, "never.ts"))).toBe(false);
  await homeless.close();
  expect(warnings.length).toBe(2);
});

it("leaves out what a slow disk has no time for, and keeps what comes when it has", async () => {
  // All of it arrives before anything can be written.
  const ring = open({ mostWaitingBytes: 0.75 * clip.length });
  arrive(ring);
  arrive(ring);
  expect(await ring.cut(1_000_000, now, join(folder, "kept.ts"))).toBe(true);
  expect(warnings.length).toBe(1);
  const caughtUp = now;
  arrive(ring);
  expect(await ring.cut(caughtUp + 1, caughtUp + 3_000, join(folder, "later.ts"))).toBe(true);
  expect(await framesIn(join(folder, "later.ts"))).toBeGreaterThan(60);
  await ring.close();
});

it("says so where the cut itself cannot be written", async () => {
  const ring = open();
  arrive(ring);
  expect(await ring.cut(1_000_000, 1_010_000, join(folder, "no/such/folder.ts"))).toBe(false);
  expect(await ring.cut(1_000_000, 1_010_000, join(folder, "good.ts"))).toBe(true);
  expect(warnings.length).toBe(1);
  await ring.close();
});
