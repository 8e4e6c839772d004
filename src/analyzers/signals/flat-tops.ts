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
  // Kept in an array, and in locals while a window is measured: numbers that a closure holds are boxed at each change.
  const kept = new Float64Array(5);

  return {
    reset() {
      kept.fill(0);
    },

    measure(samples, ceiling, floor, flats) {
      flats.tops = flats.ledges = flats.samples = 0;
      let [level = 0, length = 0, before = 0, last = 0] = kept;
      for (let n = 0; n < samples.length; n++) {
        const sample = samples[n] ?? 0;
        const difference = sample - level;
        if (difference <= equalWithin && difference >= -equalWithin) {
          length++;
        } else {
          if (length >= shortestRun) end(level, length, before, sample, ceiling, floor, flats);
          before = last;
          level = sample;
          length = 1;
        }
        last = sample;
      }
      kept[0] = level;
      kept[1] = length;
      kept[2] = before;
      kept[3] = last;
      const mayBeBeyond = ceiling > beyondLevel || floor < -beyondLevel;
      kept[4] = mayBeBeyond ? countBeyond(samples, kept[4] ?? 0, flats) : 0;
    },
  };

  function end(level: number, length: number, before: number, after: number, ceiling: number, floor: number, flats: Flats): void {
    const sign = level > 0 ? 1 : -1;
    const first = sign * (level - before);
    const second = sign * (level - after);
    const size = sign * level;
    const reach = level > 0 ? ceiling : -floor;
    const hasCorners = Math.min(first, second) >= smallestCorner && first + second >= cornersTogether;
    if (hasCorners && size >= ceilingShare * reach && reach >= lowestCeiling) {
      // Beyond that level they are counted whether they are flat or not.
      if (size <= beyondLevel) flats.tops++;
    } else if (Math.abs(first) + Math.abs(second) >= cornersTogether && size >= lowestCeiling / 4) {
      flats.ledges++;
    }
    flats.samples += length;
  }
}

/** @returns how many samples in a row lie beyond full scale at the end of these; those below 0 are counted down */
function countBeyond(samples: Float32Array, already: number, flats: Flats): number {
  let beyond = already;
  for (let n = 0; n < samples.length; n++) {
    const sample = samples[n] ?? 0;
    beyond = sample > beyondLevel ? Math.max(0, beyond) + 1 : sample < -beyondLevel ? Math.min(0, beyond) - 1 : 0;
    if (beyond === shortestRun || beyond === -shortestRun) flats.tops++;
  }
  return beyond;
}
