import { describe, expect, it } from "vitest";
import { measurePicture } from "../../support/measured-pictures.js";
import { ffmpegOutput, type RawShape, yuv420 } from "../../support/raw-media.js";

const shape = yuv420(640, 360);
const deep: RawShape = { ...shape, pixelFormat: "yuv420p10le", bitDepth: 10 };
const full: RawShape = { ...shape, pixelFormat: "yuvj420p", fullRange: true };

type Sides = readonly [left: number, top: number, right: number, bottom: number];

async function bordersOf(source: string, of: RawShape = shape): Promise<Sides> {
  const signals = await measurePicture(source, of);
  const side = (name: string): number => signals[`border.${name}`] ?? Number.NaN;
  return [side("left"), side("top"), side("right"), side("bottom")];
}

const scene = "testsrc2=s=640x360:r=25:d=0.04";
const box = (left: number, top: number, right: number, bottom: number): string =>
  `crop=${640 - left - right}:${360 - top - bottom},pad=640:360:${left}:${top}`;

describe("black borders", () => {
  it.each<[string, Sides]>([
    ["above and below", [0, 46, 0, 46]],
    ["at both sides", [80, 0, 80, 0]],
    ["all around", [64, 36, 64, 36]],
    ["of different widths", [12, 4, 30, 52]],
    ["of two pixels", [2, 0, 2, 0]],
  ])("%s are measured to the pixel, in 8 and 10 bit, limited and full range", async (_, sides) => {
    for (const one of [shape, deep, full]) {
      expect(await bordersOf(`${scene},${box(...sides)}`, one), one.pixelFormat).toEqual(sides);
    }
  });

  it("are none around a picture that fills the frame, and not measured in black", async () => {
    expect(await bordersOf(scene)).toEqual([0, 0, 0, 0]);
    expect(await bordersOf("color=black:s=640x360:r=25:d=0.04")).toEqual([NaN, NaN, NaN, NaN]);
  });

  it("are where ffmpeg's cropdetect has them", async () => {
    const source = `${scene},${box(20, 46, 44, 42)}`;
    const printed = ffmpegOutput([
      ...["-f", "lavfi", "-i", `${source.replace("d=0.04", "d=1")},format=yuv420p,cropdetect=limit=24:round=2:reset=0`],
      ...["-vf", "metadata=print:file=-", "-f", "null", "-"],
    ]).toString();
    const last = (key: string) => Number([...printed.matchAll(new RegExp(`cropdetect\\.${key}=(\\d+)`, "g"))].at(-1)?.[1]);
    const [left, top, right, bottom] = await bordersOf(source);
    expect([left, 640 - right - left, top, 360 - bottom - top]).toEqual([last("x"), last("w"), last("y"), last("h")]);
  });

  it("are measured with subtitles and a logo in them, and with noise", async () => {
    const letterboxed = `${scene},${box(0, 46, 0, 46)}`;
    const subtitles = [0.35, 0.4, 0.45, 0.5].map((x) => `drawbox=x=iw*${x}:y=330:w=20:h=14:t=fill:c=white`).join(",");
    expect(await bordersOf(`${letterboxed},${subtitles}`)).toEqual([0, 46, 0, 46]);
    expect(await bordersOf(`${letterboxed},drawbox=x=560:y=10:w=60:h=20:t=fill:c=white`)).toEqual([0, 46, 0, 46]);
    const noisy = await bordersOf(`${letterboxed},noise=alls=8:allf=t:all_seed=5`);
    for (const [index, pixels] of [0, 46, 0, 46].entries())
      expect(Math.abs((noisy[index] ?? NaN) - pixels)).toBeLessThanOrEqual(2);
  });

  it("are no more than a limit where a scene is dark and its edges are not straight", async () => {
    const lamp = "color=black:s=640x360:r=25:d=0.04,format=yuv420p,geq=lum='16+180*lt(hypot(X-320,Y-200),150)':cb=128:cr=128";
    const { "border.straightSides": straightSides, "border.top": top = Number.NaN } = await measurePicture(lamp, shape);
    expect(straightSides).toBe(0);
    expect(top).toBeGreaterThan(50);
  });
});
