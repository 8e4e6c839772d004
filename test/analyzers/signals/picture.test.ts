import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import {
  ffmpegOutput,
  filterMetadata,
  frameLoader,
  mediaWith,
  type RawShape,
  rawFrames,
  yuv420,
} from "../../support/raw-media.js";
import { signalOf } from "../../support/signal-columns.js";

async function measure(frames: readonly Buffer[], shape: RawShape): Promise<SignalBlock[]> {
  const blocks: SignalBlock[] = [];
  const measuring = await openMeasuring({
    media: mediaWith(shape),
    profile: "full",
    wanted: undefined,
    emit: (block) => blocks.push(block),
  });
  const load = frameLoader(measuring.memory);
  for (const [n, bytes] of frames.entries()) await measuring.frame(load(bytes, shape, { pts: n / 25 }), true);
  await measuring.finish();
  measuring.close();
  return blocks;
}

/** What ffmpeg's own filters say of these very frames. */
function filtered(frames: readonly Buffer[], { pixelFormat, width, height, fullRange }: RawShape, filter: string): Buffer {
  const range = fullRange ? "full" : "limited";
  return ffmpegOutput(
    [
      ...["-f", "rawvideo", "-pixel_format", pixelFormat, "-video_size", `${width}x${height}`, "-framerate", "25", "-i", "-"],
      ...["-vf", `setrange=${range},${filter},metadata=print:file=-`, "-f", "null", "-"],
    ],
    Buffer.concat(frames),
  );
}

const moving = ({ width, height }: RawShape): string =>
  `testsrc2=s=160x90:r=25:d=1,noise=alls=20:allf=t:all_seed=7,fade=in:0:20,scale=${width}:${height}`;
const shapes: RawShape[] = [
  yuv420(161, 91),
  { ...yuv420(161, 91), pixelFormat: "yuv422p", chroma: [2, 1] },
  { ...yuv420(161, 91), pixelFormat: "yuv420p10le", bitDepth: 10 },
  { ...yuv420(161, 91), pixelFormat: "yuv444p12le", bitDepth: 12, chroma: [1, 1] },
];

describe.each(shapes)("signals of $pixelFormat pictures", (shape) => {
  const frames = rawFrames(moving(shape), shape);

  it("have the mean, minimum and maximum luma that signalstats finds", async () => {
    const blocks = await measure(frames, shape);
    const stats = filtered(frames, shape, "signalstats");
    const scale = 2 ** (shape.bitDepth - 8);
    const compared = { "luma.mean": "YAVG", "luma.minimum": "YMIN", "luma.maximum": "YMAX" };
    for (const [name, key] of Object.entries(compared)) {
      const expected = filterMetadata(stats, `lavfi.signalstats.${key}`);
      expect(expected).toHaveLength(25);
      for (const [n, value] of signalOf(blocks, "picture:0", name).entries())
        expect(value * scale).toBeCloseTo(expected[n] ?? NaN, 1);
    }
  });

  it("have the difference to the frame before that signalstats finds, weighted by each plane's samples", async () => {
    const found = signalOf(await measure(frames, shape), "picture:0", "diff.mean");
    const stats = filtered(frames, shape, "signalstats");
    const [across, down] = shape.chroma ?? [1, 1];
    const luma = shape.width * shape.height;
    const chroma = Math.ceil(shape.width / across) * Math.ceil(shape.height / down);
    const [y = [], u = [], v = []] = ["YDIF", "UDIF", "VDIF"].map((key) => filterMetadata(stats, `lavfi.signalstats.${key}`));
    expect(found[0]).toBeNaN();
    for (let n = 1; n < 25; n++) {
      const sum = (y[n] ?? NaN) * luma + ((u[n] ?? NaN) + (v[n] ?? NaN)) * chroma;
      expect(found[n]).toBeCloseTo(sum / (luma + 2 * chroma) / 2 ** shape.bitDepth, 5);
    }
  });

  it("make freezedetect's threshold theirs: it finds a freeze just above the difference and none just below", async () => {
    // freezedetect passes over the last row of chroma where the height is odd.
    const even = { ...shape, height: 90 };
    const pair = rawFrames(moving(even), even).slice(10, 12);
    const found = signalOf(await measure(pair, even), "picture:0", "diff.mean")[1] ?? NaN;
    // The first frame alone is longer than this duration: what tells is whether the second one ends the freeze.
    const isFrozen = (noise: number): boolean =>
      !filtered(pair, even, `freezedetect=n=${noise.toFixed(9)}:d=0.02`).includes("freeze_end");
    expect(isFrozen(found * 1.0001)).toBe(true);
    expect(isFrozen(found * 0.9999)).toBe(false);
  });
});

