/** Samples are f32, full scale ±1. A float source may hold NaN or infinity, which no filter would ever forget. */
const largest: f32 = f32.MAX_VALUE;

/** Sets samples that are not finite to 0. */
export function dropNonFinite(samples: usize, count: i32): void {
  const limit = f32x4.splat(largest);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const at = samples + (<usize>n << 2);
    const values = v128.load(at);
    v128.store(at, v128.and(values, f32x4.le(f32x4.abs(values), limit)));
  }
  for (; n < count; n++) {
    const at = samples + (<usize>n << 2);
    if (!(abs(load<f32>(at)) <= largest)) store<f32>(at, 0);
  }
}

/**
 * The sums of a window of one channel.
 *
 * @param result address of five f64: largest and smallest sample, sum of the squares, sum, how many samples are exactly 0.
 *               A sample that is not finite makes the sums so; one that is no number is neither the largest nor the smallest
 */
export function sumWindow(samples: usize, count: i32, result: usize): void {
  let maxima = f32x4.splat(-Infinity);
  let minima = f32x4.splat(Infinity);
  let zeros = i32x4.splat(0);
  let energies = f64x2.splat(0);
  let sums = f64x2.splat(0);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const values = v128.load(samples + (<usize>n << 2));
    maxima = f32x4.pmax(maxima, values);
    minima = f32x4.pmin(minima, values);
    zeros = i32x4.sub(zeros, f32x4.eq(values, f32x4.splat(0)));
    const low = f64x2.promote_low_f32x4(values);
    const high = f64x2.promote_low_f32x4(i64x2.shuffle(values, values, 1, 0));
    sums = f64x2.add(sums, f64x2.add(low, high));
    energies = f64x2.add(energies, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  let maximum = f32x4.extract_lane(maxima, 0);
  let minimum = f32x4.extract_lane(minima, 0);
  if (f32x4.extract_lane(maxima, 1) > maximum) maximum = f32x4.extract_lane(maxima, 1);
  if (f32x4.extract_lane(maxima, 2) > maximum) maximum = f32x4.extract_lane(maxima, 2);
  if (f32x4.extract_lane(maxima, 3) > maximum) maximum = f32x4.extract_lane(maxima, 3);
  if (f32x4.extract_lane(minima, 1) < minimum) minimum = f32x4.extract_lane(minima, 1);
  if (f32x4.extract_lane(minima, 2) < minimum) minimum = f32x4.extract_lane(minima, 2);
  if (f32x4.extract_lane(minima, 3) < minimum) minimum = f32x4.extract_lane(minima, 3);
  let energy = f64x2.extract_lane(energies, 0) + f64x2.extract_lane(energies, 1);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  let silent =
    i32x4.extract_lane(zeros, 0) + i32x4.extract_lane(zeros, 1) + i32x4.extract_lane(zeros, 2) + i32x4.extract_lane(zeros, 3);
  for (; n < count; n++) {
    const value = load<f32>(samples + (<usize>n << 2));
    if (value > maximum) maximum = value;
    if (value < minimum) minimum = value;
    if (value == 0) silent++;
    energy += <f64>value * <f64>value;
    sum += value;
  }
  store<f64>(result, maximum);
  store<f64>(result, minimum, 8);
  store<f64>(result, energy, 16);
  store<f64>(result, sum, 24);
  store<f64>(result, silent, 32);
}

/** The sum of the products of two channels' samples. */
export function sumProducts(left: usize, right: usize, count: i32): f64 {
  let products = f64x2.splat(0);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const a = v128.load(left + (<usize>n << 2));
    const b = v128.load(right + (<usize>n << 2));
    const low = f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b));
    const aHigh = f64x2.promote_low_f32x4(i64x2.shuffle(a, a, 1, 0));
    products = f64x2.add(products, f64x2.add(low, f64x2.mul(aHigh, f64x2.promote_low_f32x4(i64x2.shuffle(b, b, 1, 0)))));
  }
  let sum = f64x2.extract_lane(products, 0) + f64x2.extract_lane(products, 1);
  for (; n < count; n++) sum += <f64>load<f32>(left + (<usize>n << 2)) * <f64>load<f32>(right + (<usize>n << 2));
  return sum;
}

/**
 * Adds the squares of samples up in steps.
 *
 * @param step  samples of each but the last of `steps`, which takes what is left over
 * @param sums  address of one f64 for each step, to which is added
 */
export function addSteps(samples: usize, count: i32, step: i32, steps: i32, sums: usize): void {
  for (let index = 0; index < steps; index++) {
    const end = index == steps - 1 ? count : (index + 1) * step;
    let energy: f64 = 0;
    for (let n = index * step; n < end; n++) {
      const value = <f64>load<f32>(samples + (<usize>n << 2));
      energy += value * value;
    }
    const at = sums + (<usize>index << 3);
    store<f64>(at, load<f64>(at) + energy);
  }
}

