/**
 * Sums for spatial and temporal information (ITU-T P.910, clauses 7.7.1 and 7.7.2): of the length of Sobel's gradient and of
 * its square, and of the difference to the plane before and of its square.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape; equal to `plane` where there is none
 * @param step     every so manieth row is measured
 * @param shift    samples are divided by 2 to the power of it, so that 10 bits are left at most
 * @param out      address of six f64: sum of gradients, sum of their squares, number of gradients (the picture's border has
 *                 none), sum of differences, sum of their squares, number of differences. Squares are added up in single precision
 */
function measureInformation<T>(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, out: usize,
): void {
  const gradientEnd = 1 + ((max<i32>(width - 2, 0) / 8) * 8);
  const vectorEnd = width - (width % 8);
  let gradients: f64 = 0, squares: f64 = 0, gradientCount: u64 = 0;
  let difference: i64 = 0, differenceSquares: f64 = 0, differenceCount: u64 = 0;

  for (let y = step >> 1; y < height; y += step) {
    const row = plane + <usize>y * <usize>stride, rowBefore = previous + <usize>y * <usize>stride;
    let rowDifference = i32x4.splat(0), rowSquares = f32x4.splat(0);
    let x = 0;
    for (; x < vectorEnd; x += 8) {
      const at = <usize>x * sizeof<T>();
      const step = i16x8.sub(eight<T>(row + at, shift), eight<T>(rowBefore + at, shift));
      rowDifference = i32x4.add(rowDifference, i32x4.dot_i16x8_s(step, i16x8.splat(1)));
      rowSquares = f32x4.add(rowSquares, f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(step, step)));
    }
    difference += wholeSum(rowDifference);
    differenceSquares += realSum(rowSquares);
    for (; x < width; x++) {
      const at = <usize>x * sizeof<T>();
      const step = single<T>(row + at, shift) - single<T>(rowBefore + at, shift);
      difference += step;
      differenceSquares += <f64>(step * step);
    }
    differenceCount += width;

    if (y < 1 || y + 1 >= height || width < 3) continue;
    const above = row - <usize>stride, below = row + <usize>stride;
    let rowGradients = f32x4.splat(0);
    rowSquares = f32x4.splat(0);
    for (x = 1; x < gradientEnd; x += 8) {
      const left = <usize>(x - 1) * sizeof<T>(), at = left + sizeof<T>(), right = at + sizeof<T>();
      const aboveLeft = eight<T>(above + left, shift), aboveRight = eight<T>(above + right, shift);
      const belowLeft = eight<T>(below + left, shift), belowRight = eight<T>(below + right, shift);
      const middle = i16x8.shl(i16x8.sub(eight<T>(row + right, shift), eight<T>(row + left, shift)), 1);
      const upright = i16x8.shl(i16x8.sub(eight<T>(below + at, shift), eight<T>(above + at, shift)), 1);
      // (belowRight - aboveLeft) and (aboveRight - belowLeft) serve both directions.
      const falling = i16x8.sub(belowRight, aboveLeft), rising = i16x8.sub(aboveRight, belowLeft);
      const across = i16x8.add(middle, i16x8.add(falling, rising));
      const down = i16x8.add(upright, i16x8.sub(falling, rising));
      const low = v128.shuffle<u16>(across, down, 0, 8, 1, 9, 2, 10, 3, 11);
      const high = v128.shuffle<u16>(across, down, 4, 12, 5, 13, 6, 14, 7, 15);
      const lowSquares = f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(low, low));
      const highSquares = f32x4.convert_i32x4_s(i32x4.dot_i16x8_s(high, high));
      rowSquares = f32x4.add(rowSquares, f32x4.add(lowSquares, highSquares));
      rowGradients = f32x4.add(rowGradients, f32x4.add(f32x4.sqrt(lowSquares), f32x4.sqrt(highSquares)));
    }
    gradients += realSum(rowGradients);
    squares += realSum(rowSquares);
    for (; x < width - 1; x++) {
      const left = <usize>(x - 1) * sizeof<T>(), at = left + sizeof<T>(), right = at + sizeof<T>();
      const falling = single<T>(below + right, shift) - single<T>(above + left, shift);
      const rising = single<T>(above + right, shift) - single<T>(below + left, shift);
      const across = falling + rising + 2 * (single<T>(row + right, shift) - single<T>(row + left, shift));
      const down = falling - rising + 2 * (single<T>(below + at, shift) - single<T>(above + at, shift));
      const square = <f64>(across * across + down * down);
      squares += square;
      gradients += sqrt<f64>(square);
    }
    gradientCount += width - 2;
  }
  store<f64>(out, gradients);
  store<f64>(out + 8, squares);
  store<f64>(out + 16, <f64>gradientCount);
  store<f64>(out + 24, <f64>difference);
  store<f64>(out + 32, differenceSquares);
  store<f64>(out + 40, <f64>differenceCount);
}

/** Eight samples in 16 bit lanes. */
function eight<T>(at: usize, shift: i32): v128 {
  return sizeof<T>() == 1 ? v128.load8x8_u(at) : i16x8.shr_u(v128.load(at), shift);
}

function single<T>(at: usize, shift: i32): i32 {
  return <i32>load<T>(at) >> shift;
}

function wholeSum(lanes: v128): i64 {
  return (
    <i64>i32x4.extract_lane(lanes, 0) +
    <i64>i32x4.extract_lane(lanes, 1) +
    <i64>i32x4.extract_lane(lanes, 2) +
    <i64>i32x4.extract_lane(lanes, 3)
  );
}

function realSum(lanes: v128): f64 {
  return (
    <f64>f32x4.extract_lane(lanes, 0) +
    <f64>f32x4.extract_lane(lanes, 1) +
    <f64>f32x4.extract_lane(lanes, 2) +
    <f64>f32x4.extract_lane(lanes, 3)
  );
}

export function measureInformation8(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, out: usize,
): void {
  measureInformation<u8>(plane, previous, width, height, stride, step, shift, out);
}

export function measureInformation16(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, out: usize,
): void {
  measureInformation<u16>(plane, previous, width, height, stride, step, shift, out);
}
