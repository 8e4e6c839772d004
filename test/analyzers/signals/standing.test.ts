import { expect, it } from "vitest";
import { measurePictures } from "../../support/measured-pictures.js";
import { yuv420 } from "../../support/raw-media.js";

const shape = yuv420(160, 96);
const changed = async (source: string) => (await measurePictures(source, shape))["still.changedRatio"] ?? [];

it("says nothing before a second has passed, then that a moving picture is another one", async () => {
  const values = await changed("testsrc2=size=160x96:rate=25:duration=1.6");
  expect(values.slice(0, 18).every(Number.isNaN)).toBe(true);
  expect(values.slice(24).every((value) => value > 0.1)).toBe(true);
});

it("says that a picture is the one of a second before, though noise moves every sample of it", async () => {
  const values = await changed("color=gray:size=160x96:rate=25:duration=1.6,noise=alls=5:allf=t+u");
  expect(values.slice(24).every((value) => value === 0)).toBe(true);
});

it("knows a picture that stopped a second ago", async () => {
  const values = await changed("testsrc2=size=160x96:rate=25:duration=1,tpad=stop_mode=clone:stop_duration=1.4");
  expect(values.slice(30, 40).every((value) => value > 0)).toBe(true);
  expect(values.slice(50).every((value) => value === 0)).toBe(true);
});
