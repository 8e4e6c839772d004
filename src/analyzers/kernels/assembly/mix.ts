/** A float source may hold samples that are no sound, which no filter would ever forget: they count as 0. */
const loudest: f32 = 100;

/** Adds the samples of a channel, each so much, to a mix. */
export function addToMix(mix: usize, samples: usize, count: i32, weight: f32): void {
  const limit = f32x4.splat(loudest), weights = f32x4.splat(weight);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const at = <usize>n << 2;
    const values = v128.load(samples + at);
    const heard = v128.and(values, f32x4.lt(f32x4.abs(values), limit));
    v128.store(mix + at, f32x4.add(v128.load(mix + at), f32x4.mul(weights, heard)));
  }
  for (; n < count; n++) {
    const at = <usize>n << 2;
    const value = load<f32>(samples + at);
    if (abs(value) < loudest) store<f32>(mix + at, load<f32>(mix + at) + weight * value);
  }
}

/** The sum of the squares of the differences from sample to sample. The sample before the first must lie there too. */
export function sumSquaredSteps(samples: usize, count: i32): f64 {
  let energies = f64x2.splat(0);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const at = samples + (<usize>n << 2);
    const steps = f32x4.sub(v128.load(at), v128.load(at - 4));
    const squares = f32x4.mul(steps, steps);
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(squares, squares, 1, 0));
    energies = f64x2.add(energies, f64x2.add(f64x2.promote_low_f32x4(squares), high));
  }
  let energy = f64x2.extract_lane(energies, 0) + f64x2.extract_lane(energies, 1);
  for (; n < count; n++) {
    const at = samples + (<usize>n << 2);
    const step = <f64>load<f32>(at) - <f64>load<f32>(at - 4);
    energy += step * step;
  }
  return energy;
}

/**
 * Makes one sample of each `factor`, by weighing with a triangle as long as two of the new ones.
 *
 * @param rising address of `factor` f64, the weights of samples in the later of the new samples that they are part of
 * @param state  address of four f64 that go on from call to call, zeros at the start: what the present samples leave to the
 *               next new one, the sums of those so far, weighed and not, and how many they are
 * @param fewer  address of one f64 for each new sample
 * @returns how many new samples there are
 */
export function decimate(samples: usize, count: i32, factor: i32, rising: usize, state: usize, fewer: usize): i32 {
  let carried = load<f64>(state);
  let weighed = load<f64>(state, 8);
  let sum = load<f64>(state, 16);
  let phase = <i32>load<f64>(state, 24);
  let made = 0;
  for (let n = 0; n < count; n++) {
    const sample = <f64>load<f32>(samples + (<usize>n << 2));
    sum += sample;
    weighed += sample * load<f64>(rising + (<usize>phase << 3));
    if (++phase < factor) continue;
    // The weight that a sample has in the next one is what it lacks in this one.
    store<f64>(fewer + (<usize>made << 3), carried + sum / <f64>factor - weighed);
    made++;
    carried = weighed;
    weighed = sum = 0;
    phase = 0;
  }
  store<f64>(state, carried);
  store<f64>(state, weighed, 8);
  store<f64>(state, sum, 16);
  store<f64>(state, phase, 24);
  return made;
}

/** The sum of the products of as many samples and weights, added up in f64. */
export function sumWeighted(samples: usize, weights: usize, count: i32): f64 {
  let low = f64x2.splat(0), high = f64x2.splat(0);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const at = <usize>n << 2;
    const values = v128.load(samples + at), factors = v128.load(weights + at);
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(values), f64x2.promote_low_f32x4(factors)));
    const upperValues = i64x2.shuffle(values, values, 1, 0), upperFactors = i64x2.shuffle(factors, factors, 1, 0);
    high = f64x2.add(high, f64x2.mul(f64x2.promote_low_f32x4(upperValues), f64x2.promote_low_f32x4(upperFactors)));
  }
  const sums = f64x2.add(low, high);
  let total = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  for (; n < count; n++) {
    const at = <usize>n << 2;
    total += <f64>load<f32>(samples + at) * <f64>load<f32>(weights + at);
  }
  return total;
}
