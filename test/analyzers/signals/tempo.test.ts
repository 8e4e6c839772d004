import { describe, expect, it } from "vitest";
import { openShots, type Shot } from "../../../src/analyzers/index.js";
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

const shape = yuv420(320, 180);

async function measure(frames: readonly Buffer[], of: RawShape = shape): Promise<SignalBlock[]> {
  const blocks: SignalBlock[] = [];
  const emit = (block: SignalBlock) => blocks.push(block);
  const measuring = await openMeasuring({ media: mediaWith(of), profile: "full", wanted: undefined, emit });
  const load = frameLoader(measuring.memory);
  for (const [n, bytes] of frames.entries()) await measuring.frame(load(bytes, of, { pts: n / 12.5 }), true);
  await measuring.finish();
  measuring.close();
  return blocks;
}

function filtered(frames: readonly Buffer[], filter: string): Buffer {
  const input = ["-f", "rawvideo", "-pixel_format", "yuv420p", "-video_size", "320x180", "-framerate", "12.5", "-i", "-"];
  return ffmpegOutput(
    [...input, "-vf", `setrange=limited,${filter},metadata=print:file=-`, "-f", "null", "-"],
    Buffer.concat(frames),
  );
}

/** A smooth picture without lines that repeat, through which a window moves by so many pixels a frame. */
const texture = "color=gray:s=480x320:r=12.5:d=2,geq=lum='128+50*sin(X/23+sin(Y/31))*cos(Y/17)+30*sin((X+2*Y)/53)':cb=128:cr=128";
const window = (x: string, y: string) => `${texture},crop=320:180:'${x}':'${y}'`;

describe("si.value and ti.value", () => {
  it("are those of ffmpeg's siti, which rounds luma after it has stretched it", async () => {
    const frames = rawFrames(
      "testsrc2=s=320x180:r=12.5:d=1,noise=alls=10:allf=t:all_seed=3,lutyuv=y=clip(val\\,16\\,235)",
      shape,
    );
    const blocks = await measure(frames);
    const printed = filtered(frames, "siti");
    for (const [name, key] of [
      ["si.value", "lavfi.siti.si"],
      ["ti.value", "lavfi.siti.ti"],
    ] as const) {
      const found = signalOf(blocks, "stills:0", name);
      for (const [n, expected] of filterMetadata(printed, key).entries()) {
        if (n > 0) expect(Math.abs((found[n] ?? Number.NaN) / expected - 1)).toBeLessThan(0.01);
      }
    }
  });
});

describe("fields", () => {
  const moving = window("40+4*n", "70").replace("/53)", "/53)+20*sin(X/4)");
  const woven = (rows: string) => `${moving},tblend=all_expr='if(${rows},B,A)'`;
  it.each([
    { name: "top field first", source: woven("not(mod(Y,2))"), idet: "tff" },
    { name: "bottom field first", source: woven("mod(Y,2)"), idet: "bff" },
    { name: "progressive", source: moving, idet: "progressive" },
  ])("say of $name what idet says", async ({ source, idet }) => {
    const frames = rawFrames(source, shape).slice(1);
    const blocks = await measure(frames);
    const says = [
      ...filtered(frames, "idet")
        .toString()
        .matchAll(/single\.current_frame=(\w+)/g),
    ].map(([, type]) => type);
    const [top, bottom, comb] = ["fields.topFirst", "fields.bottomFirst", "fields.comb"].map((name) =>
      signalOf(blocks, "picture:0", name),
    );
    for (let n = 2; n < frames.length - 2; n++) {
      const [t, b] = [top?.[n] ?? 0, bottom?.[n] ?? 0];
      const order =
        t > 1.04 * b ? "tff" : b > 1.04 * t ? "bff" : Math.min(t, b) > 1.5 * (comb?.[n] ?? 0) ? "progressive" : "none";
      expect([order, says[n]]).toEqual([idet, idet]);
    }
  });
});

describe("motion", () => {
  it.each([
    { x: 4, y: 0 },
    { x: -6, y: 2 },
    { x: 0, y: -4 },
  ])("is found for a pan of $x, $y pixels a frame", async ({ x, y }) => {
    // The window moves against the picture.
    const frames = rawFrames(window(`80-${x}*n`.replace("--", "+"), `70-${y}*n`.replace("--", "+")), shape).slice(0, 12);
    const blocks = await measure(frames);
    const middle = (name: string) => signalOf(blocks, "picture:0", name).slice(2, 12);
    for (const found of middle("motion.x")) expect(Math.abs(found - x)).toBeLessThan(3);
    for (const found of middle("motion.y")) expect(Math.abs(found - y)).toBeLessThan(3);
    for (const found of middle("motion.shake")) expect(found).toBeLessThan(3);
  });
});

describe("scene.score", () => {
  it("makes shots end where scdet finds a cut, and not at a flash, which scdet takes for two", async () => {
    const parts = ["testsrc2=s=320x180:r=12.5:d=2", "mandelbrot=s=320x180:r=12.5", "smptebars=s=320x180:r=12.5:d=2"];
    const inputs = parts.map((part, n) => `${part},trim=duration=2,setpts=PTS-STARTPTS,format=yuv420p,setsar=1[p${n}]`);
    const cuts = `${inputs.join(";")};[p0][p1][p2]concat=n=3`;
    const frames = rawFrames(`${cuts},eq=brightness=0.4:enable='between(n,12,12)'`, shape);
    const shots: Shot[] = [];
    const finder = openShots((shot) => shots.push(shot));
    for (const block of await measure(frames)) finder.push(block);
    finder.end(frames.length / 12.5);
    const scdet = filterMetadata(filtered(frames, "scdet"), "lavfi.scd.time");
    const starts = shots.map(({ startSeconds }) => startSeconds);
    expect(starts).toEqual([0, 2, 4]);
    expect(scdet).toEqual(expect.arrayContaining([2, 4]));
  });
});
