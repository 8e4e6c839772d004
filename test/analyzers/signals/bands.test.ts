import { describe, expect, it } from "vitest";
import { measureSound } from "../../support/measured-sound.js";

type Sine = readonly [hertz: number, amplitude: number];

function sines(sampleRate: number, seconds: number, ...parts: readonly Sine[]): Float32Array {
  return Float32Array.from({ length: seconds * sampleRate }, (_, n) =>
    parts.reduce((sum, [hertz, amplitude]) => sum + amplitude * Math.sin((2 * Math.PI * hertz * n) / sampleRate), 0),
  );
}

async function humOf(sampleRate: number, ...channels: readonly Float32Array[]) {
  const hum = await measureSound({ sampleRate, channels }, ["hum.lines", "hum.hertz", "hum.levelDbfs"]);
  const last = (name: keyof typeof hum) => hum[name].at(-1) ?? NaN;
  return { lines: last("hum.lines"), hertz: last("hum.hertz"), levelDbfs: last("hum.levelDbfs") };
}

describe("lines of the mains", () => {
  it.each([8000, 11025, 22050, 44100, 48000, 96000])("are found at %d Hz, with their frequency and level", async (sampleRate) => {
    for (const mains of [50, 59.9]) {
      const samples = sines(sampleRate, 6, [mains, 0.01], [2 * mains, 0.005], [3 * mains, 0.005]);
      const { lines, hertz, levelDbfs } = await humOf(sampleRate, samples);
      expect(lines).toBe(3);
      expect(hertz).toBeCloseTo(mains, 1.3);
      expect(levelDbfs).toBeCloseTo(-38.2, 0);
    }
  });

  it("are found below a programme, and in one channel of two that have opposite signs", async () => {
    const mains = sines(48000, 6, [50, 0.01], [100, 0.01]);
    const programme = mains.map((sample, n) => sample + 0.2 * Math.sin(n * n) * Math.max(0, Math.sin(n / 9000)));
    expect((await humOf(48000, programme)).lines).toBe(2);
    expect(
      (
        await humOf(
          48000,
          mains,
          mains.map((sample) => -sample),
        )
      ).lines,
    ).toBe(2);
  });

  it("are not found in notes beside them, in notes that change, in noise, in silence, in what aliases", async () => {
    const melody = Float32Array.from({ length: 6 * 48000 }, (_, n) => {
      const struck = Math.floor(n / 12000);
      const turned = (2 * Math.PI * (struck % 2 === 0 ? 50 : 56.1) * n) / 48000 + struck ** 2;
      return 0.3 * (Math.sin(turned) + Math.sin(2 * turned));
    });
    const others = [
      sines(48000, 6, [49, 0.3], [98, 0.3]),
      sines(48000, 6, [51.9, 0.3], [103.8, 0.3], [155.7, 0.3]),
      sines(48000, 6, [950, 0.05], [1900, 0.05], [3950, 0.3], [4100, 0.01]),
      melody,
      melody.map((_, n) => 0.3 * Math.sin(n * n)),
      melody.map(() => 0),
      melody.map((_, n) => (n === 9999 ? Number.NaN : 0)),
    ];
    for (const [index, samples] of others.entries()) {
      expect([index, (await humOf(48000, samples)).lines]).toEqual([index, expect.toSatisfy((lines: number) => lines < 2)]);
    }
  });
});

describe("bands", () => {
  it("tell low from high frequencies", async () => {
    const levelsOf = async (hertz: number) => {
      const samples = sines(48000, 1, [hertz, 0.1]);
      const bands = await measureSound({ sampleRate: 48000, channels: [samples] }, ["bands.lowDbfs", "bands.highDbfs"]);
      return { low: bands["bands.lowDbfs"][50] ?? NaN, high: bands["bands.highDbfs"][50] ?? NaN };
    };
    expect((await levelsOf(400)).low).toBeCloseTo(-23, 0);
    expect((await levelsOf(8000)).low).toBeLessThan(-50);
    expect((await levelsOf(8000)).high).toBeCloseTo(-23, 0);
    expect((await levelsOf(400)).high).toBeLessThan(-45);
  });
});
