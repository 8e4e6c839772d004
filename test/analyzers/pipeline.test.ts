import { setImmediate as nextTurn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ModelMeasurer } from "../../src/analyzers/measurer.js";
import { type MeasuringProfile, openMeasuring, planLanes } from "../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../src/analyzers/signal-block.js";
import { longestLookbackSeconds } from "../../src/analyzers/signals/index.js";
import type { Infer } from "../../src/analyzers/signals/model-images.js";
import type { AudioBlock, MediaInfo, VideoFrame } from "../../src/decoder/index.js";
import { audioBlock, frameLoader, mediaWith, type RawShape, rawFrames, yuv420 } from "../support/raw-media.js";
import { columnsOf, signalOf } from "../support/signal-columns.js";

const shape = yuv420(48, 27);
const frames = rawFrames("testsrc2=s=48x28:r=25:d=12,scale=48:27", shape);
const facts = (n: number): Partial<VideoFrame> & { pts: number } => ({ pts: n / 25, decodeErrors: n % 7 === 3 ? 2 : 0 });

interface Run {
  readonly media?: MediaInfo;
  readonly profile?: MeasuringProfile;
  readonly wanted?: ReadonlySet<string>;
  readonly infer?: Infer;
  readonly live?: boolean;
}

async function measuringOf({ media = mediaWith(shape), profile = "full", wanted, infer, live = false }: Run = {}) {
  const blocks: SignalBlock[] = [];
  const emit = (block: SignalBlock): void => void blocks.push(block);
  const measuring = await openMeasuring({ media, profile, wanted, live, emit, ...(infer && { infer }) });
  return { blocks, measuring, load: frameLoader(measuring.memory) };
}

/** A model that answers at once with the mean of the image and its size. */
function meanModel(imagesPerSecond = 2): ModelMeasurer {
  const signal = (meaning: string) => ({ unit: "level", range: [0, 255] as const, meaning });
  return {
    lane: "models",
    name: "mean",
    model: "mean",
    provides: { "mean.level": signal("mean of the image"), "mean.pixels": signal("pixels of the image") },
    needs: "any",
    lookbackSeconds: 0.5,
    image: { width: 16, height: 9 },
    imagesPerSecond,
  };
}
const meanOf = async (_: string, pixels: Uint8Array): Promise<Float32Array> =>
  Float32Array.of(pixels.reduce((sum, pixel) => sum + pixel, 0) / pixels.length, pixels.length);

/** Measures frames [from, until), with run-in from `first` on; `skipped` frames do not exist. */
async function measureRange(
  first: number,
  from: number,
  until: number,
  skipped: ReadonlySet<number> = new Set(),
): Promise<SignalBlock[]> {
  const { blocks, measuring, load } = await measuringOf({
    infer: {
      models: [meanModel(2), { ...meanModel(7), name: "often", provides: { often: meanModel().provides["mean.level"]! } }],
      run: meanOf,
    },
  });
  for (let n = first; n < until; n++) {
    if (skipped.has(n)) continue;
    const bytes = frames[n] ?? Buffer.alloc(0);
    await measuring.frame(load(bytes, shape, facts(n)), n >= from);
  }
  await measuring.finish();
  measuring.close();
  return blocks;
}

