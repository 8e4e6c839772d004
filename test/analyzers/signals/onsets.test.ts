import { expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { measurePictures } from "../../support/measured-pictures.js";
import { audioBlock, mediaWith, yuv420 } from "../../support/raw-media.js";
import { columnsOf } from "../../support/signal-columns.js";

/** When sound begins, as the steepest window of half a second tells it. */
async function beginningOf(sampleRate: number, sample: (seconds: number) => number): Promise<number> {
  const blocks: SignalBlock[] = [];
  const media = mediaWith(undefined, { sampleRate, channels: 1 });
  const wanted = new Set(["onset.riseDbfs"]);
  const measuring = await openMeasuring({ media, profile: "full", wanted, emit: (block) => blocks.push(block) });
  const samples = Float32Array.from({ length: sampleRate / 2 }, (_, index) => sample(index / sampleRate));
  measuring.sound(audioBlock([samples], sampleRate, { pts: 0 }));
  await measuring.finish();
  measuring.close();
  const columns = columnsOf(blocks, "sound:0");
  const rises = columns["onset.riseDbfs"] ?? [];
  const steepest = rises.findIndex((rise) => rise >= Math.max(...rises) - 6);
  return (columns["pts"]?.[steepest] ?? Number.NaN) + (columns["onset.atSeconds"]?.[steepest] ?? Number.NaN);
}

it("tells when a tone begins, to within two milliseconds, whatever its pitch and the sample rate", async () => {
  for (const sampleRate of [8000, 22050, 44100, 48000, 96000]) {
    for (const hertz of [200, 440, 1000]) {
      const began = await beginningOf(sampleRate, (t) => (t < 0.2337 ? 0 : 0.3 * Math.sin(2 * Math.PI * hertz * t)));
      expect(Math.abs(began - 0.2337), `${hertz} Hz at ${sampleRate} Hz`).toBeLessThan(0.002);
    }
  }
});

it("does not take the noise that a codec puts before a sound for its beginning", async () => {
  const began = await beginningOf(48000, (t) => {
    if (t < 0.2) return 0;
    return (t < 0.22 ? 0.01 : 0.4) * Math.sin(2 * Math.PI * 1000 * t);
  });
  expect(began).toBeCloseTo(0.22, 3);
});

it("tells no rise of a sound that stays as it is", async () => {
  const blocks: SignalBlock[] = [];
  const media = mediaWith(undefined, { sampleRate: 48000, channels: 2 });
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  measuring.sound(audioBlock([new Float32Array(4800), new Float32Array(4800)], 48000, { pts: 0 }));
  await measuring.finish();
  measuring.close();
  expect(new Set(columnsOf(blocks, "sound:0")["onset.riseDbfs"])).toEqual(new Set([-120]));
});

it("tells a flash as brightening, then as darkening, and a cut as both", async () => {
  const shape = yuv420(160, 96);
  const flash = "color=black:s=160x96:r=25,drawbox=w=32:h=32:t=fill:c=white:enable='eq(n,2)',trim=end_frame=5";
  const flashed = await measurePictures(flash, shape);
  const area = (32 * 32) / (160 * 96);
  const changes = (name: string) => (flashed[name] ?? []).slice(1);
  expect(changes("change.brighter")).toEqual([0, expect.closeTo(219 * area, 0), 0, 0]);
  expect(changes("change.darker")).toEqual([0, 0, expect.closeTo(219 * area, 0), 0]);

  const halves =
    "color=black:s=160x96:r=25,drawbox=w=80:t=fill:c=white:enable='lt(n,2)',drawbox=x=80:w=80:t=fill:c=white:enable='gte(n,2)',trim=end_frame=4";
  const cut = await measurePictures(halves, shape);
  expect(cut["change.brighter"]?.[2]).toBeCloseTo(cut["change.darker"]?.[2] ?? 0, 3);
  expect(cut["change.brighter"]?.[2]).toBeGreaterThan(100);
});

it("takes noise for no change", async () => {
  const noise = "color=gray:s=160x96:r=25,noise=alls=20:allf=t,trim=end_frame=4";
  const { "change.brighter": brighter } = await measurePictures(noise, yuv420(160, 96));
  expect(brighter?.slice(1)).toEqual([0, 0, 0]);
});
