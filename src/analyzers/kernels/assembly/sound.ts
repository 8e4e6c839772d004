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
 * Filters samples by two second-order sections one after the other (transposed direct form II), the second of which has
 * the numerator 1, -2, 1.
 *
 * @param sections address of seven f64: b0, b1, b2, a1, a2 of the first section, a1, a2 of the second; a0 is 1
 * @param state    address of four f64, the sections' memory, kept from call to call; zeros at the start
 * @returns the sum of the squares of what comes out
 */
export function weighSamples(samples: usize, count: i32, sections: usize, state: usize): f64 {
  const b0 = load<f64>(sections);
  const b1 = load<f64>(sections, 8);
  const b2 = load<f64>(sections, 16);
  const a1 = load<f64>(sections, 24);
  const a2 = load<f64>(sections, 32);
  const c1 = load<f64>(sections, 40);
  const c2 = load<f64>(sections, 48);
  let p1 = load<f64>(state);
  let p2 = load<f64>(state, 8);
  let q1 = load<f64>(state, 16);
  let q2 = load<f64>(state, 24);
  let energy: f64 = 0;
  for (let n = 0; n < count; n++) {
    const x = <f64>load<f32>(samples + (<usize>n << 2));
    const y = b0 * x + p1;
    p1 = b1 * x - a1 * y + p2;
    p2 = b2 * x - a2 * y;
    const z = y + q1;
    q1 = q2 - 2 * y - c1 * z;
    q2 = y - c2 * z;
    energy += z * z;
  }
  store<f64>(state, settled(p1));
  store<f64>(state, settled(p2), 8);
  store<f64>(state, settled(q1), 16);
  store<f64>(state, settled(q2), 24);
  return energy;
}

/** Numbers that no sound leads to end at 0, before they become so small that processors are slow with them. */
function settled(value: f64): f64 {
  return abs(value) < 1e-30 ? 0 : value;
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
