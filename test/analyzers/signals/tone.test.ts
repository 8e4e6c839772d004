import { describe, expect, it } from "vitest";
import { measureSound, type Sound } from "../../support/measured-sound.js";

const sampleRates = [8000, 22050, 44100, 48000, 192000];

/** Two seconds of a sum of sines. */
function sines(sampleRate: number, ...parts: readonly (readonly [hertz: number, amplitude: number])[]): Float32Array {
  return Float32Array.from({ length: 2 * sampleRate }, (_, n) =>
    parts.reduce((sum, [hertz, amplitude]) => sum + amplitude * Math.sin((2 * Math.PI * hertz * n) / sampleRate), 0),
  );
}

async function toneOf(sound: Sound) {
  const columns = await measureSound(sound, ["tone.residualDb", "tone.hertz", "tone.levelDbfs"]);
  const [residualDb = [], hertz = [], levelDbfs = []] = Object.values(columns);
  return { residualDb, hertz, levelDbfs };
}

describe("tone", () => {
  it.each(sampleRates)("knows a sine's frequency and level at %d Hz", async (sampleRate) => {
    for (const wanted of [100, 440, 997, 3000]) {
      const { residualDb, hertz, levelDbfs } = await toneOf({ sampleRate, channels: [sines(sampleRate, [wanted, 0.1])] });
      // Its frequency is known from the second window on.
      expect(Math.max(...residualDb.slice(2, -1))).toBeLessThan(-50);
      for (const one of hertz.slice(2, -1)) expect(one).toBeCloseTo(wanted, 1);
      for (const one of levelDbfs.slice(2, -1)) expect(one).toBeCloseTo(-20, 0);
    }
  });

  it("measures what is beside the sine: harmonics of 1 % and of 10 %", async () => {
    for (const share of [0.01, 0.1]) {
      const samples = sines(48000, [1000, 0.5], [3000, 0.5 * share]);
      const { residualDb } = await toneOf({ sampleRate: 48000, channels: [samples] });
      expect(residualDb[50]).toBeCloseTo(20 * Math.log10(share), 0);
    }
  });

  it("finds the tone of one channel beside a silent one, and beside noise", async () => {
    const tone = sines(48000, [1000, 0.1]);
    const noise = tone.map((_, n) => 0.3 * Math.sin(n * n));
    for (const other of [new Float32Array(tone.length), noise]) {
      const { residualDb, hertz } = await toneOf({ sampleRate: 48000, channels: [other, tone] });
      expect(residualDb[50]).toBeLessThan(-60);
      expect(hertz[50]).toBeCloseTo(1000, 1);
    }
  });

  it("takes nothing else for one: two sines, noise, a square wave, silence, samples that are no numbers", async () => {
    const noise = Float32Array.from({ length: 48000 }, (_, n) => 0.3 * Math.sin(n * n));
    const others = [sines(48000, [350, 0.1], [440, 0.1]), noise, noise.map(Math.sign), noise.map(() => 0), noise.fill(NaN, 0, 9)];
    for (const samples of others) {
      const { residualDb } = await toneOf({ sampleRate: 48000, channels: [samples] });
      expect(residualDb.filter((one) => one < -20)).toEqual([]);
    }
  });
});
