import { absoluteDifference, readAhead, scalarDifference, splat } from "./lanes";

/** Samples along the sides of a cell. */
const side = 16;

/**
 * All sums of one luma plane and of its cells of 16x16 samples, in one pass: down each column of 16 bytes of a row of cells,
 * so that what a cell adds up stays in registers. Widths up to 65536.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape; equal to `plane` where there is none
 * @param dark     largest value that counts as dark
 * @param sums, differences addresses of one u32 for each cell, row by row: of its samples and of their absolute differences
 *                 to `previous`; the last cell of a row or column holds what is left
 * @param squares  address of one f64 for each cell, a whole number: of its samples' squares
 * @param out      address of six f64, whole numbers: sum, dark samples, sum of absolute differences to `previous`,
 *                 sum of absolute differences between neighbours (right and below), minimum, maximum
 */
function measureLuma<T>(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32,
  sums: usize, squares: usize, differences: usize, out: usize,
): void {
  const lanes = 16 / sizeof<T>();
  const columns = (width + side - 1) / side;
  const units = (width / side) * sizeof<T>();
  const vectorEnd = units * lanes;
  const darkLimit = splat<T>(dark), ones = i16x8.splat(1);
  let sum: u64 = 0, darkSamples: u64 = 0, difference: u64 = 0, gradient: u64 = 0;
  let minima = splat<T>(<u32>0xffff), maxima = splat<T>(0);
  let minimum: u32 = 0xffff, maximum: u32 = 0;

  for (let top = 0, cell: usize = 0; top < height; top += side, cell += <usize>columns) {
    const bottom = min<i32>(top + side, height);
    const strip = <usize>top * <usize>stride;
    readAhead(plane + strip, bottom - top, stride);
    readAhead(previous + strip, bottom - top, stride);
    let stripGradient = i64x2.splat(0), stripDark = i32x4.splat(0);

    for (let unit = 0; unit < units; unit++) {
      let at = plane + strip + (<usize>unit << 4), before = previous + strip + (<usize>unit << 4);
      const endsRow = unit * lanes + lanes == width;
      // Bytes: 16 rows of pairs fit 16 bits, and dark ones 8.
      let unitSum = i32x4.splat(0), unitDifference = i32x4.splat(0), unitGradient = i32x4.splat(0);
      let unitSquares = i32x4.splat(0), unitDark = i32x4.splat(0);
      let now = v128.load(at);
      for (let y = top + 1; y <= bottom; y++) {
        // The last row is its own neighbour below, and the last column its own to the right: no difference.
        const below = y < height ? v128.load(at + <usize>stride) : now;
        const right = endsRow ? shiftedByOne<T>(now) : v128.load(at + sizeof<T>());
        const change = absoluteDifference<T>(now, v128.load(before));
        const across = absoluteDifference<T>(now, right), down = absoluteDifference<T>(now, below);
        unitDark = v128.sub<T>(unitDark, v128.le<T>(now, darkLimit));
        minima = v128.min<T>(minima, now);
        maxima = v128.max<T>(maxima, now);
        if (sizeof<T>() == 1) {
          unitSum = i16x8.add(unitSum, i16x8.extadd_pairwise_i8x16_u(now));
          unitDifference = i16x8.add(unitDifference, i16x8.extadd_pairwise_i8x16_u(change));
          unitGradient = i16x8.add(unitGradient, i16x8.extadd_pairwise_i8x16_u(across));
          unitGradient = i16x8.add(unitGradient, i16x8.extadd_pairwise_i8x16_u(down));
          const low = i16x8.extend_low_i8x16_u(now), high = i16x8.extend_high_i8x16_u(now);
          unitSquares = i32x4.add(unitSquares, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
        } else {
          unitSum = i32x4.add(unitSum, i32x4.extadd_pairwise_i16x8_u(now));
          unitDifference = i32x4.add(unitDifference, i32x4.extadd_pairwise_i16x8_u(change));
          unitGradient = i32x4.add(unitGradient, i32x4.extadd_pairwise_i16x8_u(across));
          unitGradient = i32x4.add(unitGradient, i32x4.extadd_pairwise_i16x8_u(down));
          unitSquares = i64x2.add(unitSquares, squaresOf(now));
        }
        now = below;
        at += <usize>stride;
        before += <usize>stride;
      }

      if (sizeof<T>() == 1) {
        unitSum = i32x4.dot_i16x8_s(unitSum, ones);
        unitDifference = i32x4.dot_i16x8_s(unitDifference, ones);
        unitGradient = i32x4.dot_i16x8_s(unitGradient, ones);
        unitDark = i16x8.extadd_pairwise_i8x16_u(unitDark);
        unitSquares = i64x2.add(i64x2.extend_low_i32x4_u(unitSquares), i64x2.extend_high_i32x4_u(unitSquares));
      }
      stripDark = i32x4.add(stripDark, i32x4.dot_i16x8_s(unitDark, ones));
      stripGradient = i64x2.add(stripGradient, i64x2.extend_low_i32x4_u(unitGradient));
      stripGradient = i64x2.add(stripGradient, i64x2.extend_high_i32x4_u(unitGradient));
      // Sum and difference side by side, halves added, and halves of these.
      let both = i32x4.add(
        v128.shuffle<i32>(unitSum, unitDifference, 0, 4, 1, 5),
        v128.shuffle<i32>(unitSum, unitDifference, 2, 6, 3, 7),
      );
      both = i32x4.add(both, v128.shuffle<i32>(both, both, 2, 3, 0, 1));
      const cellSum = <u32>i32x4.extract_lane(both, 0), cellDifference = <u32>i32x4.extract_lane(both, 1);
      const cellSquares = <f64>pairSum(unitSquares);
      sum += cellSum;
      difference += cellDifference;
      const to = cell + <usize>(unit / sizeof<T>());
      // A cell of samples of 16 bits is two columns wide.
      const isSecond = unit % sizeof<T>() != 0;
      store<u32>(sums + (to << 2), isSecond ? load<u32>(sums + (to << 2)) + cellSum : cellSum);
      store<u32>(differences + (to << 2), isSecond ? load<u32>(differences + (to << 2)) + cellDifference : cellDifference);
      store<f64>(squares + (to << 3), isSecond ? load<f64>(squares + (to << 3)) + cellSquares : cellSquares);
    }
    gradient += pairSum(stripGradient);
    darkSamples += pairSum(i64x2.add(i64x2.extend_low_i32x4_u(stripDark), i64x2.extend_high_i32x4_u(stripDark)));

    if (vectorEnd == width) continue;
    let cellSum: u32 = 0, cellDifference: u32 = 0, cellSquares: u64 = 0;
    for (let y = top; y < bottom; y++) {
      const row = plane + <usize>y * <usize>stride, rowBefore = previous + <usize>y * <usize>stride;
      for (let x = vectorEnd; x < width; x++) {
        const at = <usize>x * sizeof<T>();
        const now = <u32>load<T>(row + at);
        cellSum += now;
        cellSquares += <u64>now * <u64>now;
        cellDifference += scalarDifference(now, <u32>load<T>(rowBefore + at));
        if (x + 1 < width) gradient += scalarDifference(now, <u32>load<T>(row + at + sizeof<T>()));
        if (y + 1 < height) gradient += scalarDifference(now, <u32>load<T>(row + <usize>stride + at));
        darkSamples += <u64>(now <= dark);
        minimum = min<u32>(minimum, now);
        maximum = max<u32>(maximum, now);
      }
    }
    sum += cellSum;
    difference += cellDifference;
    const to = cell + <usize>columns - 1;
    store<u32>(sums + (to << 2), cellSum);
    store<u32>(differences + (to << 2), cellDifference);
    store<f64>(squares + (to << 3), <f64>cellSquares);
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

/** The squares of eight samples of 16 bits, added up in two lanes. A square takes 32 bits: it is widened before any is added. */
function squaresOf(now: v128): v128 {
  const low = i32x4.extmul_low_i16x8_u(now, now), high = i32x4.extmul_high_i16x8_u(now, now);
  return i64x2.add(
    i64x2.add(i64x2.extend_low_i32x4_u(low), i64x2.extend_high_i32x4_u(low)),
    i64x2.add(i64x2.extend_low_i32x4_u(high), i64x2.extend_high_i32x4_u(high)),
  );
}

function pairSum(lanes: v128): u64 {
  return <u64>i64x2.extract_lane(lanes, 0) + <u64>i64x2.extract_lane(lanes, 1);
}

export function measureLuma8(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32,
  sums: usize, squares: usize, differences: usize, out: usize,
): void {
  measureLuma<u8>(plane, previous, width, height, stride, dark, sums, squares, differences, out);
}

export function measureLuma16(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, dark: u32,
  sums: usize, squares: usize, differences: usize, out: usize,
): void {
  measureLuma<u16>(plane, previous, width, height, stride, dark, sums, squares, differences, out);
}
