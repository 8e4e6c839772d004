import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { ffmpegOutput, frameLoader, mediaWith, type RawShape } from "../../support/raw-media.js";
import { signalOf } from "../../support/signal-columns.js";

const [width, height] = [320, 192];

/** A picture by the luma of each of its samples, in levels of 8 bits. */
type Luma = (x: number, y: number) => number;

/** Soft hills of light, as a picture out of focus. */
const hills: Luma = (x, y) => 120 + 50 * Math.sin(x / 37 + 1) + 40 * Math.cos(y / 29 + x / 80);

/** The same, each block of `size` drawn in one level, the grid moved by (`left`, `top`). */
const inBlocks =
  (size: number, left = 0, top = 0): Luma =>
  (x, y) =>
    hills(Math.floor((x + left) / size) * size, Math.floor((y + top) / size) * size);

/** Windows and lines, as a screen shows them: sharp, many of them on multiples of 8. */
const screen: Luma = (x, y) => (x < 64 ? 40 : y < 24 ? 80 : x >= 104 && x < 248 && y >= 48 && y < 160 ? 235 : 200);

async function measured(luma: Luma, bitDepth = 8): Promise<(signal: string) => number> {
  const shape: RawShape = { pixelFormat: bitDepth > 8 ? "gray10le" : "gray", width, height, bitDepth, fullRange: false };
  const samples = bitDepth > 8 ? new Uint16Array(width * height) : new Uint8Array(width * height);
  for (let at = 0; at < samples.length; at++) {
    samples[at] = Math.round(luma(at % width, Math.floor(at / width)) * 2 ** (bitDepth - 8));
  }
  return measuredBytes(Buffer.from(samples.buffer), shape);
}

async function measuredBytes(bytes: Buffer, shape: RawShape): Promise<(signal: string) => number> {
  const blocks: SignalBlock[] = [];
  const measuring = await openMeasuring({
    media: mediaWith(shape),
    profile: "full",
    wanted: undefined,
    emit: (block) => blocks.push(block),
  });
  await measuring.frame(frameLoader(measuring.memory)(bytes, shape, { pts: 0 }), true);
  await measuring.finish();
  measuring.close();
  return (signal) => signalOf(blocks, signal.startsWith("blockiness") ? "stills:0" : "picture:0", signal)[0] ?? Number.NaN;
}

describe("blockiness", () => {
  it.each([
    ["8x8 blocks", 8, 0, 0, 8],
    ["16x16 blocks", 16, 0, 0, 16],
    ["8x8 blocks of a cropped picture", 8, 3, 5, 8],
    ["blocks scaled to 12x12", 12, 0, 0, 12],
  ] as const)("shows %s and their grid", async (_, size, left, top, period) => {
    const value = await measured(inBlocks(size, left, top));
    expect(value("blockiness.ratio")).toBeGreaterThan(0.15);
    expect([value("blockiness.columnPeriod"), value("blockiness.rowPeriod")]).toEqual([period, period]);
  });

  it("finds blocks of a picture that was scaled smoothly, to sizes that are no whole numbers", async () => {
    const small = Buffer.from(Array.from({ length: 240 * 144 }, (_, at) => inBlocks(8)(at % 240, Math.floor(at / 240))));
    const input = ["-f", "rawvideo", "-pixel_format", "gray", "-video_size", "240x144", "-i", "-"];
    const scaled = ffmpegOutput([...input, "-vf", "scale=320:192:flags=bicubic", "-f", "rawvideo", "-"], small);
    const value = await measuredBytes(scaled, { pixelFormat: "gray", width, height, bitDepth: 8, fullRange: false });
    expect(value("blockiness.ratio")).toBeGreaterThan(0.15);
    expect(value("blockiness.columnPeriod")).toBeCloseTo(32 / 3, 4);
  });

  it("says the same of a picture between black bars", async () => {
    const open = (await measured(inBlocks(8)))("blockiness.ratio");
    const barred = (await measured((x, y) => (y < 24 || y >= 168 ? 16 : inBlocks(8)(x, y))))("blockiness.ratio");
    expect(barred / open).toBeGreaterThan(0.6);
  });

  it("says the same at 10 bits", async () => {
    const [coarse, fine] = [await measured(inBlocks(8)), await measured(inBlocks(8), 10)];
    // Steps of just below and just above the smallest one that counts are told apart more finely.
    expect(Math.abs(fine("blockiness.ratio") - coarse("blockiness.ratio"))).toBeLessThan(0.15);
    expect(fine("blockiness.columnPeriod")).toBe(8);
  });

  it.each([
    ["a soft picture", hills],
    ["noise", (x, y) => 60 + ((Math.imul(x * 7919 + y * 104729, 2654435761) >>> 24) % 100)],
    ["windows on a screen", screen],
    ["bars at the sides", (x, y) => (x < 40 || x >= 280 ? 16 : hills(x, y))],
    ["a fence", (x, y) => (x % 8 === 0 ? 60 : hills(x, y))],
  ] satisfies [string, Luma][])("is next to nothing in %s", async (_, luma) => {
    expect((await measured(luma))("blockiness.ratio")).toBeLessThan(0.02);
  });
});

describe("damaged blocks", () => {
  const lost: Luma = (x, y) => {
    const isLost = x >= 96 && x < 192 && y >= 64 && y < 112 && (Math.floor(x / 16) + Math.floor(y / 16)) % 2 === 0;
    return isLost ? hills(x + 150, y + 60) : hills(x, y);
  };

  it("show blocks of wrong content on the grid, and where they are", async () => {
    const value = await measured(lost);
    expect(value("blocks.brokenRatio")).toBeGreaterThan(0.05);
    expect(value("blocks.isolatedRatio")).toBeGreaterThan(0.03);
    const box = ["left", "top", "width", "height"].map((side) => value(`blocks.${side}`));
    expect(box).toEqual([96, 64, 96, 48]);
  });

  it("say the same at 10 bits", async () => {
    expect((await measured(lost, 10))("blocks.brokenRatio")).toBeCloseTo((await measured(lost))("blocks.brokenRatio"), 2);
  });

  it.each([
    ["a soft picture", hills],
    ["the same blocks anywhere else", (x, y) => lost(x + 5, y + 6)],
    ["low pixels drawn twice as large", (x, y) => lost(2 * Math.floor((x + 6) / 2), 2 * Math.floor((y + 6) / 2))],
    ["windows on a screen", (x, y) => screen(x + 4, y + 4)],
  ] satisfies [string, Luma][])("are not seen in %s", async (_, luma) => {
    const value = await measured(luma);
    expect(value("blocks.isolatedRatio")).toBe(0);
    expect(value("blocks.brokenRatio")).toBeLessThan(0.003);
  });

  it("show slices that were filled by drawing out the row above them", async () => {
    expect((await measured((x, y) => hills(x, Math.min(y, 63))))("blocks.smearedRatio")).toBeGreaterThan(0.4);
    expect((await measured(hills))("blocks.smearedRatio")).toBeLessThan(0.05);
  });
});