describe("luma.darkRatio", () => {
  const shape = yuv420(160, 90);

  it("is the share of pixels below blackdetect's default limit, as blackframe counts them", async () => {
    const frames = rawFrames(moving(shape), shape);
    const found = signalOf(await measure(frames, shape), "picture:0", "luma.darkRatio");
    const expected = filterMetadata(filtered(frames, shape, "blackframe=amount=0:threshold=38"), "lavfi.blackframe.pblack");
    expect(found.map((ratio) => Math.floor(ratio * 100 + 1e-4))).toEqual(expected);
    expect(new Set(expected).size).toBeGreaterThan(5);
  });

  it("calls the frames black that blackdetect calls black", async () => {
    const frames = rawFrames("testsrc2=s=160x90:r=25:d=4,drawbox=t=fill:color=black:enable='between(t,1,2.5)'", shape);
    const found = signalOf(await measure(frames, shape), "picture:0", "luma.darkRatio");
    const printed = filtered(frames, shape, "blackdetect=d=0.5");
    const [start] = filterMetadata(printed, "lavfi.black_start");
    const [end] = filterMetadata(printed, "lavfi.black_end");
    expect(found.findIndex((ratio) => ratio >= 0.98) / 25).toBeCloseTo(start ?? NaN, 6);
    expect((found.findLastIndex((ratio) => ratio >= 0.98) + 1) / 25).toBeCloseTo(end ?? NaN, 6);
  });

  it.each([
    { pixelFormat: "yuv420p", bitDepth: 8, fullRange: false, dark: 37 },
    { pixelFormat: "yuvj420p", bitDepth: 8, fullRange: true, dark: 25 },
    { pixelFormat: "yuv420p10le", bitDepth: 10, fullRange: false, dark: 151 },
  ])("ends at $dark for $pixelFormat", async ({ dark, ...format }) => {
    const own: RawShape = { ...yuv420(16, 16), ...format };
    const flat = (luma: number): Buffer => {
      const samples = own.bitDepth > 8 ? new Uint16Array(384) : new Uint8Array(384);
      return Buffer.from(samples.fill(luma, 0, 256).buffer);
    };
    const found = signalOf(await measure([flat(dark), flat(dark + 1)], own), "picture:0", "luma.darkRatio");
    expect(found).toEqual([1, 0]);
  });
});

describe("edges.gradient", () => {
  it("is nothing on a flat picture and half of full scale on a board of single pixels, black and gray", async () => {
    const shape: RawShape = { pixelFormat: "gray", width: 15, height: 7, bitDepth: 8, fullRange: true };
    const board = Buffer.from(Array.from({ length: 105 }, (_, at) => (((at % 15) + Math.floor(at / 15)) % 2) * 128));
    const found = signalOf(await measure([Buffer.alloc(105, 80), board], shape), "picture:0", "edges.gradient");
    expect(found).toEqual([0, 0.5]);
  });

  it("is not measured where a picture has one pixel", async () => {
    const shape: RawShape = { pixelFormat: "gray", width: 1, height: 1, bitDepth: 8, fullRange: true };
    expect(signalOf(await measure([Buffer.of(9)], shape), "picture:0", "edges.gradient")[0]).toBeNaN();
  });
});
