import { type Track, withSound } from "./test-detector.js";

/** Every so many seconds, from the first second on, while there is time. */
export function every(periodSeconds: number, untilSeconds: number, fromSeconds = 1): number[] {
  const count = Math.max(0, Math.ceil((untilSeconds - 0.5 - fromSeconds) / periodSeconds));
  return Array.from({ length: count }, (_, index) => fromSeconds + index * periodSeconds);
}

/** Signals of black with white flashes of two frames, at 25 frames per second. */
export function flashing(seconds: number, flashes: readonly number[]): Track {
  const pts = Array.from({ length: Math.round(seconds * 25) }, (_, index) => index / 25);
  const onFrames = new Set(flashes.map((one) => Math.round(one * 25)));
  const changed = (frames: number): number[] => pts.map((_, index) => (onFrames.has(index - frames) ? 200 : 0));
  return { pts, signals: { "change.brighter": changed(0), "change.darker": changed(2) }, endSeconds: seconds };
}

/** Signals of silence with tones of 80 ms. */
export function beeping(seconds: number, beeps: readonly number[]): Track {
  const pts = Array.from({ length: Math.round(seconds * 100) }, (_, index) => index / 100);
  const level = pts.map(() => -120);
  const rise = pts.map(() => -120);
  const within = pts.map(() => 0);
  for (const beep of beeps) {
    const first = Math.floor(beep * 100 + 1e-6);
    level.fill(-20, first, first + 8);
    rise[first] = -20;
    within[first] = Math.max(0, beep - first / 100);
  }
  const signals = { "audio.rmsDbfs": level, "onset.riseDbfs": rise, "onset.atSeconds": within };
  return { pts, signals, endSeconds: seconds };
}

/** A test pattern whose sounds come so much later than its flashes. */
export function pattern(seconds: number, flashes: readonly number[], late: number | ((flash: number) => number)): Track {
  const beeps = flashes.map((flash) => flash + (typeof late === "number" ? late : late(flash)));
  return withSound(flashing(seconds, flashes), beeping(seconds, beeps));
}