describe("the picture lane", () => {
  it("gives every frame its time and its signals", async () => {
    const blocks = await measureRange(0, 0, frames.length);
    const columns = columnsOf(blocks, "picture:0");
    expect(columns["pts"]).toEqual(frames.map((_, n) => n / 25));
    expect(columns["decode.errorCount"]).toEqual(frames.map((_, n) => (n % 7 === 3 ? 2 : 0)));
    expect(columns["timing.intervalSeconds"]?.[0]).toBeNaN();
    for (const interval of columns["timing.intervalSeconds"]?.slice(1) ?? []) expect(interval).toBeCloseTo(0.04, 6);
    let index = 0;
    for (const block of blocks.filter(({ lane }) => lane.name === "picture")) {
      expect(block.startIndex).toBe(index);
      index += block.pts.length;
    }
  });

  it.each([
    { live: true, source: "a live stream", longestSeconds: 0.25, count: 43 },
    { live: false, source: "a file", longestSeconds: 5, count: 3 },
  ])("gives blocks of less than $longestSeconds s for $source", async ({ live, longestSeconds, count }) => {
    const { blocks, measuring, load } = await measuringOf({ live });
    for (const [n, bytes] of frames.entries()) await measuring.frame(load(bytes, shape, facts(n)), true);
    await measuring.finish();
    measuring.close();
    const pictures = blocks.filter(({ lane }) => lane.name === "picture");
    for (const { pts } of pictures) expect((pts.at(-1) ?? 0) - (pts[0] ?? 0)).toBeLessThan(longestSeconds);
    expect(pictures).toHaveLength(count);
  });

  it("gives the same columns, models included, however the media is cut into segments with a run-in", async () => {
    const skipped = new Set([30, 31, 44, 200, 201]);
    const uncut = await measureRange(0, 0, frames.length, skipped);
    const cut = fc.integer({ min: 1, max: frames.length - 1 });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(cut, { maxLength: 4 }), fc.integer({ min: 0, max: 20 }), async (cuts, more) => {
        const runIn = Math.ceil(longestLookbackSeconds * 25) + more;
        const edges = [0, ...cuts.sort((a, b) => a - b), frames.length];
        const pieces: SignalBlock[] = [];
        for (const [n, from] of edges.slice(0, -1).entries()) {
          pieces.push(...(await measureRange(Math.max(0, from - runIn), from, edges[n + 1] ?? frames.length, skipped)));
        }
        for (const lane of ["picture:0", "models:0"]) expect(columnsOf(pieces, lane)).toEqual(columnsOf(uncut, lane));
      }),
      { numRuns: 12 },
    );
  });

  it("starts a block at a discontinuity and compares nothing across it", async () => {
    const { blocks, measuring, load } = await measuringOf();
    const jump = { pts: 9, discontinuityBefore: true, previousEndSeconds: 0.08 };
    for (const at of [facts(0), facts(1), jump, { pts: 9.04 }]) measuring.frame(load(frames[0]!, shape, at), true);
    await measuring.finish();
    const pictures = blocks.filter(({ lane }) => lane.name === "picture");
    expect(pictures.map(({ pts }) => [...pts])).toEqual([
      [0, 0.04],
      [9, 9.04],
    ]);
    expect(pictures.map(({ discontinuityBefore }) => discontinuityBefore)).toEqual([false, true]);
    expect(pictures[1]?.previousEndSeconds).toBe(0.08);
    const stills = blocks.filter(({ lane }) => lane.name === "stills");
    expect(stills.map(({ pts, discontinuityBefore }) => [[...pts], discontinuityBefore])).toEqual([
      [[0], false],
      [[9, 9.04], true],
    ]);
    expect(signalOf(blocks, "picture:0", "diff.mean")).toEqual([NaN, 0, NaN, 0]);
    expect(signalOf(blocks, "picture:0", "timing.intervalSeconds")[2]).toBeNaN();
  });

  it("goes on over a change of size, also to frames that need more memory", async () => {
    const larger = yuv420(160, 90);
    const [large] = rawFrames("color=gray:s=160x90:d=0.04", larger);
    const { blocks, measuring, load } = await measuringOf();
    for (const [n, [bytes, of]] of (
      [
        [frames[0]!, shape],
        [large!, larger],
        [large!, larger],
        [frames[0]!, shape],
        [frames[0]!, shape],
      ] as const
    ).entries()) {
      measuring.frame(load(bytes, of, facts(n)), true);
    }
    await measuring.finish();
    expect(signalOf(blocks, "picture:0", "diff.mean")).toEqual([NaN, NaN, 0, NaN, 0]);
    expect(signalOf(blocks, "picture:0", "luma.mean")[1]).toBeCloseTo(126, 0);
  });

  it("compares no frame with memory that was overwritten or that grew meanwhile", async () => {
    const { blocks, measuring, load } = await measuringOf();
    measuring.frame(load(frames[0]!, shape, facts(0)), true);
    const restarted = frameLoader(measuring.memory);
    measuring.frame(restarted(frames[1]!, shape, facts(1)), true);
    measuring.memory.frame(1, 10_000_000);
    measuring.frame(restarted(frames[2]!, shape, facts(2)), true);
    measuring.frame(restarted(frames[2]!, shape, facts(3)), true);
    await measuring.finish();
    expect(signalOf(blocks, "picture:0", "diff.mean")).toEqual([NaN, NaN, NaN, 0]);
  });

  it("measures gray pictures, which have no chroma", async () => {
    const gray: RawShape = { pixelFormat: "gray10le", width: 3, height: 2, bitDepth: 10, fullRange: true };
    const { blocks, measuring, load } = await measuringOf({ media: mediaWith(gray) });
    for (const [n, level] of [0, 512].entries()) {
      measuring.frame(load(Buffer.from(new Uint16Array(6).fill(level).buffer), gray, facts(n)), true);
    }
    await measuring.finish();
    expect(signalOf(blocks, "picture:0", "luma.mean")).toEqual([0, 128]);
    expect(signalOf(blocks, "picture:0", "diff.mean")).toEqual([NaN, 0.5]);
  });
});

