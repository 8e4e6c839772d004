import { describe, expect, it } from "vitest";
import { measureSound } from "../../support/measured-sound.js";

const seconds = 4;

/** Something like music: notes that are struck and die away, over a little noise. */
function programme(sampleRate: number): Float32Array {
  return Float32Array.from({ length: seconds * sampleRate }, (_, n) => {
    const time = n / sampleRate;
    const sinceStruck = time % 0.4;
    const note = 220 * 2 ** ((Math.floor(time / 0.4) % 5) / 5);
    const tone = Math.sin(2 * Math.PI * note * time) + 0.4 * Math.sin(4 * Math.PI * note * time);
    return 0.2 * Math.exp(-4 * sinceStruck) * Math.min(1, sinceStruck / 0.004) * tone + 0.002 * Math.sin(n * n);
  });
}

/** The same with some of its samples put another way. */
function changed(samples: Float32Array, change: (time: number, sample: number, index: number) => number, sampleRate = 48000) {
  return samples.map((sample, index) => change(index / sampleRate, sample, index));
}

interface Found {
  readonly gaps: readonly { readonly startSeconds: number; readonly seconds: number }[];
  readonly clicks: readonly { readonly startSeconds: number; readonly db: number }[];
}

async function found(channels: readonly Float32Array[], sampleRate = 48000): Promise<Found> {
  const names = ["dropout.gapSeconds", "dropout.gapAgoSeconds", "dropout.clickDb", "dropout.clickAgoSeconds"] as const;
  const signals = await measureSound({ sampleRate, channels }, names);
  const eventsOf = (value: (typeof names)[number], ago: (typeof names)[number]) =>
    signals[value].flatMap((one, window) =>
      Number.isNaN(one) ? [] : [{ startSeconds: window / 100 - (signals[ago][window] ?? NaN), value: one }],
    );
  return {
    gaps: eventsOf("dropout.gapSeconds", "dropout.gapAgoSeconds").map(({ value, ...one }) => ({ ...one, seconds: value })),
    clicks: eventsOf("dropout.clickDb", "dropout.clickAgoSeconds").map(({ value, ...one }) => ({ ...one, db: value })),
  };
}

const between = (from: number, to: number) => (time: number) => time >= from && time < to;

