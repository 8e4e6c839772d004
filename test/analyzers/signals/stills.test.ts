import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { MediaInfo } from "../../../src/decoder/index.js";
import { frameLoader, mediaWith, rawFrames, type RawShape, yuv420 } from "../../support/raw-media.js";
import { columnsOf } from "../../support/signal-columns.js";

/** What is measured on the first picture of a lavfi source. */
async function measured(source: string, shape: RawShape, colorMatrix?: string): Promise<Record<string, number>> {
  const blocks: Parameters<typeof columnsOf>[0][number][] = [];
  const plain = mediaWith(shape);
  const media: MediaInfo =
    plain.video === undefined || colorMatrix === undefined ? plain : { ...plain, video: { ...plain.video, colorMatrix } };
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  const [bytes] = rawFrames(source, shape);
  if (bytes === undefined) throw new Error(`${source} gives no picture.`);
  const load = frameLoader(measuring.memory);
  await measuring.frame(load(bytes, shape, { pts: 0 }), true);
  await measuring.finish();
  measuring.close();
  return Object.fromEntries(Object.entries(columnsOf(blocks, "stills:0")).map(([name, [first = Number.NaN]]) => [name, first]));
}

const shape = yuv420(320, 192);
/** A flat picture of one colour in code values of 8 bits. */
const flat = (y: number, u: number, v: number) => `color=s=320x192:r=1:d=1,format=yuv420p,lutyuv=y=${y}:u=${u}:v=${v}`;
/** The same colour with another in its left quarter. */
const quarter = (y: number, left: string) => `${flat(y, 128, 128)},drawbox=x=0:y=0:w=80:h=192:t=fill:color=${left}`;

describe("gamut signals", () => {
  it.each([
    { name: "white at 246", y: 246, u: 128, v: 128, outside: 0 },
    { name: "white at 247", y: 247, u: 128, v: 128, outside: 1 },
    { name: "black at 5", y: 5, u: 128, v: 128, outside: 0 },
    { name: "black at 4", y: 4, u: 128, v: 128, outside: 1 },
    { name: "a dark gray whose chroma takes blue below 5", y: 30, u: 110, v: 128, outside: 1 },
    { name: "a middle gray with the same chroma", y: 120, u: 110, v: 128, outside: 0 },
  ])("say whether $name is out of range", async ({ y, u, v, outside }) => {
    expect((await measured(flat(y, u, v), shape))["gamut.outsideRatio"]).toBe(outside);
  });

  it("are the share of the picture, at 8 and at 10 bit", async () => {
    const source = "color=s=320x192:r=1:d=1,format=yuv420p,geq=lum='if(lt(X,80),254,120)':cb=128:cr=128";
    expect((await measured(source, shape))["gamut.aboveRatio"]).toBe(0.25);
    const deep: RawShape = { ...shape, pixelFormat: "yuv420p10le", bitDepth: 10 };
    expect((await measured(source, deep))["gamut.aboveRatio"]).toBe(0.25);
  });

  it("do not count overshoots of single samples", async () => {
    const source = "color=s=320x192:r=1:d=1,format=yuv420p,geq=lum='if(mod(X,2),254,220)':cb=128:cr=128";
    expect((await measured(source, shape))["gamut.outsideRatio"]).toBe(0);
  });

  it("follow the declared matrix: a red that BT.601 holds is out of range in BT.709", async () => {
    const red = flat(150, 128, 192);
    expect((await measured(red, shape, "smpte170m"))["gamut.aboveRatio"]).toBe(0);
    expect((await measured(red, shape, "bt709"))["gamut.aboveRatio"]).toBe(1);
  });

  it("are not measured on pictures of full range", async () => {
    expect((await measured(flat(255, 128, 128), { ...shape, fullRange: true }))["gamut.outsideRatio"]).toBeNaN();
  });
});

describe("exposure signals", () => {
  it("say where black, middle and white lie, black bars left out", async () => {
    const bars =
      "color=s=320x192:r=1:d=1,format=yuv420p,geq=lum='if(between(Y,32,159),if(lt(X,80),126+8*mod(floor(X/2)+floor(Y/2),2),235),16)':cb=128:cr=128";
    const values = await measured(bars, shape);
    expect(values["exposure.shadow"]).toBeCloseTo(114 / 219, 2);
    expect(values["exposure.median"]).toBe(1);
    expect(values["exposure.burntRatio"]).toBe(0.75);
    expect(values["exposure.toneRatio"]).toBe(1);
  });

  it("call a page of writing one without tones", async () => {
    const page = "color=s=320x192:r=1:d=1,format=yuv420p,geq=lum='if(lt(mod(X+Y,6),2),16,235)':cb=128:cr=128";
    const values = await measured(page, shape);
    expect([values["exposure.toneRatio"], values["exposure.burntRatio"]]).toEqual([0, 0]);
  });

  it("find no tones in what is drawn flat", async () => {
    expect((await measured(quarter(235, "gray"), shape))["exposure.toneRatio"]).toBe(0);
  });

  it("are not measured on a black picture", async () => {
    expect((await measured(flat(16, 128, 128), shape))["exposure.median"]).toBeNaN();
  });
});

describe("color signals", () => {
  it("are 1 for each channel of a colourless picture", async () => {
    const values = await measured(flat(120, 128, 128), shape);
    for (const channel of ["red", "green", "blue"]) {
      expect([values[`color.${channel}Low`], values[`color.${channel}High`]]).toEqual([1, 1]);
    }
    expect([values["color.blueSpread"], values["color.redSpread"]]).toEqual([0, 0]);
  });

  it("are nothing for a channel that is missing", async () => {
    const noBlue = "testsrc2=s=320x192:r=1:d=1,format=rgb24,lutrgb=r=200:b=0,scale=out_color_matrix=bt601,format=yuv420p";
    const values = await measured(noBlue, shape);
    expect(values["color.blueHigh"]).toBeLessThan(0.02);
    expect(values["color.redLow"]).toBeGreaterThan(0.5);
  });

  it("tell the spread of each chroma plane", async () => {
    const values = await measured(`${quarter(120, "0x7878a0")}`, shape);
    expect(values["color.blueSpread"]).toBeGreaterThan(3);
  });
});

describe("banding.ratio", () => {
  const sky = (luma: string) => `color=s=320x192:r=1:d=1,format=yuv420p,geq=lum='${luma}':cb=128:cr=128`;

  it.each([
    { name: "a gradient in steps of one level", luma: "60+floor(Y/16)", isBanded: true },
    { name: "a gradient in steps of four levels", luma: "60+4*floor(X/24)", isBanded: true },
    { name: "the same with dither", luma: "60+floor(Y/16+random(1))", isBanded: false },
    { name: "steps too small to be seen in the light", luma: "200+floor(Y/16)", isBanded: false },
    { name: "a striped list", luma: "60+4*mod(floor(Y/16),2)", isBanded: false },
    { name: "steps that are edges", luma: "20+20*floor(Y/24)", isBanded: false },
    { name: "a flat picture", luma: "90", isBanded: false },
  ])("knows $name", async ({ luma, isBanded }) => {
    const ratio = (await measured(sky(luma), shape))["banding.ratio"];
    if (isBanded) expect(ratio).toBeGreaterThan(0.8);
    else expect(ratio).toBeLessThan(0.2);
  });
});