/**
 * Filters the samples of two channels by two second-order sections one after the other (transposed direct form II), the
 * second of which has the numerator 1, -2, 1.
 *
 * @param left     samples of one channel, and `right` those of another, or the same again
 * @param sections address of seven f64: b0, b1, b2, a1, a2 of the first section, a1, a2 of the second; a0 is 1
 * @param state    address of four pairs of f64, the sections' memory, kept from call to call; zeros at the start
 * @param energies address of two f64, the sums of the squares of what comes out
 */
export function weighSamples(left: usize, right: usize, count: i32, sections: usize, state: usize, energies: usize): void {
  const b0 = v128.load64_splat(sections);
  const b1 = v128.load64_splat(sections, 8);
  const b2 = v128.load64_splat(sections, 16);
  const a1 = v128.load64_splat(sections, 24);
  const a2 = v128.load64_splat(sections, 32);
  const c1 = v128.load64_splat(sections, 40);
  const c2 = v128.load64_splat(sections, 48);
  let p1 = v128.load(state);
  let p2 = v128.load(state, 16);
  let q1 = v128.load(state, 32);
  let q2 = v128.load(state, 48);
  let energy = f64x2.splat(0);
  for (let n = 0; n < count; n++) {
    const at = <usize>n << 2;
    const x = f64x2.replace_lane(f64x2.splat(<f64>load<f32>(left + at)), 1, <f64>load<f32>(right + at));
    const y = f64x2.add(f64x2.mul(b0, x), p1);
    p1 = f64x2.add(f64x2.sub(f64x2.mul(b1, x), f64x2.mul(a1, y)), p2);
    p2 = f64x2.sub(f64x2.mul(b2, x), f64x2.mul(a2, y));
    const z = f64x2.add(y, q1);
    q1 = f64x2.sub(f64x2.sub(q2, f64x2.add(y, y)), f64x2.mul(c1, z));
    q2 = f64x2.sub(y, f64x2.mul(c2, z));
    energy = f64x2.add(energy, f64x2.mul(z, z));
  }
  v128.store(state, settled(p1));
  v128.store(state, settled(p2), 16);
  v128.store(state, settled(q1), 32);
  v128.store(state, settled(q2), 48);
  v128.store(energies, energy);
}

/** Numbers that no sound leads to end at 0, before they become so small that processors are slow with them. */
function settled(values: v128): v128 {
  return v128.and(values, f64x2.ge(f64x2.abs(values), f64x2.splat(1e-30)));
}

/**
 * The largest absolute value of samples and of three points between each two of them, by an interpolator of 24 taps.
 *
 * The taps of the points at a quarter and at three quarters mirror each other, those of the one at the half themselves:
 * so samples are taken in pairs, from outside to inside, and their sums and differences are weighed.
 *
 * @param samples address of the first sample; the 23 before it are those that came before. The points between lie 12
 *                samples back, so that they have 12 samples on each side
 * @param taps    address of twelve times three f32, for each pair: half · (pair's sum) gives the point at the half,
 *                even · sum ± odd · difference those at the quarters
 */
export function largestBetween(samples: usize, count: i32, taps: usize): f32 {
  let peaks = f32x4.splat(0);
  const vectorEnd = count & ~3;
  let n = 0;
  for (; n < vectorEnd; n += 4) {
    const newest = samples + (<usize>n << 2);
    let halves = f32x4.splat(0);
    let evens = f32x4.splat(0);
    let odds = f32x4.splat(0);
    let weights = taps;
    for (let offset: usize = 0; offset < 48; offset += 4) {
      const older = v128.load(newest + offset - 92);
      const newer = v128.load(newest - offset);
      const sum = f32x4.add(older, newer);
      halves = f32x4.add(halves, f32x4.mul(sum, v128.load32_splat(weights)));
      evens = f32x4.add(evens, f32x4.mul(sum, v128.load32_splat(weights, 4)));
      odds = f32x4.add(odds, f32x4.mul(f32x4.sub(older, newer), v128.load32_splat(weights, 8)));
      weights += 12;
    }
    peaks = f32x4.pmax(peaks, f32x4.abs(v128.load(newest)));
    peaks = f32x4.pmax(peaks, f32x4.abs(halves));
    // The larger of |a + b| and |a - b| is |a| + |b|.
    peaks = f32x4.pmax(peaks, f32x4.add(f32x4.abs(evens), f32x4.abs(odds)));
  }
  let peak = max(
    max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)),
    max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)),
  );
  for (; n < count; n++) {
    const newest = samples + (<usize>n << 2);
    let half: f32 = 0;
    let even: f32 = 0;
    let odd: f32 = 0;
    let weights = taps;
    for (let offset: usize = 0; offset < 48; offset += 4) {
      const older = load<f32>(newest + offset - 92);
      const newer = load<f32>(newest - offset);
      half += (older + newer) * load<f32>(weights);
      even += (older + newer) * load<f32>(weights, 4);
      odd += (older - newer) * load<f32>(weights, 8);
      weights += 12;
    }
    peak = max(peak, max(abs(load<f32>(newest)), max(abs(half), abs(even) + abs(odd))));
  }
  return peak;
}