describe("dropout", () => {
  it.each([8000, 22050, 44100, 48000, 96000])("finds gaps of 10, 60 and 500 ms at %d Hz", async (sampleRate) => {
    for (const length of [0.01, 0.06, 0.5]) {
      const inside = between(2, 2 + length);
      const samples = changed(programme(sampleRate), (time, sample) => (inside(time) ? 0 : sample), sampleRate);
      const { gaps } = await found([samples], sampleRate);
      expect(gaps).toEqual([{ startSeconds: expect.closeTo(2, 1.9), seconds: expect.closeTo(length, 1.9) }]);
    }
  });

  it("finds a sample that is held", async () => {
    const inside = between(2, 2.05);
    const samples = changed(programme(48000), (time, sample) => (inside(time) ? 0.03 : sample));
    expect((await found([samples])).gaps).toHaveLength(1);
  });

  it("finds a gap whose borders a coder has smeared over 14 ms", async () => {
    const decibelsPerSecond = 100 / 0.014;
    const samples = changed(programme(48000), (time, sample) => {
      const inside = Math.min(time - 2, 2.2 - time);
      return inside > 0 ? sample * 10 ** ((-inside * decibelsPerSecond) / 20) : sample;
    });
    expect((await found([samples])).gaps).toHaveLength(1);
  });

  it("finds a gap over whose borders a coder spreads faint noise for 40 ms", async () => {
    const samples = changed(programme(48000), (time, sample, index) => {
      const inside = Math.min(time - 2, 2.2 - time);
      const spread = 0.0003 * Math.sin(index * index) * (inside < 0.04 ? 1 : 0);
      return inside > 0 ? spread : sample;
    });
    expect((await found([samples])).gaps).toHaveLength(1);
  });

  it("finds a sample that is held, with what a coder adds to it", async () => {
    const inside = between(2, 2.06);
    const noise = (index: number) => 0.00005 * Math.sin(index / 20) + 0.000005 * Math.sin(index * index);
    const samples = changed(programme(48000), (time, sample, index) => (inside(time) ? 0.03 + noise(index) : sample));
    expect((await found([samples])).gaps).toHaveLength(1);
  });

  it("finds a gap after which the sound goes on 25 dB softer", async () => {
    const samples = changed(programme(48000), (time, sample, index) =>
      time < 2 ? sample + 0.1 * Math.sin(index * index) : time < 2.06 ? 0 : 0.006 * Math.sin(index * index),
    );
    expect((await found([samples])).gaps).toHaveLength(1);
  });

  it("finds a gap of one channel, and each of several that follow each other", async () => {
    const clean = programme(48000);
    const [one, two] = [between(2, 2.03), between(2.4, 2.43)];
    const samples = changed(clean, (time, sample) => (one(time) || two(time) ? 0 : sample));
    expect((await found([clean, samples])).gaps).toHaveLength(2);
  });

  it("finds a sample that is wrong, and a step", async () => {
    const spike = changed(programme(48000), (_, sample, index) => (index === 96000 ? sample + 0.5 : sample));
    const step = changed(programme(48000), (time, sample) => (time >= 2 ? sample - 0.4 : sample));
    for (const samples of [spike, step]) {
      expect((await found([samples])).clicks).toEqual([{ startSeconds: expect.closeTo(2, 1.9), db: expect.any(Number) }]);
    }
  });

  it("finds a block that comes twice, in one channel", async () => {
    const clean = changed(programme(48000), (_, sample, index) => sample + 0.01 * Math.sin(index * index * index));
    const samples = Float32Array.from([...clean.subarray(0, 96500), ...clean.subarray(95500)]).subarray(0, clean.length);
    const names = ["dropout.repeatSeconds", "dropout.repeatAgoSeconds"] as const;
    const signals = await measureSound({ sampleRate: 48000, channels: [clean, samples] }, names);
    const window = signals["dropout.repeatSeconds"].findIndex((seconds) => seconds > 0);
    expect(signals["dropout.repeatSeconds"].filter((seconds) => seconds > 0)).toEqual([expect.closeTo(1000 / 48000)]);
    expect(window / 100 - (signals["dropout.repeatAgoSeconds"][window] ?? NaN)).toBeCloseTo(96500 / 48000, 3);
  });

  it("takes nothing else for one", async () => {
    const clean = programme(48000);
    const beep = (time: number) => 0.3 * Math.sin(2 * Math.PI * 1000 * time);
    const others = {
      "a programme": clean,
      "silence and what follows it": changed(clean, (time, sample) => (time < 2 ? 0 : sample)),
      "beeps": changed(clean, (time) => (time % 0.5 < 0.25 ? beep(time) : 0)),
      "a pause that the sound dies away into": changed(clean, (time, sample) =>
        between(1.5, 3)(time) ? sample * Math.exp(-200 * (time - 1.5)) : sample,
      ),
      "a pause with the noise of a room": changed(clean, (time, sample, index) =>
        between(2, 2.1)(time) ? 0.0002 * Math.sin(index * index) : sample,
      ),
      "a wave that is too low to be heard": changed(clean, (time) => 0.5 * Math.sin(2 * Math.PI * 15 * time)),
      "pauses of speech with a constant": changed(clean, (time, sample, index) =>
        time % 0.4 < 0.3 ? 0.05 + sample * Math.min(1, Math.exp(-300 * ((time % 0.4) - 0.2))) : 0.05 + 0.00003 * Math.sin(index),
      ),
      "soft sound of 8 bits": changed(clean, (_, sample) => Math.round(0.07 * 128 * sample) / 128),
      "a programme that ends": changed(clean, (time, sample) => (time < 2 ? sample : 0)),
      "a synthetic wave with steps": changed(clean, (time) => (Math.sin(2 * Math.PI * 22 * time) < 0 ? -0.3 : 0.3)),
      "a tone that is switched on and off": changed(clean, (time) => (time % 0.5 < 0.2507 ? beep(time) : 0)),
      "a drum": changed(clean, (time) => Math.exp(-60 * (time % 0.5)) * Math.sin(2 * Math.PI * 3000 * time)),
      "samples that are no numbers": changed(clean, (time, sample) => (between(2, 2.05)(time) ? Number.NaN : sample)),
    };
    for (const [name, samples] of Object.entries(others))
      expect([name, await found([samples])]).toEqual([name, { gaps: [], clicks: [] }]);
  });
});
