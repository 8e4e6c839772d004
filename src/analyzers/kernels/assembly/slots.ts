/**
 * Adds samples of one channel up in slots, with their second differences. The two samples before them must lie there too.
 *
 * @param slotSamples samples of each slot, whatever the windows are
 * @param state       address of seven f64 that go on from call to call, zeros at the start: how many samples are in the slot
 *                    that is not full, the sums of their squares, of themselves, and of the squares of their second
 *                    differences, the largest of those squares, how many are the same as the one before, and the highest
 *                    sample above 0
 * @param slots       address of six f64 for each slot that is full: mean square without the mean, mean square of the second
 *                    differences, the largest of these squares, the mean, the share of samples that are the same as the one before,
 *                    the highest sample, 0 where none is above that
 * @returns how many slots are full
 */
export function sumSlots(samples: usize, count: i32, slotSamples: i32, state: usize, slots: usize): i32 {
  let filled = <i32>load<f64>(state);
  let energy = load<f64>(state, 8);
  let sum = load<f64>(state, 16);
  let difference = load<f64>(state, 24);
  let largest = load<f64>(state, 32);
  let same = <i32>load<f64>(state, 40);
  let highest = load<f64>(state, 48);
  let full = 0;
  for (let n = 0; n < count; ) {
    const end = min(count, n + slotSamples - filled);
    filled += end - n;
    const vectorEnd = end - 3;
    let energies = f64x2.splat(0), sums = f64x2.splat(0), differences = f64x2.splat(0), maxima = f32x4.splat(0), peaks = f32x4.splat(0);
    for (; n < vectorEnd; n += 4) {
      const at = samples + (<usize>n << 2);
      const values = v128.load(at);
      const old = v128.load(at - 4);
      const second = f32x4.add(f32x4.sub(values, f32x4.add(old, old)), v128.load(at - 8));
      const squares = f32x4.mul(second, second);
      same += popcnt(i32x4.bitmask(f32x4.eq(values, old)));
      maxima = f32x4.pmax(maxima, squares);
      peaks = f32x4.pmax(peaks, values);
      const low = f64x2.promote_low_f32x4(values);
      const high = f64x2.promote_low_f32x4(i64x2.shuffle(values, values, 1, 0));
      sums = f64x2.add(sums, f64x2.add(low, high));
      energies = f64x2.add(energies, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      const highSquares = f64x2.promote_low_f32x4(i64x2.shuffle(squares, squares, 1, 0));
      differences = f64x2.add(differences, f64x2.add(f64x2.promote_low_f32x4(squares), highSquares));
    }
    energy += f64x2.extract_lane(energies, 0) + f64x2.extract_lane(energies, 1);
    sum += f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
    difference += f64x2.extract_lane(differences, 0) + f64x2.extract_lane(differences, 1);
    largest = max(largest, <f64>max(f32x4.extract_lane(maxima, 0), f32x4.extract_lane(maxima, 1)));
    largest = max(largest, <f64>max(f32x4.extract_lane(maxima, 2), f32x4.extract_lane(maxima, 3)));
    highest = max(highest, <f64>max(f32x4.extract_lane(peaks, 0), f32x4.extract_lane(peaks, 1)));
    highest = max(highest, <f64>max(f32x4.extract_lane(peaks, 2), f32x4.extract_lane(peaks, 3)));
    for (; n < end; n++) {
      const at = samples + (<usize>n << 2);
      const value = <f64>load<f32>(at);
      if (load<f32>(at) == load<f32>(at - 4)) same++;
      const second = value - 2 * <f64>load<f32>(at - 4) + <f64>load<f32>(at - 8);
      sum += value;
      highest = max(highest, value);
      energy += value * value;
      difference += second * second;
      largest = max(largest, second * second);
    }
    if (filled < slotSamples) break;
    const slot = slots + <usize>(48 * full);
    full++;
    // Without its mean: a sample that is held is nothing too.
    store<f64>(slot, max<f64>(0, energy - (sum * sum) / <f64>slotSamples) / <f64>slotSamples);
    store<f64>(slot, difference / <f64>slotSamples, 8);
    store<f64>(slot, largest, 16);
    store<f64>(slot, sum / <f64>slotSamples, 24);
    store<f64>(slot, <f64>same / <f64>slotSamples, 32);
    store<f64>(slot, highest, 40);
    filled = same = 0;
    energy = sum = difference = largest = highest = 0;
  }
  store<f64>(state, filled);
  store<f64>(state, energy, 8);
  store<f64>(state, sum, 16);
  store<f64>(state, difference, 24);
  store<f64>(state, largest, 32);
  store<f64>(state, same, 40);
  store<f64>(state, highest, 48);
  return full;
}
