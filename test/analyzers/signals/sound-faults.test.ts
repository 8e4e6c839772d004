import { describe, expect, it } from "vitest";
import { openMeasuring } from "../../../src/analyzers/pipeline.js";
import type { SignalBlock } from "../../../src/analyzers/signal-block.js";
import { audioBlock, mediaWith } from "../../support/raw-media.js";
import { columnsOf } from "../../support/signal-columns.js";

const sampleRate = 48000;

/** Sound by its value at each second. */
function sound(seconds: number, value: (t: number, n: number) => number): Float32Array {
  return Float32Array.from({ length: seconds * sampleRate }, (_, n) => value(n / sampleRate, n));
}

/** As 16 bit hold it. */
const in16Bit = (samples: Float32Array) => samples.map((sample) => Math.round(sample * 32768) / 32768);

/** A voice of many harmonics whose pitch and strength waver; its peaks are about 1. */
const voice = (t: number) => {
  const phase = 2 * Math.PI * (150 * t + 3 * Math.sin(5 * t));
  return (
    (0.75 + 0.25 * Math.sin(9 * t)) * (0.5 * Math.sin(phase) + 0.3 * Math.sin(2 * phase + 1) + 0.2 * Math.sin(5 * phase + 2))
  );
};

const clip = (value: number, level: number) => Math.max(-level, Math.min(level, value));

async function measure(...channels: Float32Array[]): Promise<(name: string) => number[]> {
  const blocks: SignalBlock[] = [];
  const media = mediaWith(undefined, { sampleRate, channels: channels.length });
  const measuring = await openMeasuring({ media, profile: "full", wanted: undefined, emit: (block) => blocks.push(block) });
  measuring.sound(audioBlock(channels, sampleRate, { pts: 0 }));
  await measuring.finish();
  measuring.close();
  const columns = columnsOf(blocks, "sound:0");
  return (name) => columns[name] ?? [];
}

describe("left and right", () => {
  it("correlate with 1 where they are the same, and with -1 where one is turned", async () => {
    const left = sound(1, voice);
    const same = await measure(left, left);
    expect(same("pair.correlation").at(-1)).toBeCloseTo(1, 6);
    expect(same("pair.sideDb").at(-1)).toBe(-120);
    const turned = await measure(
      left,
      left.map((sample) => -sample),
    );
    expect(turned("pair.correlation").at(-1)).toBeCloseTo(-1, 6);
    expect(turned("pair.sideDb").at(-1)).toBe(120);
  });

  it("differ by as much as one of them is louder", async () => {
    const left = sound(1, voice);
    const measured = await measure(
      left,
      left.map((sample) => 0.5 * sample),
    );
    expect(measured("pair.sideDb").at(-1)).toBe(Math.round(20 * Math.log10(0.5 / 1.5)));
  });

  it("are the same in most windows where a coder's noise lies on some", async () => {
    const left = sound(3, voice);
    const coded = left.map((sample, n) => (n % 24000 < 9000 ? sample + 0.02 * Math.sin(n * n) : sample));
    expect((await measure(left, coded))("pair.sideDb").at(-1)).toBe(-120);
  });

  it("are compared in loud windows and in soft ones", async () => {
    const isLoud = (n: number) => n % 24000 < 18000;
    const left = sound(3, voice).map((sample, n) => (isLoud(n) ? sample : 0.01 * Math.sin(n)));
    const room = left.map((sample, n) => (isLoud(n) ? sample : 0.01 * Math.sin(n * n)));
    const atmosphere = await measure(left, room);
    expect(atmosphere("pair.sideDb").at(-1)).toBe(-120);
    expect(atmosphere("pair.pauseSideDb").at(-1)).toBeGreaterThan(-10);
    expect((await measure(left, left))("pair.pauseSideDb").at(-1)).toBe(-120);
  });

  it("are the same in quiet sound too, where two noises are not", async () => {
    const quiet = sound(0.5, (t) => 1e-4 * voice(t));
    const same = await measure(quiet, quiet);
    expect(same("pair.sideDb").at(-1)).toBe(-120);
    const noises = await measure(
      quiet,
      quiet.map((sample, n) => sample + 1e-5 * Math.sin(n * n)),
    );
    expect(noises("pair.sideDb").at(-1)).toBeNaN();
  });

  it("are not compared in silence, nor in mono", async () => {
    const silent = await measure(new Float32Array(4800), new Float32Array(4800));
    expect(silent("pair.correlation").every(Number.isNaN)).toBe(true);
    expect(silent("pair.sideDb").every(Number.isNaN)).toBe(true);
    const mono = await measure(sound(0.1, voice));
    expect(mono("pair.leftPeakRatio").every(Number.isNaN)).toBe(true);
  });
});

