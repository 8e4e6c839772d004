import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { frameLoader, mediaWith, type RawShape, rawFrames, yuv420 } from "../../support/raw-media.js";
import { signalOf } from "../../support/signal-columns.js";

/** A moving picture of natural statistics: a fractal, panned. */
const scene = "mandelbrot=s=640x360:r=25:start_scale=0.02:end_scale=0.01:maxiter=200,scale=320:180,format=yuv420p";
const seconds = 2;

async function measure(filters: string, shape: RawShape = yuv420(320, 180)): Promise<(name: string) => number[]> {
  const blocks = await blocksOf(rawFrames(`${scene},trim=end=${seconds},${filters}`, shape), shape, 0, 0);
  return (name) => signalOf(blocks, "stills:0", name).filter((value) => !Number.isNaN(value));
}

/** Measures the frames from `first` on; those before `inside` are the run-in of a segment. */
async function blocksOf(frames: readonly Buffer[], shape: RawShape, first: number, inside: number): Promise<SignalBlock[]> {
  const blocks: SignalBlock[] = [];
  const measuring = await openMeasuring({
    media: mediaWith(shape),
    profile: "full",
    wanted: undefined,
    emit: (block) => blocks.push(block),
  });
  const load = frameLoader(measuring.memory);
  for (const [n, bytes] of frames.entries()) {
    if (n >= first) await measuring.frame(load(bytes, shape, { pts: n / 25 }), n >= inside);
  }
  await measuring.finish();
  measuring.close();
  return blocks;
}

function middle(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}

describe("the width of the sharpest edges", () => {
  it("grows with a blur and is the same at 8 and 10 bit", async () => {
    const deep: RawShape = { ...yuv420(320, 180), pixelFormat: "yuv420p10le", bitDepth: 10 };
    const [sharp, soft, softer, softDeep] = await Promise.all([
      measure("null"),
      measure("gblur=sigma=2"),
      measure("gblur=sigma=4"),
      measure("gblur=sigma=2", deep),
    ]);
    const [none = 0, some = 0, much = 0, someDeep = 0] = [sharp, soft, softer, softDeep].map((of) =>
      middle(of("sharpness.edgeWidthPixels")),
    );
    expect(none).toBeLessThan(2.5);
    expect(some).toBeGreaterThan(none + 0.75);
    expect(much).toBeGreaterThan(some + 0.75);
    expect(someDeep).toBeCloseTo(some, 0);
  });
});

describe("the noise of the flattest parts", () => {
  it("is that which was added, white and new in each frame", async () => {
    const of = await measure("gblur=sigma=6,noise=c0s=35:c0f=t:all_seed=7");
    expect(middle(of("noise.sigma"))).toBeGreaterThan(10);
    expect(middle(of("noise.sigma"))).toBeLessThan(18);
    expect(middle(of("noise.whiteness"))).toBeCloseTo(1, 0);
    expect(middle(of("noise.renewal"))).toBeGreaterThan(0.8);
  });

  it("is little where there is none", async () => {
    const of = await measure("null");
    expect(middle(of("noise.sigma"))).toBeLessThan(4);
  });
});

describe("the grid of a mosaic", () => {
  it.each([2, 5, 16])("has all detail on its lines, %i pixels apart", async (side) => {
    const of = await measure(`scale=${320 / side}:${Math.ceil(180 / side)}:flags=area,scale=320:180:flags=neighbor`);
    expect(middle(of("mosaic.gridShare"))).toBeGreaterThan(0.8);
    expect(middle(of("mosaic.blockPixels"))).toBeCloseTo(side, 0);
  });

  it("is not there in a whole picture, nor where it is enlarged smoothly", async () => {
    const [whole, enlarged] = await Promise.all([measure("null"), measure("scale=80:45,scale=320:180:flags=bicubic")]);
    expect(middle(whole("mosaic.gridShare"))).toBeLessThan(0.3);
    expect(middle(enlarged("mosaic.gridShare"))).toBeLessThan(0.3);
  });
});

