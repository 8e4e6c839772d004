/** As few equal samples in a row as are no chance: what editors take (Audacity, Find Clipping). */
const shortestRun: i32 = 3;

/** Samples that differ by no more are equal: a little more than the step of 16 bit, which dither adds. */
const equalWithin: f64 = 1.2 / 32768;

/**
 * A top that was cut off has corners. The round top of a wave that is as flat for three samples, because their
 * differences are below `equalWithin`, falls by at most 2.8 of it on each side.
 */
const smallestCorner: f64 = 4 * equalWithin;
const cornersTogether: f64 = 24 * equalWithin;

/** Tops lie on one line; a little lower, where a fade came after. */
const ceilingShare: f64 = 0.97;

/** +1 dBFS: coders overshoot by less where a master that is whole reaches full scale. */
const beyondLevel: f64 = 1.122;

/**
 * Finds flat stretches that ended in these samples of one channel: at least three that are the same, between corners.
 *
 * @param ceiling       the largest sample of the last moments, and `floor` the smallest one
 * @param lowestCeiling below it the steps of 16 bit are not small against the wave, and nothing counts
 * @param kept          address of five f64 that go on from call to call, zeros at the start: level and length of the present
 *                      stretch, the sample before it, the last sample, how many in a row lie beyond full scale
 * @param flats         address of three i32: tops, as high as the sound goes, or well beyond full scale; ledges, lower and
 *                      between corners; the samples in all of them
 */
export function findFlatTops(
  samples: usize, count: i32, ceiling: f64, floor: f64, lowestCeiling: f64, kept: usize, flats: usize,
): void {
  store<i64>(flats, 0);
  store<i32>(flats, 0, 8);
  let level = load<f64>(kept);
  let length = <i32>load<f64>(kept, 8);
  let before = load<f64>(kept, 16);
  let last = load<f64>(kept, 24);
  for (let n = 0; n < count; n++) {
    // Four samples of which each differs from the one before it are four stretches of one sample: nothing to look at.
    while (n > 0 && length == 1 && n + 4 <= count && haveSteps(samples + (<usize>n << 2))) {
      before = <f64>load<f32>(samples + (<usize>n << 2), 8);
      level = last = <f64>load<f32>(samples + (<usize>n << 2), 12);
      n += 4;
    }
    if (n == count) break;
    const sample = <f64>load<f32>(samples + (<usize>n << 2));
    if (abs(sample - level) <= equalWithin) {
      length++;
    } else {
      if (length >= shortestRun) endFlat(level, length, before, sample, ceiling, floor, lowestCeiling, flats);
      before = last;
      level = sample;
      length = 1;
    }
    last = sample;
  }
  store<f64>(kept, level);
  store<f64>(kept, length, 8);
  store<f64>(kept, before, 16);
  store<f64>(kept, last, 24);
  const mayBeBeyond = ceiling > beyondLevel || floor < -beyondLevel;
  store<f64>(kept, mayBeBeyond ? countBeyond(samples, count, <i32>load<f64>(kept, 32), flats) : 0, 32);
}

/** True if none of four samples is about equal to the one before it; numbers of 32 bits are rounded, so by a little more. */
function haveSteps(samples: usize): bool {
  const steps = f32x4.abs(f32x4.sub(v128.load(samples), v128.load(samples - 4)));
  return i32x4.all_true(f32x4.gt(steps, f32x4.splat(<f32>(1.001 * equalWithin))));
}

function endFlat(
  level: f64, length: i32, before: f64, after: f64, ceiling: f64, floor: f64, lowestCeiling: f64, flats: usize,
): void {
  const sign: f64 = level > 0 ? 1 : -1;
  const first = sign * (level - before);
  const second = sign * (level - after);
  const size = sign * level;
  const reach = level > 0 ? ceiling : -floor;
  const hasCorners = min(first, second) >= smallestCorner && first + second >= cornersTogether;
  if (hasCorners && size >= ceilingShare * reach && reach >= lowestCeiling) {
    // Beyond that level they are counted whether they are flat or not.
    if (size <= beyondLevel) store<i32>(flats, load<i32>(flats) + 1);
  } else if (abs(first) + abs(second) >= cornersTogether && size >= lowestCeiling / 4) {
    store<i32>(flats, load<i32>(flats, 4) + 1, 4);
  }
  store<i32>(flats, load<i32>(flats, 8) + length, 8);
}

/** Gives how many samples in a row lie beyond full scale at the end of these; those below 0 are counted down. */
function countBeyond(samples: usize, count: i32, already: i32, flats: usize): i32 {
  let beyond = already;
  for (let n = 0; n < count; n++) {
    const sample = <f64>load<f32>(samples + (<usize>n << 2));
    beyond = sample > beyondLevel ? max(0, beyond) + 1 : sample < -beyondLevel ? min(0, beyond) - 1 : 0;
    if (beyond == shortestRun || beyond == -shortestRun) store<i32>(flats, load<i32>(flats) + 1);
  }
  return beyond;
}

/** Of the ceiling: where a top's width is measured, and where it begins and ends. */
const nearShare: f64 = 0.88;
const lowShare: f64 = 0.7;

/** Shorter ones have too few samples to tell a width. */
const shortestTop: i32 = 4;

/**
 * Measures the tops that ended in these samples of one channel: how long they are above 0.88 of their ceiling, and above 0.7.
 *
 * @param ceiling  what tops reach, and `mean` what the wave swings about
 * @param cut      address of three i32 that go on from call to call, zeros at the start: the top that the end of the samples
 *                 cut, 1 where it is one above the mean, how many of its samples are near the ceiling, and how many it has
 * @param plateaus address of three i32: tops, samples of these tops near the ceiling, all of their samples
 */
export function measurePlateaus(samples: usize, count: i32, ceiling: f64, mean: f64, cut: usize, plateaus: usize): void {
  let tops = 0, nearOfTops = 0, samplesOfTops = 0;
  const lowLevel = lowShare * ceiling, nearLevel = nearShare * ceiling;
  let isAbove = load<i32>(cut) != 0;
  let near = load<i32>(cut, 4);
  let length = load<i32>(cut, 8);
  // What is surely low, also in numbers of 32 bits.
  const surelyLow = f32x4.splat(<f32>(0.9999 * (lowLevel - abs(mean))));
  for (let n = 0; n < count; n++) {
    while (length == 0 && n + 4 <= count && areWithin(samples + (<usize>n << 2), surelyLow)) n += 4;
    if (n == count) break;
    const sample = <f64>load<f32>(samples + (<usize>n << 2)) - mean;
    const isLow = abs(sample) < lowLevel;
    if (length > 0 && (isLow || sample > 0 != isAbove)) {
      if (near > 0 && length >= shortestTop) {
        tops++;
        nearOfTops += near;
        samplesOfTops += length;
      }
      near = length = 0;
    }
    if (isLow) continue;
    isAbove = sample > 0;
    length++;
    if (abs(sample) >= nearLevel) near++;
  }
  store<i32>(cut, isAbove ? 1 : 0);
  store<i32>(cut, near, 4);
  store<i32>(cut, length, 8);
  store<i32>(plateaus, tops);
  store<i32>(plateaus, nearOfTops, 4);
  store<i32>(plateaus, samplesOfTops, 8);
}

/** True if none of four samples is larger than this, sign removed. */
function areWithin(samples: usize, level: v128): bool {
  return i32x4.all_true(f32x4.lt(f32x4.abs(v128.load(samples)), level));
}
