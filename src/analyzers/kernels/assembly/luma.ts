import { absoluteDifference, laneSum, quarterSums, scalarDifference, splat } from "./lanes";

/**
 * All sums of one luma plane, in one pass. Widths up to 65536: sums of a row stay below 2^32.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape; equal to `plane` where there is none
 * @param dark     largest value that counts as dark
 * @param out      address of six f64, whole numbers: sum, dark samples, sum of absolute differences to `previous`,
 *                 sum of absolute differences between neighbours (right and below), minimum, maximum
 */
function measureLuma<T>(plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32, out: usize): void {
  const lanes = 16 / sizeof<T>();
  const vectorEnd = width - (width % lanes);
  const darkLimit = splat<T>(dark);
  let sum: u64 = 0, darkSamples: u64 = 0, difference: u64 = 0, gradient: u64 = 0;
  let minima = splat<T>(<u32>0xffff), maxima = splat<T>(0);
  let minimum: u32 = 0xffff, maximum: u32 = 0;

  for (let y = 0; y < height; y++) {
    const row = plane + <usize>y * <usize>stride;
    const rowBefore = previous + <usize>y * <usize>stride;
    // The last row is its own neighbour below: no difference.
    const rowBelow = y + 1 < height ? row + <usize>stride : row;
    let rowSum = i32x4.splat(0), rowDifference = i32x4.splat(0), rowGradient = i32x4.splat(0);
    let rowDark: u32 = 0;
    let x = 0;

    for (; x < vectorEnd; x += lanes) {
      const at = <usize>x * sizeof<T>();
      const now = v128.load(row + at);
      const right = x + lanes < width ? v128.load(row + at + sizeof<T>()) : shiftedByOne<T>(now);
      rowSum = i32x4.add(rowSum, quarterSums<T>(now));
      rowDifference = i32x4.add(rowDifference, quarterSums<T>(absoluteDifference<T>(now, v128.load(rowBefore + at))));
      rowGradient = i32x4.add(rowGradient, quarterSums<T>(absoluteDifference<T>(now, right)));
      rowGradient = i32x4.add(rowGradient, quarterSums<T>(absoluteDifference<T>(now, v128.load(rowBelow + at))));
      rowDark += <u32>popcnt<i32>(v128.bitmask<T>(v128.le<T>(now, darkLimit)));
      minima = v128.min<T>(minima, now);
      maxima = v128.max<T>(maxima, now);
    }

    sum += laneSum(rowSum);
    difference += laneSum(rowDifference);
    gradient += laneSum(rowGradient);
    for (; x < width; x++) {
      const at = <usize>x * sizeof<T>();
      const now = <u32>load<T>(row + at);
      sum += now;
      difference += scalarDifference(now, <u32>load<T>(rowBefore + at));
      if (x + 1 < width) gradient += scalarDifference(now, <u32>load<T>(row + at + sizeof<T>()));
      gradient += scalarDifference(now, <u32>load<T>(rowBelow + at));
      rowDark += <u32>(now <= dark);
      minimum = min<u32>(minimum, now);
      maximum = max<u32>(maximum, now);
    }
    darkSamples += rowDark;
  }

  if (vectorEnd > 0) {
    v128.store(out, minima);
    v128.store(out + 16, maxima);
    for (let lane: usize = 0; lane < 16; lane += sizeof<T>()) {
      minimum = min<u32>(minimum, <u32>load<T>(out + lane));
      maximum = max<u32>(maximum, <u32>load<T>(out + 16 + lane));
    }
  }
  store<f64>(out, <f64>sum);
  store<f64>(out + 8, <f64>darkSamples);
  store<f64>(out + 16, <f64>difference);
  store<f64>(out + 24, <f64>gradient);
  store<f64>(out + 32, <f64>minimum);
  store<f64>(out + 40, <f64>maximum);
}

/** The vector's right neighbours where it ends the row: the last sample is its own. */
function shiftedByOne<T>(now: v128): v128 {
  if (sizeof<T>() == 1) return v128.shuffle<u8>(now, now, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 15);
  return v128.shuffle<u16>(now, now, 1, 2, 3, 4, 5, 6, 7, 7);
}

export function measureLuma8(plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32, out: usize): void {
  measureLuma<u8>(plane, previous, width, height, stride, dark, out);
}

export function measureLuma16(plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32, out: usize): void {
  measureLuma<u16>(plane, previous, width, height, stride, dark, out);
}