describe("DC offset", () => {
  it("is the mean of the samples, of the channel where it is furthest from 0", async () => {
    const left = sound(2, (t) => 0.3 * voice(t));
    const right = left.map((sample) => sample - 0.04);
    const measured = await measure(left, right);
    expect(measured("dc.offsetRatio").at(-1)).toBeCloseTo(-0.04, 2);
    expect(measured("dc.channel").at(-1)).toBe(1);
    expect(measured("dc.offsetRatio")[10]).toBeNaN();
  });
});

describe("digital silence", () => {
  it("is the share of samples that are exactly 0", async () => {
    const measured = await measure(sound(0.02, (_, n) => (n % 4 === 0 ? 1e-5 : 0)));
    expect(measured("audio.zeroRatio")).toEqual([0.75, 0.75]);
  });
});

describe("clipping", () => {
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const widest = (values: number[]) => Math.max(0, ...values.filter((value) => !Number.isNaN(value)));

  it.each([1, 0.25])("is seen as flat tops, a gain of %d after it or not", async (gain) => {
    const measured = await measure(in16Bit(sound(2, (t) => gain * clip(2 * voice(t), 1))));
    expect(sum(measured("clipping.tops"))).toBeGreaterThan(300);
    expect(widest(measured("clipping.plateauRatio"))).toBeGreaterThan(0.7);
  });

  it("is seen as wide tops where noise lies on them", async () => {
    const noisy = sound(2, (t, n) => 0.5 * clip(2 * voice(t), 1) + 0.005 * Math.sin(n * n));
    const measured = await measure(in16Bit(noisy));
    expect(sum(measured("clipping.tops"))).toBeLessThan(10);
    expect(widest(measured("clipping.plateauRatio"))).toBeGreaterThan(0.7);
  });

  it("is seen where samples lie well beyond full scale, flat or not", async () => {
    const measured = await measure(sound(1, (t) => 3 * voice(t)));
    expect(sum(measured("clipping.tops"))).toBeGreaterThan(50);
  });

  it.each<[string, Float32Array]>([
    ["sound that nobody cut", sound(2, voice)],
    ["quiet sound of 16 bit", sound(2, (t) => 0.05 * voice(t))],
    ["a deep note of 16 bit, whose round tops look flat", sound(2, (t) => 0.1 * Math.sin(2 * Math.PI * 40 * t))],
    ["a full-scale sine", sound(2, (t) => 0.9999 * Math.sin(2 * Math.PI * 997 * t))],
    ["sound of 8 bit", sound(2, (t) => Math.round(64 * voice(t)) / 128)],
    ["a square wave", sound(2, (t) => 0.5 * Math.sign(Math.sin(2 * Math.PI * 220 * t)))],
    ["silence", sound(1, () => 0)],
  ])("is not seen in %s", async (_, samples) => {
    const measured = await measure(in16Bit(samples));
    expect(sum(measured("clipping.tops"))).toBe(0);
    expect(measured("clipping.plateauRatio").filter((ratio) => ratio >= 0.7 && ratio <= 0.95)).toEqual([]);
  });
});
