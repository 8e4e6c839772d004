import { describe, expect, it } from "vitest";
import { measurePicture, measurePictures } from "../../support/measured-pictures.js";
import { type RawShape, yuv420 } from "../../support/raw-media.js";

const shape = yuv420(320, 180);

/** A picture whose luma is an expression of X, Y and N. */
const drawn = (luma: string, { width, height }: RawShape = shape) =>
  `color=gray:s=${width}x${height}:r=25:d=1,format=yuv420p,geq=lum='${luma}':cb=128:cr=128`;

/** Stripes whose pairs are `period` wide in a direction, dark and light; `where` says where they are, on gray. */
const striped = (along: string, period: number, dark = 16, light = 235, where = "1") =>
  drawn(`if(${where},if(lt(mod(${along}+100*${period},${period}),${period / 2}),${light},${dark}),100)`);

/** Dark letters on white, line by line. */
function text(fontSize: number): string {
  const words = "Framewatch reads each picture as it comes and tells what is wrong with it. ".split(" ");
  const lines = Array.from({ length: Math.floor(170 / (fontSize * 1.3)) }, (_, line) => {
    const shown = Array.from({ length: 12 }, (_, word) => words[(line * 5 + word * 3) % words.length]).join(" ");
    return `drawtext=text='${shown}':fontsize=${fontSize}:x=8:y=${Math.round(5 + line * fontSize * 1.3)}`;
  });
  return `color=white:s=320x180:r=25:d=1,${lines.join(",")}`;
}

async function stripesOf(source: string, of: RawShape = shape) {
  const found = await measurePicture(source, of);
  return { areaRatio: found["stripes.areaRatio"] ?? Number.NaN, pairs: found["stripes.pairs"] ?? Number.NaN, found };
}

describe("regular stripes", () => {
  it.each([
    ["vertical ones", "X", 20, 16],
    ["fine vertical ones", "X", 12, 26],
    ["horizontal ones", "Y", 16, 11],
    ["diagonal ones", "(X+Y)", 24, 13],
    ["steep ones", "(X+Y/3)", 32, 10],
  ])("are found all over the picture and counted: %s", async (_, along, period, pairs) => {
    const { areaRatio, ...counted } = await stripesOf(striped(along, period));
    expect(areaRatio).toBeGreaterThan(0.95);
    expect(Math.abs(counted.pairs - pairs)).toBeLessThanOrEqual(1);
  });

  it("may be rings, and are counted from their middle on", async () => {
    const { areaRatio, pairs } = await stripesOf(striped("hypot(X-160,Y-90)", 20));
    expect(areaRatio).toBeGreaterThan(0.4);
    expect(pairs).toBe(8);
  });

  it("are a checkerboard's squares too, which are rows of elements that repeat", async () => {
    const { areaRatio } = await stripesOf(drawn("if(eq(lt(mod(X,24),12),lt(mod(Y,24),12)),235,16)"));
    expect(areaRatio).toBeGreaterThan(0.5);
  });

  it("are found where they are, in pixels", async () => {
    const { areaRatio, found } = await stripesOf(striped("X", 16, 16, 235, "between(X,160,319)*between(Y,32,143)"));
    expect(areaRatio).toBeGreaterThan(0.27);
    expect(areaRatio).toBeLessThan(0.37);
    expect(found["stripes.left"]).toBe(160);
    expect(found["stripes.top"]).toBe(32);
    expect(found["stripes.width"]).toBe(160);
    expect(found["stripes.height"]).toBe(112);
  });

  it("may be a light line on a wide dark ground, or bend as perspective has it", async () => {
    const lines = await stripesOf(drawn("if(lt(mod(X,24),7),235,16)"));
    expect(lines.areaRatio).toBeGreaterThan(0.95);
    const receding = await stripesOf(drawn("if(lt(mod(2000/(1+X/160),60),30),235,16)"));
    expect(receding.pairs).toBeGreaterThan(5);
  });

  it("are the same on 10 bits, in a larger picture and when they move", async () => {
    const deep: RawShape = { ...shape, pixelFormat: "yuv420p10le", bitDepth: 10 };
    expect((await stripesOf(striped("X", 20), deep)).pairs).toBe((await stripesOf(striped("X", 20))).pairs);
    const large = yuv420(1600, 900);
    const { pairs, areaRatio } = await stripesOf(drawn("if(lt(mod(X,100),50),235,16)", large), large);
    expect(pairs).toBe(16);
    expect(areaRatio).toBeGreaterThan(0.95);
    const moving = await measurePictures(striped("(X+3*N)", 20), shape);
    expect(Math.min(...(moving["stripes.areaRatio"] ?? [0]))).toBeGreaterThan(0.95);
  });

  it("keep the value of the latest still until the next one", async () => {
    const { "stripes.pairs": pairs } = await measurePictures(drawn("if(gte(N,5)*lt(mod(X,20),10),235,16)"), shape);
    expect(pairs?.slice(0, 8)).toEqual([0, 0, 0, 0, 0, 0, 16, 16]);
  });
});

describe("no regular stripes", () => {
  it.each([
    ["five pairs", striped("X", 64)],
    ["stripes of little contrast", striped("X", 20, 100, 120)],
    ["gray stripes that differ by less than two thirds", striped("X", 20, 155, 220)],
    ["dim stripes", striped("X", 20, 16, 90)],
    ["stripes of no regular width", drawn("if(lt(mod(pow(X,1.5)/3+40*sin(X/7),30),15),235,16)")],
    ["noise", "color=gray:s=320x180:r=25:d=1,noise=alls=100:allf=t"],
    ["a natural picture", "mandelbrot=s=320x180:r=25:start_scale=0.02:end_scale=0.01:maxiter=200,trim=end=1"],
    ["a gradient", drawn("X*235/320")],
    ["a single edge", drawn("if(lt(X,160),16,235)")],
  ])("are found in %s", async (_, source) => {
    expect(await stripesOf(source)).toMatchObject({ areaRatio: 0, pairs: 0 });
  });

  it.each([12, 16, 30])("are found in any great part of a page of text of %i pixels", async (fontSize) => {
    expect((await stripesOf(text(fontSize))).areaRatio).toBeLessThan(0.1);
  });

  it("fill a quarter of the picture where a narrow band of it has them", async () => {
    const { areaRatio, pairs } = await stripesOf(striped("X", 20, 16, 235, "between(Y,80,111)"));
    expect(pairs).toBeGreaterThan(5);
    expect(areaRatio).toBeLessThan(0.2);
  });
});
