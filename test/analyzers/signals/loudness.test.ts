import { describe, expect, it } from "vitest";
import { channelWeights } from "../../../src/analyzers/signals/channel-weights.js";
import { lufsOf, openGatedLoudness } from "../../../src/analyzers/signals/gated-loudness.js";
import { kWeighting } from "../../../src/analyzers/signals/k-weighting.js";
import { loudnessOf, type TestSound } from "../../support/loudness-of.js";
import { columnsOf } from "../../support/signal-columns.js";

/** A sine of the given peak in some of the channels. */
function sine(sampleRate: number, seconds: number, layout: string, amplitudes: readonly number[], hertz = 997): TestSound {
  const channels = amplitudes.map((amplitude) =>
    Float32Array.from({ length: sampleRate * seconds }, (_, n) => amplitude * Math.sin((2 * Math.PI * hertz * n) / sampleRate)),
  );
  return { sampleRate, layout, channels };
}

describe("K-weighting", () => {
  it("has the coefficients of BS.1770's tables at 48 kHz", () => {
    const { first, second } = kWeighting(48000);
    const tables = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585];
    [...first.b, ...first.a].forEach((value, index) => expect(value).toBeCloseTo(tables[index] ?? NaN, 10));
    [-1.99004745483398, 0.99007225036621].forEach((value, index) => expect(second.a[index]).toBeCloseTo(value, 10));
  });
});

describe("weights of channels", () => {
  it.each([
    ["mono", [1]],
    ["stereo", [1, 1]],
    ["2.1", [1, 1, 0]],
    ["quad", [1, 1, 1.41, 1.41]],
    ["5.1", [1, 1, 1, 0, 1.41, 1.41]],
    ["5.1(side)", [1, 1, 1, 0, 1.41, 1.41]],
    ["6.1", [1, 1, 1, 0, 1, 1.41, 1.41]],
    ["7.1", [1, 1, 1, 0, 1, 1, 1.41, 1.41]],
    ["FL+FR+LFE", [1, 1, 0]],
    ["16 channels", Array.from({ length: 16 }, () => 1)],
  ])("of %s", (layout, weights) => expect(channelWeights(layout, weights.length)).toEqual(weights));
});

describe("loudness", () => {
  it.each([8000, 11025, 16000, 22050, 44100, 48000, 88200, 96000, 192000])(
    "of a full-scale sine in one channel is -3.01 LUFS at %d Hz, and its true peak 0 dBTP",
    async (sampleRate) => {
      const { summary } = await loudnessOf(sine(sampleRate, 4, "stereo", [1, 0]));
      expect(summary.integratedLufs).toBeCloseTo(-3.01, 1);
      expect(summary.maxShortTermLufs).toBeCloseTo(-3.01, 1);
      expect(summary.truePeakDbtp).toBeCloseTo(0, 1);
      expect(summary.rangeLu).toBeCloseTo(0, 1);
    },
  );

  it.each([
    ["mono", [0.1], -23.01],
    ["5.1", [0, 0, 0, 0, 0.1, 0], -21.52],
    ["7.1", [0, 0, 0, 0, 0.1, 0, 0, 0], -23.01],
    ["7.1", [0, 0, 0, 0, 0, 0, 0.1, 0], -21.52],
    ["16 channels", [0.1, ...Array.from({ length: 15 }, () => 0)], -23.01],
  ])("of one channel of %s", async (layout, amplitudes, lufs) => {
    const { summary } = await loudnessOf(sine(48000, 1, layout, amplitudes));
    expect(summary.integratedLufs).toBeCloseTo(lufs, 1);
    expect(summary.truePeakDbtp).toBeCloseTo(-20, 1);
  });

  it("leaves low-frequency effects out, but not their true peak", async () => {
    const { summary } = await loudnessOf(sine(48000, 1, "5.1", [0, 0, 0, 0.5, 0, 0]));
    expect(summary).toEqual({ track: 0, truePeakDbtp: expect.closeTo(-6.02, 1) });
  });

  it("goes beyond full scale where a float source does", async () => {
    const { summary } = await loudnessOf(sine(48000, 4, "mono", [10]));
    expect(summary.integratedLufs).toBeCloseTo(16.99, 1);
    expect(summary.truePeakDbtp).toBeCloseTo(20, 1);
  });

  it("is not there in digital silence", async () => {
    const { summary } = await loudnessOf(sine(48000, 4, "stereo", [0, 0]));
    expect(summary).toEqual({ track: 0 });
  });

  it("is not there in less than 400 ms, and there in exactly that", async () => {
    const short = sine(48000, 1, "mono", [0.1]);
    const cut = (samples: number): TestSound => ({ ...short, channels: short.channels.map((all) => all.subarray(0, samples)) });
    expect((await loudnessOf(cut(19199))).summary).toEqual({ track: 0, truePeakDbtp: expect.closeTo(-20, 1) });
    expect((await loudnessOf(cut(19200))).summary.integratedLufs).toBeCloseTo(-23.01, 1);
  });

  it("survives samples that are no numbers", async () => {
    const sound = sine(48000, 2, "mono", [0.1]);
    sound.channels[0]?.fill(Number.NaN, 1000, 1010).fill(Number.POSITIVE_INFINITY, 2000, 2001);
    const { summary } = await loudnessOf(sound);
    expect(summary.integratedLufs).toBeCloseTo(-23.01, 1);
    expect(summary.truePeakDbtp).toBeLessThan(-15);
  });

  it("is the same however the sound is cut into blocks", async () => {
    const sound = sine(44100, 4, "stereo", [0.3, 0.2]);
    const [one, other] = await Promise.all([loudnessOf(sound, 1024), loudnessOf(sound, 7919)]);
    const signalsOf = ({ blocks }: typeof one) => ({ ...columnsOf(blocks, "sound:0"), pts: [] });
    expect(signalsOf(one)).toEqual(signalsOf(other));
  });
});

describe("gated loudness", () => {
  const energyOf = (lufs: number) => 10 ** ((lufs + 0.691) / 10);

  it("is what sorting all blocks gives, within 0.01 LU", () => {
    const levels = Array.from({ length: 5000 }, (_, n) => -45 + 40 * Math.abs(Math.sin(n * n)) ** 0.5 - (n % 7 === 0 ? 40 : 0));
    const gated = openGatedLoudness();
    for (const level of levels) gated.add(energyOf(level));
    const meanOf = (some: readonly number[]) => lufsOf(some.reduce((sum, level) => sum + energyOf(level), 0) / some.length);
    const audible = levels.filter((level) => level >= -70);
    const above = (gateLu: number) =>
      audible.filter((level) => level >= meanOf(audible) - gateLu).sort((one, other) => one - other);
    const loud = above(20);
    const ranked = (share: number) => loud[Math.round((loud.length - 1) * share)] ?? NaN;
    expect(Math.abs((gated.mean(10) ?? NaN) - meanOf(above(10)))).toBeLessThan(0.01);
    expect(Math.abs((gated.spread(20, 0.1, 0.95) ?? NaN) - (ranked(0.95) - ranked(0.1)))).toBeLessThan(0.02);
  });

  it("has no value without a block above -70 LUFS", () => {
    const gated = openGatedLoudness();
    gated.add(energyOf(-70.01));
    gated.add(0);
    gated.add(Number.NaN);
    expect([gated.mean(10), gated.spread(20, 0.1, 0.95)]).toEqual([undefined, undefined]);
  });
});
