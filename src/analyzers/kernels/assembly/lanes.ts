/**
 * What every kernel needs to add up SIMD lanes. `T` is the type of a sample: u8, or u16 for 9 to 16 bit.
 * A vector holds 16 samples of u8 or 8 of u16.
 */

/** Absolute differences, lane by lane. */
export function absoluteDifference<T>(a: v128, b: v128): v128 {
  return v128.sub<T>(v128.max<T>(a, b), v128.min<T>(a, b));
}

/** Four sums of neighbouring samples: at most 4 · 255 or 2 · 65535 each. */
export function quarterSums<T>(samples: v128): v128 {
  if (sizeof<T>() == 1) {
    // The sums of two bytes fit 15 bits, so that a signed multiply-add, the cheapest instruction, may add them.
    return i32x4.dot_i16x8_s(i16x8.extadd_pairwise_i8x16_u(samples), i16x8.splat(1));
  }
  return i32x4.extadd_pairwise_i16x8_u(samples);
}

/** The sum of four u32 lanes. */
export function laneSum(lanes: v128): u64 {
  return (
    (<u64>(<u32>i32x4.extract_lane(lanes, 0))) +
    (<u64>(<u32>i32x4.extract_lane(lanes, 1))) +
    (<u64>(<u32>i32x4.extract_lane(lanes, 2))) +
    (<u64>(<u32>i32x4.extract_lane(lanes, 3)))
  );
}

/** All lanes set to one sample. */
export function splat<T>(value: u32): v128 {
  return v128.splat<T>(<T>value);
}

/** The absolute difference of two samples. */
export function scalarDifference(a: u32, b: u32): u32 {
  return a > b ? a - b : b - a;
}

/** Reads rows one after the other, which processors foresee, so that they lie in the cache when they are read in columns. */
export function readAhead(rows: usize, count: i32, stride: i32): void {
  const end = rows + <usize>count * <usize>stride - <usize>stride;
  let all: u64 = 0;
  for (let at = rows; at < end; at += 64) all |= <u64>load<u8>(at);
  readBefore = all;
}

/** What was read ahead: a compiler may not leave out what is written here. */
let readBefore: u64 = 0;
