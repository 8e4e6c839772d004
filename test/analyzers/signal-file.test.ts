import { mkdtemp, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLaneFiles } from "../../src/analyzers/lane-files.js";
import type { Lane, SignalBlock } from "../../src/analyzers/signal-block.js";
import { readSignalFile } from "../../src/analyzers/signal-file.js";
import { openSignalWriter, type SignalFileHeader } from "../../src/analyzers/signal-writer.js";
import { columnsOf } from "../support/signal-columns.js";

const picture: Lane = { name: "picture", track: 0 };
const sound: Lane = { name: "sound", track: 1 };
const header: SignalFileHeader = {
  lanes: [
    { lane: picture, signals: ["luma.mean", "diff.mean"] },
    { lane: sound, signals: ["audio.peakRatio"] },
  ],
  facts: { jobId: "a job", nested: { start: 1.5 } },
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-signals-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const value = fc.oneof(fc.double({ noNaN: true }), fc.constant(Number.NaN));
const blocks: fc.Arbitrary<SignalBlock> = fc
  .record({
    lane: fc.constantFrom(0, 1),
    startIndex: fc.nat(),
    samples: fc.array(fc.tuple(fc.double({ noNaN: true }), value, value), { maxLength: 40 }),
    previousEndSeconds: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
    discontinuityBefore: fc.boolean(),
  })
  .map(({ lane, startIndex, samples, previousEndSeconds, discontinuityBefore }) => {
    const declared = header.lanes[lane]!;
    return {
      lane: declared.lane,
      startIndex,
      pts: Float64Array.from(samples, ([pts]) => pts),
      signals: Object.fromEntries(
        declared.signals.map((name, n) => [name, Float32Array.from(samples, (sample) => sample[n + 1] ?? 0)]),
      ),
      discontinuityBefore,
      ...(discontinuityBefore && previousEndSeconds !== undefined ? { previousEndSeconds } : {}),
    };
  });

async function collect(file: string): Promise<SignalBlock[]> {
  const found: SignalBlock[] = [];
  for await (const block of (await readSignalFile(file)).blocks()) found.push(block);
  return found;
}

function write(name: string, content: readonly SignalBlock[], outcome: unknown = { frames: 3 }): string {
  const file = path.join(folder, name);
  const writer = openSignalWriter(file, header);
  for (const block of content) writer.write(block);
  writer.finish(outcome);
  return file;
}

function simpleBlock(lane: Lane, startIndex: number, pts: readonly number[]): SignalBlock {
  const signals = header.lanes.find((declared) => declared.lane === lane)?.signals ?? [];
  return {
    lane,
    startIndex,
    pts: Float64Array.from(pts),
    signals: Object.fromEntries(signals.map((name, n) => [name, Float32Array.from(pts, (seconds) => seconds * 2 + n)])),
    discontinuityBefore: false,
  };
}

describe("a signal file", () => {
  it("gives back any blocks as they were written, NaN included", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(blocks, { maxLength: 12 }), fc.jsonValue(), async (written, outcome) => {
        const file = write("any.signals", written, outcome);
        const read = await readSignalFile(file);
        expect(read.header).toEqual(header);
        expect(read.outcome).toEqual(JSON.parse(JSON.stringify(outcome)));
        expect(await collect(file)).toEqual(written);
      }),
      { numRuns: 60 },
    );
  });

  it("is read block by block, however long it is", async () => {
    const long = Array.from({ length: 3000 }, (_, n) =>
      simpleBlock(
        sound,
        n * 50,
        Array.from({ length: 50 }, (_, k) => n / 2 + k / 100),
      ),
    );
    const file = write("long.signals", long);
    let samples = 0;
    for await (const block of (await readSignalFile(file)).blocks()) {
      expect(block.startIndex).toBe(samples);
      samples += block.pts.length;
    }
    expect(samples).toBe(150_000);
  });

  it("may be left in the middle", async () => {
    const file = write("left.signals", [simpleBlock(picture, 0, [0]), simpleBlock(picture, 1, [1])]);
    for await (const block of (await readSignalFile(file)).blocks()) {
      expect(block.startIndex).toBe(0);
      break;
    }
  });

  it("says that it is unfinished when its writer never came to the end", async () => {
    const file = path.join(folder, "unfinished.signals");
    const writer = openSignalWriter(file, header);
    for (let n = 0; n < 5000; n++) writer.write(simpleBlock(picture, n, [n]));
    writer.close();
    writer.close();
    await expect(readSignalFile(file)).rejects.toMatchObject({ code: "signals-damaged" });
  });

  it("is refused wherever it is cut off", async () => {
    const whole = await readFile(write("whole.signals", [simpleBlock(picture, 0, [0, 1]), simpleBlock(sound, 0, [0])]));
    const file = path.join(folder, "cut.signals");
    for (let length = 0; length < whole.length; length++) {
      await writeFile(file, whole.subarray(0, length));
      await expect(collect(file)).rejects.toMatchObject({ code: "signals-damaged" });
    }
  });

  it("is refused wherever a byte of it changed", async () => {
    const whole = await readFile(write("sound.signals", [simpleBlock(picture, 0, [0, 1]), simpleBlock(sound, 0, [0])]));
    const file = path.join(folder, "changed.signals");
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 0x20;
      await writeFile(file, changed);
      await expect(collect(file)).rejects.toMatchObject({ code: "signals-damaged" });
    }
  });

  it("is refused when it becomes shorter while it is read", async () => {
    const file = write("shrinking.signals", [simpleBlock(picture, 0, [0, 1])]);
    const opened = await readSignalFile(file);
    await truncate(file, 10);
    await expect(opened.blocks()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "signals-damaged" });
  });

  it("tells which file cannot be written or read", async () => {
    const absent = path.join(folder, "no folder", "x.signals");
    expect(() => openSignalWriter(absent, header)).toThrow(expect.objectContaining({ code: "store-unavailable" }));
    await expect(readSignalFile(absent)).rejects.toMatchObject({
      code: "signals-damaged",
      message: expect.stringContaining("x.signals"),
    });
  });

  it("takes no block of a lane or without a signal that its header names", () => {
    const writer = openSignalWriter(path.join(folder, "wrong.signals"), header);
    const block = simpleBlock(picture, 0, [0]);
    expect(() => writer.write({ ...block, lane: { name: "models", track: 0 } })).toThrow("models:0");
    expect(() => writer.write({ ...block, signals: {} })).toThrow("lacks signals");
    writer.close();
  });
});

