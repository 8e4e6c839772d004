import { describe, expect, it } from "vitest";
import { openRepeats } from "../../../src/analyzers/signals/repeats.js";

/** Noise that is the same each time, of 16 bits. */
function noise(length: number): Float32Array {
  let state = 12345;
  return Float32Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return Math.round(8000 * (state / 2 ** 31)) / 32768;
  });
}

/** Sound whose samples before `time` come again from there on, so many times. */
function repeated(sound: Float32Array, time: number, lag: number, times = 1): Float32Array {
  const block = sound.subarray(time - lag, time);
  const parts = [sound.subarray(0, time), ...Array.from({ length: times }, () => block), sound.subarray(time)];
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Takes sound window by window, with the highest samples of its slots of 2 ms. */
function openTaking(sampleRate: number) {
  const repeats = openRepeats(sampleRate);
  const slot = Math.round(sampleRate * 0.002);
  let [highest, filled] = [0, 0];
  return {
    take(samples: Float32Array) {
      const peaks: number[] = [];
      for (const sample of samples) {
        highest = Math.max(highest, Number.isNaN(sample) ? 0 : sample);
        if (++filled < slot) continue;
        peaks.push(highest);
        highest = filled = 0;
      }
      return repeats.take(samples, { slots: peaks.length, peaks: Float64Array.from(peaks) });
    },
    forget() {
      highest = filled = 0;
      repeats.forget();
    },
  };
}

/** The repeats that are found in windows of 10 ms. */
function found(sound: Float32Array, sampleRate = 48000) {
  const repeats = openTaking(sampleRate);
  const all: { time: number; lag: number }[] = [];
  const window = Math.round(sampleRate / 100);
  for (let start = 0; start < sound.length; start += window) {
    const { samples, agoSamples } = repeats.take(sound.subarray(start, start + window));
    if (samples > 0) all.push({ time: start - agoSamples, lag: samples });
  }
  return all;
}

const made = (length: number, of: (index: number) => number) =>
  Float32Array.from({ length }, (_, index) => Math.round(32768 * of(index)) / 32768);
const wave = (hertz: number, index: number) => Math.sin((2 * Math.PI * hertz * index) / 48000);

describe("repeats", () => {
  it.each([8000, 44100, 48000, 96000])("finds blocks of 10 to 100 ms that come twice at %d Hz", (sampleRate) => {
    for (const seconds of [0.01, 0.0213, 0.04, 0.1]) {
      const lag = Math.floor(seconds * sampleRate);
      const time = Math.round(0.777 * sampleRate);
      expect(found(repeated(noise(2 * sampleRate), time, lag), sampleRate)).toEqual([{ time, lag }]);
    }
  });

  it("finds each of several", () => {
    const once = repeated(noise(96000), 30000, 480);
    expect(found(repeated(once, 60000, 1024))).toEqual([
      { time: 30000, lag: 480 },
      { time: 60000, lag: 1024 },
    ]);
  });

  it("finds a block of a whistle or a vowel, by its seam, and beside a large constant", () => {
    const sounds = {
      "a whistle": (index: number) => 0.2 * wave(1500, index + 30 * wave(5, index)),
      "a vowel": (index: number) => [1, 2, 3, 5, 8].reduce((sum, n) => sum + (0.1 / n) * wave(123.4 * n, index), 0),
      "noise on a constant": (index: number) => 0.36 + 0.2 * (noise48[index % noise48.length] ?? 0),
    };
    const noise48 = noise(48000);
    for (const [name, of] of Object.entries(sounds)) {
      const hiss = (index: number) => 0.002 * (noise48[(index * 7) % 48000] ?? 0);
      const sound = made(96000, (index) => of(index) + hiss(index));
      expect([name, found(repeated(sound, 48111, 500))]).toEqual([name, [{ time: 48111, lag: 500 }]]);
    }
  });

  it("forgets at a discontinuity what was before it", () => {
    const [before, repeats] = [noise(48000), openTaking(48000)];
    for (let start = 0; start < before.length; start += 480) repeats.take(before.subarray(start, start + 480));
    repeats.forget();
    for (let start = before.length - 960; start < before.length; start += 480)
      expect(repeats.take(before.subarray(start, start + 480)).samples).toBe(0);
  });

  it("takes nothing else for one", () => {
    const hiss = noise(96000);
    const at = (index: number) => hiss[index % hiss.length] ?? 0;
    const notes = [110, 138.6, 164.8, 220, 60, 277.2, 80];
    const cycle = (index: number) => ((index % 960) * (notes[Math.floor(index / 960) % notes.length] ?? 0)) / 48000;
    const others = {
      "noise": hiss,
      "silence": new Float32Array(96000),
      "nothing heard": hiss.map((sample) => Math.round(sample * 100) / 32768),
      "a tone of whole samples": made(96000, (index) => 0.3 * wave(1000, index)),
      "a low tone": made(96000, (index) => 0.3 * wave(62.5, index)),
      "a loop of 50 ms": made(96000, (index) => at(index % 2400)),
      "a loop of 300 ms": made(96000, (index) => at(index % 14400)),
      "a block that comes three times": repeated(hiss, 48000, 1024, 2),
      "a drum roll": made(96000, (index) => at(index % 3000) * Math.exp(-(index % 3000) / 400)),
      "a drum that is struck twice": made(96000, (index) => {
        const since = index < 48000 ? 1e6 : index < 50400 ? index - 48000 : index - 50400;
        return at(since) * Math.exp(-since / 2000);
      }),
      "notes of whole periods": made(96000, (index) => 0.2 * wave([1000, 1500, 600][Math.floor(index / 1200) % 3] ?? 0, index)),
      "a note of two periods and a half": made(96000, (index) => 0.2 * wave(index >= 48000 && index < 50400 ? 50 : 333, index)),
      "arpeggios of square waves": made(96000, (index) => (cycle(index) % 1 < 0.5 ? 0.2 : -0.2)),
      "arpeggios of sawtooth waves": made(96000, (index) => 0.2 * (2 * (cycle(index) % 1) - 1)),
      "noise of an old game": made(96000, (index) => (at(Math.floor(index / 8) % 93) > 0 ? 0.2 : -0.2)),
      "samples that are no numbers": hiss.map((sample, index) => (index % 4800 < 100 ? Number.NaN : sample)),
    };
    for (const [name, sound] of Object.entries(others)) expect([name, found(sound)]).toEqual([name, []]);
  });
});
