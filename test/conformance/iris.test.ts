import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { ffmpegOutput, frameBytes, frameLoader, mediaWith, yuv420 } from "../support/raw-media.js";
import { columnsOf } from "../support/signal-columns.js";

/** Test films of EA IRIS with the log of each frame that it is expected to write. */
const folder = path.join(process.env["FRAMEWATCH_CORPUS"] ?? "", "iris");
const films = [
  ["2Hz_5s", 5],
  ["extendedFLONG", 25],
  ["GradualRedIncrease", 25],
  ["gray", 25],
] as const;
const isThere = process.env["FRAMEWATCH_CORPUS"] !== undefined && existsSync(folder);
if (!isThere) console.warn("FRAMEWATCH_CORPUS names no folder with a folder iris: EA IRIS' test films are not compared.");

const shape = yuv420(640, 360);

async function measure(name: string, framesPerSecond: number): Promise<Record<string, number[]>> {
  const bytes = ffmpegOutput(["-i", path.join(folder, `${name}.mp4`), "-pix_fmt", "yuv420p", "-f", "rawvideo", "-"]);
  const size = frameBytes(shape);
  const blocks: SignalBlock[] = [];
  const measuring = await openMeasuring({
    media: mediaWith(shape),
    profile: "full",
    wanted: new Set(["flash.transitions", "flash.redTransitions", "flash.luminance"]),
    emit: (block) => blocks.push(block),
  });
  const load = frameLoader(measuring.memory);
  for (let n = 0; n < bytes.length / size; n++) {
    await measuring.frame(load(bytes.subarray(n * size, (n + 1) * size), shape, { pts: n / framesPerSecond }), true);
  }
  await measuring.finish();
  measuring.close();
  return columnsOf(blocks, "picture:0");
}

describe.skipIf(!isThere)("EA IRIS", () => {
  it.each(films)("counts the same in %s", async (name, framesPerSecond) => {
    const [head = "", ...lines] = readFileSync(path.join(folder, `${name}_RELATIVE.csv`), "utf8").trim().split(/\r?\n/);
    const names = head.split(",").map((column) => column.trim());
    const expected = (column: string) => lines.map((line) => Number(line.split(",")[names.indexOf(column)]));
    const found = await measure(name, framesPerSecond);

    expect(found["flash.transitions"]).toEqual(expected("LuminanceTransitions"));
    for (const [n, luminance] of expected("AverageLuminance").entries()) {
      expect(Math.abs((found["flash.luminance"]?.[n] ?? Number.NaN) - luminance)).toBeLessThan(0.005);
    }
    // Red is converted there to R, G, B of 8 bits, rounded down: a slow change may reach the limit a frame later.
    const red = expected("RedTransitions");
    for (const [n, count] of (found["flash.redTransitions"] ?? []).entries()) {
      expect([red[n], red[n + 1] ?? red[n]]).toContain(count);
    }
  });
});
