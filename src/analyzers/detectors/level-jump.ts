import { z } from "zod";
import { defineDetector, type Emit, type Judging } from "../detector.js";

/** Levels are those of 0.1 s, in windows of 10 ms. */
const cellWindows = 10;
const cellsPerSecond = 10;

/** The levels that are compared on both sides: half and most of the time, as L50 and L20 of environmental noise (ISO 1996-1). */
const quantiles = [0.3, 0.5, 0.8] as const;
const programmeQuantile = quantiles[2];

/** So much of the jump must lie between the loud parts of the second before and the second after: a fade has less. */
const suddenShare = 0.6;
const suddenCells = 10;
const suddenQuantile = 0.7;

/** A jump is placed where the means of both sides lie furthest apart, within so much of where it was first seen. */
const bestWithinCells = 10;

/** The programme itself may get louder for a reason: what is told is how the sound looks, not why. */
const confidence = 0.6;

const bandSignals = ["bands.lowDbfs", "bands.highDbfs"] as const;

/**
 * The level changes at once, and stays: a fader, another source, an advertisement.
 *
 * A change of gain moves all that there is by the same number of decibels, loud and soft, low and high: so levels before and
 * after are compared in two bands, each at three quantiles, and must all have moved alike. A new scene or another instrument
 * moves them apart.
 *
 * It is known when the level has stayed for `compareSeconds`, and lasts until then.
 *
 * Not this: silence before or after (`silence`), a short loss (`dropout`), a programme off its target (`loudness`).
 */
export const levelJump = defineDetector({
  type: "level-jump",
  version: "1.0.0",
  medium: "audio",
  summary: "The level jumps",
  standard:
    "No standard defines it; ATSC A/85 and EBU R 128 ask for even loudness across junctions, percentile levels as in ISO 1996-1",
  signals: bandSignals,

  parameters: z.object({
    minimumJumpDb: z.number().positive().default(10).describe("Smallest jump that counts, in dB"),
    maximumSpreadDb: z
      .number()
      .positive()
      .default(8)
      .describe("How far the bands and quantiles may have moved apart, in dB: more is another programme"),
    minimumDbfs: z
      .number()
      .max(0)
      .default(-55)
      .describe("On both sides there must be programme: the level of low frequencies in most of its time, in dBFS"),
    compareSeconds: z.number().min(1).max(30).default(3).describe("Time before and after that is compared, in seconds"),
  }),

  begin: ({ minimumJumpDb, maximumSpreadDb, minimumDbfs, compareSeconds }): Judging => {
    const side = Math.round(compareSeconds * cellsPerSecond);
    const threshold = { minimumJumpDb, maximumSpreadDb, minimumDbfs, compareSeconds };
    const cells = bandSignals.map(() => new Float64Array(2 * side));
    const times = new Float64Array(2 * side);
    const sorted = new Float64Array(side);
    const sums = bandSignals.map(() => 0);
    let [windows, filled, cellSeconds] = [0, 0, 0];
    let best:
      | { readonly startSeconds: number; readonly jumpDb: number; readonly spreadDb: number; readonly movedDb: number }
      | undefined;
    let waited = 0;

    function forget(): void {
      windows = filled = 0;
      sums.fill(0);
      best = undefined;
    }

    function mean(levels: Float64Array, from: number, to: number): number {
      let sum = 0;
      for (let at = from; at < to; at++) sum += levels[at] ?? 0;
      return sum / (to - from);
    }

    /** How far the level has moved in the middle of the cells; undefined where it is no jump. */
    function compare(): typeof best {
      let movedDb = 0;
      let [sum, smallest, largest] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      for (const [band, levels] of cells.entries()) {
        // Cheap, and nearly always the end of it.
        if (Math.abs(mean(levels, side, 2 * side) - mean(levels, 0, side)) < minimumJumpDb / 2) return undefined;
        for (const quantile of quantiles) {
          const before = quantileOf(levels, 0, side, quantile);
          const after = quantileOf(levels, side, 2 * side, quantile);
          sum += after - before;
          smallest = Math.min(smallest, after - before);
          largest = Math.max(largest, after - before);
          if (band === 0 && quantile === programmeQuantile && !(Math.min(before, after) >= minimumDbfs)) return undefined;
        }
        const sudden =
          quantileOf(levels, side, side + suddenCells, suddenQuantile) -
          quantileOf(levels, side - suddenCells, side, suddenQuantile);
        const whole = mean(levels, side, 2 * side) - mean(levels, 0, side);
        if (sudden / whole < suddenShare) return undefined;
        movedDb += Math.abs(whole);
      }
      const jumpDb = sum / (cells.length * quantiles.length);
      const spreadDb = largest - smallest;
      if (!(Math.abs(jumpDb) >= minimumJumpDb && spreadDb <= maximumSpreadDb)) return undefined;
      return { startSeconds: times[side] ?? 0, jumpDb, spreadDb, movedDb };
    }

    function quantileOf(levels: Float64Array, from: number, to: number, share: number): number {
      const part = sorted.subarray(0, to - from);
      part.set(levels.subarray(from, to));
      return part.sort()[Math.round(share * (part.length - 1))] ?? 0;
    }

    function addCell(now: number, emit: Emit): void {
      for (const [band, levels] of cells.entries()) {
        levels.copyWithin(0, 1);
        levels[2 * side - 1] = 10 * Math.log10((sums[band] ?? 0) / cellWindows + 1e-12);
        sums[band] = 0;
      }
      times.copyWithin(0, 1);
      times[2 * side - 1] = cellSeconds;
      windows = 0;
      if (++filled < 2 * side) return;
      const found = compare();
      if (best === undefined) waited = 0;
      if (found !== undefined && (best === undefined || found.movedDb > best.movedDb)) best = found;
      if (best === undefined || ++waited < bestWithinCells) return;
      const { startSeconds, jumpDb, spreadDb } = best;
      const measured = { jumpDb, spreadDb };
      emit.close(emit.open({ startSeconds, measured, threshold, confidence }), now, measured);
      // What has been compared is not compared again: one jump is one defect.
      filled = side;
      best = undefined;
    }

    return {
      push({ pts, signals, discontinuityBefore }, emit) {
        if (discontinuityBefore) forget();
        for (const [index, now] of pts.entries()) {
          const levels = bandSignals.map((name) => signals[name]?.[index] ?? Number.NaN);
          if (levels.some(Number.isNaN)) {
            forget();
            continue;
          }
          if (windows++ === 0) cellSeconds = now;
          for (const [band, level] of levels.entries()) sums[band] = (sums[band] ?? 0) + 10 ** (level / 10);
          if (windows === cellWindows) addCell(now, emit);
        }
      },
      end: forget,
    };
  },
});
