/** As few equal samples in a row as are no chance: what editors take (Audacity, Find Clipping). */
const shortestRun = 3;

/** Samples that differ by no more are equal: a little more than the step of 16 bit, which dither adds. */
const equalWithin = 1.2 / 32768;

/**
 * A top that was cut off has corners. The round top of a wave that is as flat for three samples, because their
 * differences are below `equalWithin`, falls by at most 2.8 of it on each side.
 */
const smallestCorner = 4 * equalWithin;
const cornersTogether = 24 * equalWithin;

/** Tops lie on one line; a little lower, where a fade came after. */
const ceilingShare = 0.97;

/** +1 dBFS: coders overshoot by less where a master that is whole reaches full scale. */
const beyondLevel = 1.122;

/** Flat stretches that ended in one window, and the samples in them. */
export interface Flats {
  /** Those that lie as high as the sound goes, or well beyond full scale. */
  tops: number;
  /** Those that lie lower, between corners: sound of few bits, and square waves, have them at every level. */
  ledges: number;
  samples: number;
}

/** Looks for tops that were cut off in one channel, sample by sample: at least three that are the same, between corners. */
export interface FlatTops {
  /**
   * Fills `flats` from the next samples.
   * @param ceiling the largest sample of the last moments, and `floor` the smallest one
   */
  measure(samples: Float32Array, ceiling: number, floor: number, flats: Flats): void;
  /** The next samples do not follow on those before. */
  reset(): void;
}

/** @param lowestCeiling below it the steps of 16 bit are not small against the wave, and nothing counts */
export function openFlatTops(lowestCeiling: number): FlatTops {
  let level = 0;
  let length = 0;
  let before = 0;
  let last = 0;
  /** Samples in a row beyond that level; those below 0 counted down. */
  let beyond = 0;

  return {
    reset() {
      length = beyond = 0;
    },

    measure(samples, ceiling, floor, flats) {
      flats.tops = flats.ledges = flats.samples = 0;
      const mayBeBeyond = ceiling > beyondLevel || floor < -beyondLevel;
      for (let n = 0; n < samples.length; n++) {
        const sample = samples[n] ?? 0;
        const difference = sample - level;
        if (difference <= equalWithin && difference >= -equalWithin) {
          length++;
        } else {
          if (length >= shortestRun) end(sample, ceiling, floor, flats);
          before = last;
          level = sample;
          length = 1;
        }
        last = sample;
        if (!mayBeBeyond) continue;
        beyond = sample > beyondLevel ? Math.max(0, beyond) + 1 : sample < -beyondLevel ? Math.min(0, beyond) - 1 : 0;
        if (beyond === shortestRun || beyond === -shortestRun) flats.tops++;
      }
      if (!mayBeBeyond) beyond = 0;
    },
  };

  function end(after: number, ceiling: number, floor: number, flats: Flats): void {
    const sign = level > 0 ? 1 : -1;
    const [first, second] = [sign * (level - before), sign * (level - after)];
    const size = sign * level;
    const reach = level > 0 ? ceiling : -floor;
    const hasCorners = Math.min(first, second) >= smallestCorner && first + second >= cornersTogether;
    if (hasCorners && size >= ceilingShare * reach && reach >= lowestCeiling) {
      // Beyond that level they are counted above, whether they are flat or not.
      if (size <= beyondLevel) flats.tops++;
    } else if (Math.abs(first) + Math.abs(second) >= cornersTogether && size >= lowestCeiling / 4) {
      flats.ledges++;
    }
    flats.samples += length;
  }
}
