import type { SoundKernels } from "../kernels/sound.js";

/** The tops that ended in one window. The next window writes over it. */
export interface Plateaus {
  tops: number;
  /** Samples of these tops near the ceiling, and all of their samples. */
  near: number;
  samples: number;
}

/**
 * Measures how wide the tops of one channel's wave are near their ceiling, against their width further down.
 *
 * A sine that reaches the ceiling is above 0.88 of it for 0.62 of the time that it is above 0.7 of it; sound of several
 * frequencies, and what a limiter holds at the ceiling, for less: their tops are round and of many heights. Of a wave whose
 * tops were cut off, and bent by a coder since, it is more: one that went 1.5 times as high is above for 0.83, of a wave
 * that is square for all of the time.
 */
export interface PlateauTops {
  /** Of the present window. @param ceiling what tops reach, and `mean` what the wave swings about */
  measure(ceiling: number, mean: number): Plateaus;
  /** The next samples do not follow on those before. */
  reset(): void;
}

/** Opens the measurement of one channel. */
export function openPlateauTops(sound: SoundKernels, channel: number): PlateauTops {
  const samples = sound.addressOf(channel);
  /** The top that a window's end cut. */
  const cut = sound.reserve(2);
  const { buffer, byteOffset } = sound.reserve(2);
  const counts = new Int32Array(buffer, byteOffset, 3);
  const plateaus: Plateaus = { tops: 0, near: 0, samples: 0 };

  return {
    reset() {
      cut.fill(0);
    },
    measure(ceiling, mean) {
      sound.exports.measurePlateaus(samples, sound.count, ceiling, mean, cut.byteOffset, byteOffset);
      plateaus.tops = counts[0] ?? 0;
      plateaus.near = counts[1] ?? 0;
      plateaus.samples = counts[2] ?? 0;
      return plateaus;
    },
  };
}
