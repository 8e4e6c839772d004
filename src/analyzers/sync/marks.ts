import type { SignalBlock } from "../signal-block.js";

/** What of the picture marks are made of. */
export const pictureMarkSignals = ["change.brighter", "change.darker"] as const;

/** What of the sound marks are made of. */
export const soundMarkSignals = ["audio.rmsDbfs", "onset.riseDbfs", "onset.atSeconds"] as const;

/** Two marks of one lane lie at least so far apart: the events of test patterns do. */
const shortestSpacingSeconds = 0.3;

/** Mean brightening of the picture that a flash has at least, in levels of 8 bits: white on black over half a percent of it. */
const leastFlash = 1;
/** A flash is so many times what the picture brightened in the third of a second before it. */
const flashStandsOut = 4;
/** A flash is over by then, and has taken back half of its light: a cut to a brighter scene has not. */
const longestFlashSeconds = 0.6;

/** A sound begins where its level rises by so much over the loudest of the fifth of a second before it … */
const leastRiseDb = 12;
const quietWindows = 20;
/** … to this level at least: the tones of test patterns lie 30 dB above it. */
const leastLevelDbfs = -50;
/** Codecs spread a sudden sound over so many windows before it; where it really begins is among the ones that follow. */
const preEchoWindows = 4;
/** The first rise of energy that comes this close to the steepest is the beginning. */
const sameRiseDb = 6;

/** Finds events in the samples of one lane; they come in the order of their times. */
export interface Marks {
  push(block: SignalBlock, found: (seconds: number) => void): void;
}

/** Flashes: frames that are suddenly brighter, in all of the picture or a part of it, and soon dark again. */
export function openPictureMarks(): Marks {
  /** What lately brightened, newest last. */
  let recent: { readonly seconds: number; readonly flash: number }[] = [];
  let pending: { readonly seconds: number; readonly flash: number } | undefined;
  let lastSeconds = Number.NEGATIVE_INFINITY;

  function take(seconds: number, brighter: number, darker: number, found: (seconds: number) => void): void {
    if (pending !== undefined) {
      if (darker - 2 * brighter >= pending.flash / 2) {
        lastSeconds = pending.seconds;
        found(lastSeconds);
        pending = undefined;
      } else if (seconds - pending.seconds > longestFlashSeconds) pending = undefined;
    }
    // A cut makes some parts brighter and others darker.
    const flash = brighter - 2 * darker;
    recent = recent.filter((one) => one.seconds >= seconds - shortestSpacingSeconds);
    const usual = recent.reduce((largest, one) => Math.max(largest, one.flash), leastFlash / flashStandsOut);
    if (flash >= flashStandsOut * usual && seconds - lastSeconds >= shortestSpacingSeconds) pending = { seconds, flash };
    if (flash > 0) recent.push({ seconds, flash });
  }

  return {
    push({ pts, signals, discontinuityBefore }, found) {
      if (discontinuityBefore) {
        recent = [];
        pending = undefined;
        lastSeconds = Number.NEGATIVE_INFINITY;
      }
      const brighter = signals["change.brighter"];
      const darker = signals["change.darker"];
      for (let at = 0; at < pts.length; at++) take(pts[at] ?? 0, brighter?.[at] || 0, darker?.[at] || 0, found);
    },
  };
}

/** Beginnings of sounds that stand out from what was heard before them. */
export function openSoundMarks(): Marks {
  const levels = new Float64Array(quietWindows).fill(Number.POSITIVE_INFINITY);
  let windows = 0;
  let lastSeconds = Number.NEGATIVE_INFINITY;
  /** The rises from one window before a sound on, of which one is its beginning. */
  let rises: { readonly seconds: number; readonly riseDbfs: number }[] = [];
  let waits = 0;

  /** The loudest of the windows before the last one. */
  function loudestBefore(): number {
    let loudest = Number.NEGATIVE_INFINITY;
    for (let back = 2; back <= quietWindows; back++) {
      loudest = Math.max(loudest, levels[(windows - back + quietWindows) % quietWindows] ?? 0);
    }
    return loudest;
  }

  function beginning(): number {
    const steepest = Math.max(...rises.map(({ riseDbfs }) => riseDbfs));
    return rises.find(({ riseDbfs }) => riseDbfs >= steepest - sameRiseDb)?.seconds ?? 0;
  }

  function take(seconds: number, level: number, riseDbfs: number, found: (seconds: number) => void): void {
    rises.push({ seconds, riseDbfs });
    if (waits === 0) {
      if (rises.length > 2) rises.shift();
      const isOnset = level >= leastLevelDbfs && level >= loudestBefore() + leastRiseDb;
      if (isOnset && seconds - lastSeconds >= shortestSpacingSeconds) waits = preEchoWindows + 1;
    }
    if (waits > 0 && --waits === 0) {
      lastSeconds = beginning();
      found(lastSeconds);
      rises = [];
    }
    levels[windows++ % quietWindows] = level;
  }

  return {
    push({ pts, signals, discontinuityBefore }, found) {
      if (discontinuityBefore) {
        levels.fill(Number.POSITIVE_INFINITY);
        rises = [];
        waits = 0;
        lastSeconds = Number.NEGATIVE_INFINITY;
      }
      const level = signals["audio.rmsDbfs"];
      const rise = signals["onset.riseDbfs"];
      const within = signals["onset.atSeconds"];
      for (let at = 0; at < pts.length; at++) {
        const loud = level?.[at] ?? Number.NaN;
        take(
          (pts[at] ?? 0) + (within?.[at] || 0),
          Number.isNaN(loud) ? Number.POSITIVE_INFINITY : loud,
          rise?.[at] ?? -120,
          found,
        );
      }
    },
  };
}
