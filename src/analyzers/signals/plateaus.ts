/**
 * How wide a wave's tops are near their ceiling, against their width further down.
 *
 * A sine that reaches the ceiling is above 0.88 of it for 0.62 of the time that it is above 0.7 of it; sound of several
 * frequencies, and what a limiter holds at the ceiling, for less: their tops are round and of many heights. Of a wave whose
 * tops were cut off, and bent by a coder since, it is more: one that went 1.5 times as high is above for 0.83, of a wave
 * that is square for all of the time.
 */
const nearShare = 0.88;
const lowShare = 0.7;

/** Shorter ones have too few samples to tell a width. */
const shortestTop = 4;

/** The tops that ended in one window. */
export interface Plateaus {
  tops: number;
  /** Samples of these tops near the ceiling, and all of their samples. */
  near: number;
  samples: number;
}

/** Measures the tops of one channel, sample by sample. */
export interface PlateauTops {
  /**
   * Fills `plateaus` from the next samples.
   * @param ceiling what tops reach, and `mean` what the wave swings about
   */
  measure(samples: Float32Array, ceiling: number, mean: number, plateaus: Plateaus): void;
  /** The next samples do not follow on those before. */
  reset(): void;
}

/** Opens the measurement of one channel. */
export function openPlateauTops(): PlateauTops {
  /** The top that a window's end cut: its side, how many of its samples are near the ceiling, and how many it has. */
  const cut = { isAbove: true, near: 0, length: 0 };

  return {
    reset() {
      cut.near = cut.length = 0;
    },

    measure(samples, ceiling, mean, plateaus) {
      plateaus.tops = plateaus.near = plateaus.samples = 0;
      const lowLevel = lowShare * ceiling;
      const nearLevel = nearShare * ceiling;
      let { isAbove, near, length } = cut;
      for (let n = 0; n < samples.length; n++) {
        const sample = (samples[n] ?? 0) - mean;
        const isLow = sample < lowLevel && sample > -lowLevel;
        if (length > 0 && (isLow || sample > 0 !== isAbove)) {
          if (near > 0 && length >= shortestTop) {
            plateaus.tops++;
            plateaus.near += near;
            plateaus.samples += length;
          }
          near = length = 0;
        }
        if (isLow) continue;
        isAbove = sample > 0;
        length++;
        if (sample >= nearLevel || sample <= -nearLevel) near++;
      }
      cut.isAbove = isAbove;
      cut.near = near;
      cut.length = length;
    },
  };
}