describe("what is measured", () => {
  const media = mediaWith(shape, { sampleRate: 48000, channels: 2 }, { sampleRate: 44100, channels: 1 });
  const signalsOf = (lanes: ReturnType<typeof planLanes>): string[] => lanes.flatMap(({ signals }) => signals);

  it("is every lane of the media, and every signal where none are named", () => {
    const lanes = planLanes({ media, profile: "full", wanted: undefined, models: [meanModel()] });
    expect(lanes.map(({ lane }) => `${lane.name}:${lane.track}`)).toEqual([
      "picture:0",
      "stills:0",
      "models:0",
      "sound:0",
      "sound:1",
    ]);
    expect(signalsOf(lanes)).toContain("edges.gradient");
  });

  it("leaves out in profile fast what needs the pixels as coded", () => {
    const signals = signalsOf(planLanes({ media, profile: "fast", wanted: undefined }));
    expect(signals).not.toContain("edges.gradient");
    expect(signals).toContain("luma.darkRatio");
  });

  it("is only what measurers of wanted signals give", async () => {
    const { blocks, measuring, load } = await measuringOf({ wanted: new Set(["diff.mean"]) });
    measuring.frame(load(frames[0]!, shape, facts(0)), true);
    await measuring.finish();
    expect(blocks.map(({ signals }) => Object.keys(signals))).toEqual([["diff.mean"]]);
  });

  it("looks back for some time, so that a segment's first frame has one before it", () => {
    expect(longestLookbackSeconds).toBeGreaterThan(0);
  });
});