describe("dots that stand still", () => {
  /** Bars that move over all of the picture. */
  const moving = "drawbox=c=gray:t=fill,geq=lum='60+80*mod(floor((X+N*7)/24)+floor(Y/24),2)':cb=128:cr=128";

  it("are found where the picture moves behind them", async () => {
    const of = await measure(`${moving},drawbox=x=100:y=61:w=2:h=2:c=white:t=fill`);
    expect(Math.max(...of("dots.stuck"))).toBe(1);
    expect(middle(of("dots.left"))).toBeCloseTo(100, -0.5);
    expect(middle(of("dots.top"))).toBeCloseTo(61, -0.5);
  });

  /** Large smooth patches that go by at 15 pixels a second. */
  const slow = "drawbox=c=gray:t=fill,geq=lum='90+20*sin((X+N*0.6)/30)+40*mod(floor((X+N*0.6)/64)+floor(Y/45),2)':cb=128:cr=128";
  const dotAndStroke = "drawbox=x=100:y=61:w=2:h=2:c=white:t=fill,drawbox=x=105:y=50:w=2:h=24:c=white:t=fill";

  it("are found where the picture moves slowly behind them, and smooth", async () => {
    const of = await measure(`${slow},drawbox=x=100:y=61:w=2:h=2:c=white:t=fill`);
    expect(Math.max(...of("dots.stuck"))).toBe(1);
    expect(Math.max(...of("dots.movedSeconds"))).toBeGreaterThan(1.2);
  });

  const wavering = (luma: string) => `geq=lum='if(between(X,100,101)*between(Y,61,62),${luma},lum(X,Y))':cb=128:cr=128`;

  it("are found where a coder lets them waver by less than half of what they stand out by", async () => {
    const [little, much] = await Promise.all([
      measure(`${slow},${wavering("215+20*sin(N)")}`),
      measure(`${slow},${wavering("205+40*sin(N)")}`),
    ]);
    expect(Math.max(...little("dots.stuck"))).toBe(1);
    expect(Math.max(...much("dots.stuck"))).toBe(0);
  });

  it("are still there where something as bright hides them for a while, and gone where something dark lies there instead", async () => {
    const passing = (level: number) => `geq=lum='if(gte(mod(N,24),16),${level},lum(X,Y))':cb=128:cr=128`;
    const dot = "drawbox=x=100:y=61:w=2:h=2:c=white:t=fill";
    const [hidden, gone] = await Promise.all([
      measure(`${moving},${dot},${passing(235)}`),
      measure(`${moving},${dot},${passing(80)}`),
    ]);
    expect(Math.max(...hidden("dots.stuck"))).toBe(1);
    expect(Math.max(...hidden("dots.stoodSeconds"))).toBeGreaterThan(1.2);
    expect(Math.max(...[0, ...gone("dots.stoodSeconds")])).toBeLessThan(0.8);
  });

  it("are none where the light changes and nothing moves", async () => {
    const brightening = "drawbox=c=gray:t=fill,geq=lum='(40+2*N)*(1+0.3*mod(floor(X/24)+floor(Y/24),2))':cb=128:cr=128";
    const of = await measure(`${brightening},drawbox=x=100:y=61:w=2:h=2:c=white:t=fill`);
    expect(Math.max(...of("dots.stuck"))).toBe(0);
  });

  it("are none where something else stands beside them, as in a logo", async () => {
    const of = await measure(`${slow},${dotAndStroke}`);
    expect(Math.max(...of("dots.stuck"))).toBe(0);
  });

  it("are none in front of a still picture, nor where they move", async () => {
    const dot = "drawbox=x=100:y=61:w=2:h=2:c=white:t=fill";
    const [still, travelling] = await Promise.all([
      measure(`drawbox=c=gray:t=fill,${dot}`),
      measure(`${dot},scroll=h=0.01,${moving.replace("60+80", "lum(X,Y)*0+60+80")}`),
    ]);
    expect(Math.max(...still("dots.stuck"))).toBe(0);
    expect(Math.max(...travelling("dots.stuck"))).toBe(0);
  });
});

describe("the echo of a picture", () => {
  /** A copy, moved `to - from` pixels, of which so much is mixed into the picture. */
  const ghost = (from: number, to: number, opacity: number) =>
    `split[a][b];[b]crop=304:180:${from}:0,pad=320:180:${to}:0[c];[a][c]blend=all_mode=normal:all_opacity=${1 - opacity}`;
  const minimum = 0.07;

  it("stands where the copy was put, on the left as on the right", async () => {
    const [right, left, none] = await Promise.all([measure(ghost(0, 16, 0.25)), measure(ghost(16, 0, 0.25)), measure("null")]);
    expect(middle(right("echo.shiftPixels"))).toBeCloseTo(16, -0.5);
    expect(middle(left("echo.shiftPixels"))).toBeCloseTo(-16, -0.5);
    for (const of of [right, left]) expect(middle(of("echo.prominence"))).toBeGreaterThan(minimum);
    expect(middle([0, ...none("echo.prominence")])).toBeLessThan(minimum);
  });

  it("stands out where the copy is so strong that its own edges are strong too", async () => {
    const bricks = "geq=lum='40+170*mod(floor((X+N+floor(Y/11)*53)/37)*7919+floor(Y/11)*6133,97)/97':cb=128:cr=128";
    const shown = await Promise.all([0.2, 0.3, 0.4].map((opacity) => measure(`${bricks},${ghost(0, 16, opacity)}`)));
    for (const of of shown) expect(middle(of("echo.prominence"))).toBeGreaterThan(2 * minimum);
  });

  it("is told of a dark picture and of one with palings in a third of it", async () => {
    const palings = "geq=lum='if(lt(Y,120),lum(X,Y),60+100*mod(floor(X/6),2))':cb='cb(X,Y)':cr='cr(X,Y)'";
    const [dark, busy] = await Promise.all([
      measure(`${ghost(0, 16, 0.3)},lutyuv=y=16+(val-16)/4`),
      measure(`${palings},${ghost(0, 16, 0.3)}`),
    ]);
    for (const of of [dark, busy]) {
      expect(middle([0, ...of("echo.shiftPixels")])).toBeCloseTo(16, -0.5);
      expect(middle([0, ...of("echo.prominence")])).toBeGreaterThan(minimum);
    }
  });
});

describe("a segment", () => {
  it("measures what the whole does, after a run-in of a second", async () => {
    const shape = yuv420(320, 180);
    const frames = rawFrames(
      `${scene},trim=end=${seconds},split[a][b];[b]crop=304:180:0:0,pad=320:180:16:0[c];[a][c]blend=all_mode=normal:all_opacity=0.75,drawbox=x=100:y=61:w=2:h=2:c=white:t=fill`,
      shape,
    );
    const inside = 34;
    // The whole is dropped up to where the segment begins, so that both have the same samples.
    const whole = await blocksOf(frames, shape, 0, inside);
    for (const first of [inside - 25, inside - 26, inside - 30]) {
      const part = await blocksOf(frames, shape, first, inside);
      for (const name of ["dots.stuck", "dots.left", "echo.prominence", "echo.shiftPixels", "noise.renewal"]) {
        expect(signalOf(part, "stills:0", name)).toEqual(signalOf(whole, "stills:0", name));
      }
    }
  });
});