describe("the files of lanes", () => {
  it("join the segments' files, one per lane, and count each lane's samples anew", async () => {
    const segments = [
      write("0.signals", [simpleBlock(picture, 0, [0, 1]), simpleBlock(sound, 0, [0]), simpleBlock(picture, 2, [2])]),
      write("1.signals", [simpleBlock(picture, 0, [3, 4])]),
      write("2.signals", [simpleBlock(sound, 0, [1, 2])]),
    ];
    const files = openLaneFiles(path.join(folder, "joined"), { ...header, facts: { jobId: "joined" } });
    for (const segment of segments) for await (const block of (await readSignalFile(segment)).blocks()) files.write(block);
    const joined = files.finish(({ name }) => ({ ended: name }));
    expect(joined.map(({ file, samples }) => [path.basename(file), samples])).toEqual([
      ["picture-0.signals", 5],
      ["sound-1.signals", 3],
    ]);
    const [pictures, sounds] = joined;
    const read = await readSignalFile(pictures!.file);
    expect(read.header).toEqual({ lanes: [header.lanes[0]], facts: { jobId: "joined" } });
    expect(read.outcome).toEqual({ samples: 5, ended: "picture" });
    const found = await collect(pictures!.file);
    expect(found.map(({ startIndex }) => startIndex)).toEqual([0, 2, 3]);
    expect(columnsOf(found, "picture:0")).toEqual({
      pts: [0, 1, 2, 3, 4],
      "luma.mean": [0, 2, 4, 6, 8],
      "diff.mean": [1, 3, 5, 7, 9],
    });
    expect(columnsOf(await collect(sounds!.file), "sound:1")["pts"]).toEqual([0, 1, 2]);
  });

  it("stay unfinished when they are closed early", async () => {
    const files = openLaneFiles(path.join(folder, "early"), header);
    files.write(simpleBlock(picture, 0, [0]));
    files.close();
    await expect(readSignalFile(path.join(folder, "early", "picture-0.signals"))).rejects.toMatchObject({
      code: "signals-damaged",
    });
  });
});
