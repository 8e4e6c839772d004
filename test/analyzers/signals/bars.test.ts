import { describe, expect, it } from "vitest";
import { measurePicture } from "../../support/measured-pictures.js";
import { type RawShape, yuv420 } from "../../support/raw-media.js";

const hd = yuv420(640, 360);
const sd = yuv420(720, 576);
const deep: RawShape = { ...sd, pixelFormat: "yuv422p10le", bitDepth: 10, chroma: [2, 1] };

/** Share of the rows in which bars are found, of the first picture of a source with filters behind it. */
async function barsOf(source: string, shape: RawShape, filters = "null"): Promise<number | undefined> {
  const drawn = `${source}=s=${shape.width}x${shape.height}:r=25:d=0.04,${filters},scale=${shape.width}:${shape.height}`;
  return (await measurePicture(drawn, shape))["bars.ratio"];
}

describe("colour bars", () => {
  it.each([
    ["smptehdbars", hd, 0.58],
    ["smptebars", sd, 0.67],
    ["pal75bars", sd, 1],
    ["pal100bars", sd, 1],
    ["pal75bars", deep, 1],
    ["smptebars", yuv420(160, 90), 0.67],
  ] as const)("of %s are found in the rows that have them", async (source, shape, share) => {
    expect(await barsOf(source, shape)).toBeCloseTo(share, 1);
  });

  it.each([
    ["bt601", "limited"],
    ["bt601", "full"],
    ["bt709", "limited"],
    ["bt709", "full"],
  ])("by matrix %s in %s range are found", async (matrix, range) => {
    const convert = `format=gbrp,scale=out_color_matrix=${matrix}:out_range=${range},format=yuv420p`;
    for (const source of ["smptebars", "pal75bars", "pal100bars"]) {
      expect(await barsOf(source, sd, convert), source).toBeGreaterThan(0.6);
    }
  });

  it.each([
    ["with a clock over them", "drawbox=x=iw*0.3:y=ih*0.2:w=iw*0.4:h=ih*0.1:t=fill:c=black"],
    ["in a pillarbox", "scale=iw*3/4:ih,pad=iw*4/3:ih:(ow-iw)/2"],
    ["in a letterbox", "scale=iw:ih*3/4,pad=iw:ih*4/3:0:(oh-ih)/2"],
    ["with noise", "noise=alls=10:allf=t:all_seed=3"],
    ["of low chroma", "hue=s=0.6"],
    ["with a hue set wrong", "hue=h=10"],
  ])("%s are found in more than a third of the rows", async (_, filters) => {
    expect(await barsOf("smptebars", hd, filters)).toBeGreaterThan(0.4);
  });

  it.each([
    ["on a screen in the scene", "smptebars", "format=yuv420p,scale=288:162,pad=640:360:176:98:color=gray"],
    ["in the other order", "smptebars", "hflip"],
    ["one above the other", "smptebars", "scale=ih:iw,transpose"],
    ["of other hues, as in a rainbow", "smptebars", "hue=h=60"],
    ["in a test card of other patterns", "testsrc2", "null"],
    ["that shade into each other", "smptebars", "gblur=sigma=60"],
  ])("%s are none", async (_, source, filters) => {
    expect(await barsOf(source, hd, filters)).toBeLessThan(0.3);
  });

  it("are none in gray pictures", async () => {
    const gray: RawShape = { pixelFormat: "gray", width: 640, height: 360, bitDepth: 8, fullRange: false };
    expect(await barsOf("smptebars", gray)).toBe(0);
  });
});
