import { describe, expect, it } from "vitest";
import { measurePicture, measurePictures } from "../../support/measured-pictures.js";
import { type RawShape, yuv420 } from "../../support/raw-media.js";

const shape = yuv420(322, 182);
const deep: RawShape = { ...shape, pixelFormat: "yuv422p10le", bitDepth: 10, chroma: [2, 1] };

const field = (color: string): string => `color=${color}:s=322x182:r=25:d=0.04`;
/** A field of these very values, 8 bit. */
const exact = (y: number, cb: number, cr: number): string => `${field("black")},format=yuv420p,lutyuv=y=${y}:u=${cb}:v=${cr}`;

describe("the most common colour", () => {
  it.each([
    [0, 0, 0],
    [41, 240, 110],
    [128, 128, 128],
    [255, 255, 255],
  ])("of a field of %i, %i, %i is it, all over the picture", async (y, cb, cr) => {
    for (const one of [shape, deep]) {
      expect(await measurePicture(exact(y, cb, cr), one)).toMatchObject({
        "plain.ratio": 1,
        "plain.solidRatio": 1,
        "plain.luma": y,
        "plain.cb": cb,
        "plain.cr": cr,
        "plain.sharpRatio": 0,
      });
    }
  });

  it("stays the one of a field with noise", async () => {
    const found = await measurePicture(`${exact(128, 90, 160)},noise=alls=8:allf=t:all_seed=2`, shape);
    expect(found["plain.solidRatio"]).toBeGreaterThan(0.99);
    expect(found["plain.luma"]).toBeCloseTo(128, -1);
  });

  it("is neutral in gray pictures", async () => {
    const gray: RawShape = { pixelFormat: "gray", width: 322, height: 182, bitDepth: 8, fullRange: false };
    expect(await measurePicture(field("gray"), gray)).toMatchObject({ "plain.solidRatio": 1, "plain.cb": 128, "plain.cr": 128 });
  });

  it("leaves out what stands on it", async () => {
    const card = await measurePicture(`${field("white")},drawbox=x=100:y=60:w=100:h=40:t=fill:c=navy`, shape);
    expect(card["plain.ratio"]).toBeCloseTo(1 - (100 * 40) / (322 * 182), 2);
    expect(card["plain.solidRatio"]).not.toBeGreaterThan(0.95);
    expect(card["plain.sharpRatio"]).toBeGreaterThan(0.02);
  });

  it("is none of a shaded sky's, and little of a scene's", async () => {
    const sky = await measurePicture(`${field("black")},format=yuv420p,geq=lum='180+14*Y/H':cb=140:cr=118`, shape);
    expect(sky["plain.solidRatio"]).not.toBeGreaterThan(0.9);
    expect((await measurePicture("testsrc2=s=322x182:r=25:d=0.04", shape))["plain.ratio"]).toBeLessThan(0.3);
  });
});

it("cells that move are counted where the ground is plain", async () => {
  const box = "drawbox=x=40:y=40:w=32:h=32:t=fill:c=black:enable='eq(n,1)'";
  const { "plain.movingRatio": moving = [] } = await measurePictures(`${field("white").replace("0.04", "0.12")},${box}`, shape);
  expect(moving[0]).toBe(0);
  expect(moving[1]).toBeGreaterThan(0.01);
  expect(moving[2]).toBe(moving[1]);
});