describe("the sound lanes", () => {
  const tone = (samples: number): Float32Array => Float32Array.from({ length: samples }, (_, at) => Math.sin(at * at * 1e-5));

  async function measureSound(blocksIn: readonly AudioBlock[]): Promise<SignalBlock[]> {
    const { blocks, measuring } = await measuringOf({ media: mediaWith(undefined, { sampleRate: 48000, channels: 1 }) });
    for (const block of blocksIn) measuring.sound(block);
    await measuring.finish();
    return blocks;
  }

  it("have the same windows of 10 ms however the sound is cut into blocks", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(8000, 11025, 44100, 48000),
        fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 12 }),
        async (sampleRate, lengths) => {
          const whole = tone(lengths.reduce((sum, length) => sum + length, 0));
          let at = 0;
          const cut = lengths.map((length) => {
            const block = audioBlock([whole.subarray(at, at + length)], sampleRate, { pts: 7 + at / sampleRate });
            at += length;
            return block;
          });
          const uncut = columnsOf(await measureSound([audioBlock([whole], sampleRate, { pts: 7 })]), "sound:0");
          const found = columnsOf(await measureSound(cut), "sound:0");
          expect(found["audio.peakRatio"]).toEqual(uncut["audio.peakRatio"]);
          expect(found["audio.rmsDbfs"]).toEqual(uncut["audio.rmsDbfs"]);
          let windows = 0;
          while (Math.round((windows * sampleRate) / 100) < whole.length) windows++;
          expect(found["pts"]).toHaveLength(windows);
          for (const [k, pts] of (found["pts"] ?? []).entries()) {
            expect(pts).toBeCloseTo(7 + Math.round((k * sampleRate) / 100) / sampleRate, 9);
            expect(uncut["pts"]?.[k]).toBeCloseTo(pts, 9);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("end a window at a discontinuity and count the next ones from there", async () => {
    const blocks = await measureSound([
      audioBlock([tone(700)], 48000, { pts: 0 }),
      audioBlock([tone(480)], 48000, { pts: 5, discontinuityBefore: true, previousEndSeconds: 700 / 48000 }),
    ]);
    expect(blocks.map(({ pts }) => [...pts])).toEqual([[0, 0.01], [5]]);
    expect(blocks[1]).toMatchObject({ discontinuityBefore: true, previousEndSeconds: 700 / 48000 });
  });

  it("follow the times of the blocks where the source's clock drifts from its sample rate", async () => {
    const blocks = await measureSound(Array.from({ length: 50 }, (_, n) => audioBlock([tone(480)], 48000, { pts: n * 0.0101 })));
    expect(columnsOf(blocks, "sound:0")["pts"]?.at(-1)).toBeCloseTo(49 * 0.0101, 9);
  });

  it("never turn time around where blocks overlap a little", async () => {
    const starts = [0, 0.005, 0.01];
    const blocks = await measureSound(starts.map((pts) => audioBlock([tone(960)], 48000, { pts })));
    const pts = columnsOf(blocks, "sound:0")["pts"] ?? [];
    expect(pts).toEqual([...pts].sort((a, b) => a - b));
  });

  it("go on when rate and channels change", async () => {
    const blocks = await measureSound([
      audioBlock([tone(480)], 48000, { pts: 0 }),
      audioBlock([tone(80), new Float32Array(80).fill(0.25)], 8000, { pts: 0.01 }),
    ]);
    expect(columnsOf(blocks, "sound:0")["pts"]).toEqual([0, 0.01]);
  });

  it("count a decoder's errors once, in the window that they come with", async () => {
    const blocks = await measureSound([
      audioBlock([tone(600)], 48000, { pts: 0 }),
      audioBlock([tone(1200)], 48000, { pts: 0.0125, decodeErrors: 3 }),
    ]);
    expect(signalOf(blocks, "sound:0", "decode.errorCount")).toEqual([0, 3, 0, 0]);
  });

  it("are apart for each track", async () => {
    const media = mediaWith(undefined, { sampleRate: 48000, channels: 1 }, { sampleRate: 8000, channels: 1 });
    const { blocks, measuring } = await measuringOf({ media });
    measuring.sound(audioBlock([new Float32Array(80).fill(0.5)], 8000, { pts: 0, track: 1 }));
    measuring.sound(audioBlock([new Float32Array(480).fill(0.25)], 48000, { pts: 0 }));
    await measuring.finish();
    expect(signalOf(blocks, "sound:1", "audio.peakRatio")).toEqual([0.5]);
    expect(signalOf(blocks, "sound:0", "audio.peakRatio")).toEqual([0.25]);
  });
});

describe("the models lane", () => {
  it("shows the first frame at or after each half second, scaled to the model's size and to full range", async () => {
    const { blocks, measuring, load } = await measuringOf({ infer: { models: [meanModel()], run: meanOf } });
    const [white] = rawFrames("color=white:s=48x28:d=0.04,scale=48:27", shape);
    for (const pts of [0.1, 0.3, 0.7, 0.9, 1, 1.4, 2.6, 2.7]) await measuring.frame(load(white!, shape, { pts }), true);
    await measuring.finish();
    expect(columnsOf(blocks, "models:0")["pts"]).toEqual([0.1, 0.7, 1, 2.6]);
    expect(signalOf(blocks, "models:0", "mean.level")).toEqual([255, 255, 255, 255]);
    expect(signalOf(blocks, "models:0", "mean.pixels")).toEqual([144, 144, 144, 144]);
  });

  it("keeps its order when answers come out of order, and makes the decoder wait while enough is in flight", async () => {
    const answers: (() => void)[] = [];
    const run = (_: string, pixels: Uint8Array): Promise<Float32Array> =>
      new Promise((resolve) => answers.push(() => resolve(Float32Array.of(answers.length, pixels.length))));
    const { blocks, measuring, load } = await measuringOf({ infer: { models: [meanModel()], run } });
    const waits: (void | Promise<void>)[] = [];
    for (let n = 0; n < 4; n++) waits.push(measuring.frame(load(frames[n]!, shape, { pts: n }), true));
    expect(waits.map((wait) => wait instanceof Promise)).toEqual([false, false, false, true]);
    answers[3]?.();
    await waits[3];
    await nextTurn();
    expect(columnsOf(blocks, "models:0")["pts"]).toEqual([]);
    for (const answer of answers) answer();
    await measuring.finish();
    expect(columnsOf(blocks, "models:0")["pts"]).toEqual([0, 1, 2, 3]);
  });

  it("carries a jump of media time to its own next sample", async () => {
    const { blocks, measuring, load } = await measuringOf({ infer: { models: [meanModel()], run: meanOf } });
    await measuring.frame(load(frames[0]!, shape, { pts: 0.9 }), true);
    await measuring.frame(load(frames[1]!, shape, { pts: 0.1, discontinuityBefore: true, previousEndSeconds: 0.94 }), true);
    await measuring.finish();
    const [, second] = blocks.filter(({ lane }) => lane.name === "models");
    expect(second).toMatchObject({ discontinuityBefore: true, previousEndSeconds: 0.94 });
  });

  it("fails the analysis when a model fails", async () => {
    const failing: Infer = { models: [meanModel()], run: () => Promise.reject(new Error("The model broke.")) };
    const { measuring, load } = await measuringOf({ infer: failing });
    await measuring.frame(load(frames[0]!, shape, facts(0)), true);
    await expect(measuring.finish()).rejects.toThrow("The model broke.");
  });

  it("emits nothing after it was closed", async () => {
    const { blocks, measuring, load } = await measuringOf({ infer: { models: [meanModel()], run: meanOf } });
    await measuring.frame(load(frames[0]!, shape, facts(0)), true);
    measuring.close();
    await measuring.finish();
    expect(blocks).toEqual([]);
  });
});
