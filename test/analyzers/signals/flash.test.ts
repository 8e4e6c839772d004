import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { frameLoader, mediaWith, type RawShape, rawFrames, yuv420 } from "../../support/raw-media.js";
import { columnsOf } from "../../support/signal-columns.js";

const shape = yuv420(160, 90);
const tenBit: RawShape = { ...shape, pixelFormat: "yuv420p10le", bitDepth: 10 };

interface Film {
  readonly of?: RawShape;
  readonly colorTransfer?: string;
  readonly framesPerSecond?: number;
}

/** The signals of a film by name; `source` is drawn at 25 frames per second, whatever it is said to be. */
async function measure(source: string, film: Film = {}): Promise<Record<string, number[]>> {
  const { of = shape, colorTransfer, framesPerSecond = 25 } = film;
  const blocks: SignalBlock[] = [];
  const media = mediaWith(of);
  const measuring = await openMeasuring({
    media: { ...media, ...(media.video && { video: { ...media.video, ...(colorTransfer && { colorTransfer }) } }) },
    profile: "full",
    wanted: new Set(["flash.transitions", "flash.redTransitions", "flash.areaRatio", "flash.left", "flash.width"]),
    emit: (block) => blocks.push(block),
  });
  const load = frameLoader(measuring.memory);
  for (const [n, bytes] of rawFrames(source, of).entries()) {
    await measuring.frame(load(bytes, of, { pts: n / framesPerSecond }), true);
  }
  await measuring.finish();
  measuring.close();
  return columnsOf(blocks, "picture:0");
}

const most = (values: readonly number[] | undefined) => Math.max(...(values ?? [Number.NaN]));
const gray = (luma: number) => `0x${luma.toString(16).padStart(2, "0").repeat(3)}`;

/** Boxes that change between two colours, `frames` of each, over a gray ground. */
function boxes(frames: number, dark: string, bright: string, ...places: readonly string[]): string {
  const drawn = places.flatMap((place) => [
    `drawbox=${place}:color=${dark}:t=fill`,
    `drawbox=${place}:color=${bright}:t=fill:enable='gte(mod(n,${2 * frames}),${frames})'`,
  ]);
  return [`color=gray:s=160x90:r=25:d=2`, ...drawn].join(",");
}

const whole = "x=0:y=0:w=160:h=90";

describe("flash.transitions", () => {
  it("counts what rises and falls in a second, from the frame on with which it does", async () => {
    const { "flash.transitions": transitions } = await measure(boxes(5, "black", "white", whole));
    expect(transitions?.slice(0, 26)).toEqual(Array.from({ length: 26 }, (_, n) => Math.floor(n / 5)));
    expect(transitions?.slice(26).every((count) => count === 5)).toBe(true);
  });

  it.each([24, 25, 30, 50, 60])("is the same for the same flashes at %i frames per second", async (framesPerSecond) => {
    const frames = Math.round(framesPerSecond / 8);
    const { "flash.transitions": transitions } = await measure(boxes(frames, "black", "white", whole).replace("d=2", "d=5"), {
      framesPerSecond,
    });
    expect(transitions?.findIndex((count) => count > 6)).toBe(7 * frames);
  });

  it("is that of a quarter of the picture or more", async () => {
    const quarter = await measure(boxes(3, "black", "white", "x=40:y=12:w=80:h=60"));
    const fifth = await measure(boxes(3, "black", "white", "x=40:y=12:w=64:h=45"));
    expect(most(quarter["flash.transitions"])).toBeGreaterThan(6);
    expect(most(fifth["flash.transitions"])).toBe(0);
  });

  it("adds up areas that flash against each other, of which the mean does not change", async () => {
    const left = boxes(3, "black", "white", "x=0:y=0:w=40:h=72");
    const against = ["drawbox=x=120:y=0:w=40:h=72:color=white:t=fill"];
    const dark = "drawbox=x=120:y=0:w=40:h=72:color=black:t=fill:enable='gte(mod(n,6),3)'";
    const { "flash.transitions": transitions } = await measure([left, ...against, dark].join(","));
    expect(most(transitions)).toBeGreaterThan(6);
  });

  it("takes a change of 10 % of white and no less, from below 80 % of it", async () => {
    const changes = async (dark: number, bright: number) =>
      most((await measure(boxes(3, gray(dark), gray(bright), whole)))["flash.transitions"]);
    // Relative luminance by sRGB: 0x60 is 0.117, 0x85 is 0.235, 0x78 is 0.188; 0xe4 is 0.776, 0xf4 is 0.905, 0xe8 is 0.807, 0xfa is 0.956.
    expect(await changes(0x60, 0x85)).toBeGreaterThan(6);
    expect(await changes(0x60, 0x78)).toBe(0);
    expect(await changes(0xe4, 0xf4)).toBeGreaterThan(6);
    expect(await changes(0xe8, 0xfa)).toBe(0);
  });

  it("takes a swelling for the jumps that it comes to", async () => {
    const swelling = (hertz: number) =>
      measure(`color=gray:s=160x90:r=25:d=3,geq=lum='120-80*cos(2*PI*${hertz}*N/25)':cb=128:cr=128`);
    expect(most((await swelling(5))["flash.transitions"])).toBe(10);
    expect(most((await swelling(2))["flash.transitions"])).toBe(4);
  });

  it("takes a texture that rushes past for no flash", async () => {
    const { "flash.transitions": transitions } = await measure(
      "color=gray:s=160x90:r=25:d=2,geq=lum='126+100*sin((X+N*23)/9+3*sin(Y/7+N*N/5))*sin(Y/11+N)':cb=128:cr=128",
    );
    expect(most(transitions)).toBeLessThan(7);
  });

  it("goes by absolute luminance for PQ", async () => {
    // PQ of 10 bits, limited: code 480 is 72 cd/m², 520 is 113; 400 is 27, 440 is 45.
    const codes = (dark: number, bright: number) =>
      measure(`color=gray:s=160x90:r=25:d=2,format=yuv420p10le,geq=lum='if(gte(mod(N,6),3),${bright},${dark})':cb=512:cr=512`, {
        of: tenBit,
        colorTransfer: "smpte2084",
      });
    expect(most((await codes(480, 520))["flash.transitions"])).toBeGreaterThan(6);
    expect(most((await codes(400, 440))["flash.transitions"])).toBe(0);
  });
});

describe("flash.redTransitions", () => {
  it("counts changes of saturated red where luminance stays", async () => {
    const found = await measure(boxes(3, gray(0x67), "0xd00000", whole));
    expect(most(found["flash.redTransitions"])).toBeGreaterThan(6);
    expect(most(found["flash.transitions"])).toBe(0);
  });
  it("passes over colours that are no saturated red", async () => {
    const found = await measure(boxes(3, gray(0x67), "0x00a000", whole));
    expect(most(found["flash.redTransitions"])).toBe(0);
  });
});

describe("flash.areaRatio and the place", () => {
  it("are those of what flashes too often", async () => {
    const found = await measure(boxes(3, "black", "white", "x=40:y=12:w=80:h=60"));
    expect(most(found["flash.areaRatio"])).toBeCloseTo(1 / 3, 2);
    expect(found["flash.left"]?.at(-1)).toBe(40);
    expect(found["flash.width"]?.at(-1)).toBe(80);
  });
});
