import { absoluteDifference, readAhead, scalarDifference } from "./lanes";

/**
 * Sums of each cell of a plane: of its samples, of their squares and of their absolute differences to the plane before.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape; equal to `plane` where there is none
 * @param cellWidth, cellHeight samples along the sides of a cell, the width 4, 8 or 16; the last cell of a row or
 *                 column holds what is left
 * @param sums, differences addresses of one u32 for each cell, row by row
 * @param squares  address of one f64 for each cell, a whole number
 */
function measureCells<T>(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, cellWidth: i32, cellHeight: i32,
  sums: usize, squares: usize, differences: usize,
): void {
  const columns = (width + cellWidth - 1) / cellWidth;
  // Cells of bytes that lie in whole vectors: one, two or four in each.
  const inVectors = sizeof<T>() == 1 ? (width / 16) * (16 / cellWidth) : 0;
  let cell: usize = 0;
  for (let top = 0; top < height; top += cellHeight) {
    const bottom = min<i32>(top + cellHeight, height);
    const row = <usize>top * <usize>stride;
    readAhead(plane + row, bottom - top, stride);
    readAhead(previous + row, bottom - top, stride);
    for (let left = 0; left + 16 <= width && sizeof<T>() == 1; left += 16, cell += 16 / cellWidth) {
      cellsOfVector(plane + row + left, previous + row + left, bottom - top, stride, cellWidth,
        sums + (cell << 2), squares + (cell << 3), differences + (cell << 2));
    }
    for (let column = inVectors; column < columns; column++, cell++) {
      const left = column * cellWidth;
      const right = min<i32>(left + cellWidth, width);
      const at = plane + <usize>top * <usize>stride + <usize>left * sizeof<T>();
      const before = previous + <usize>top * <usize>stride + <usize>left * sizeof<T>();
      if (right - left == cellWidth) wholeCell<T>(at, before, bottom - top, stride, cellWidth);
      else partOfCell<T>(at, before, right - left, bottom - top, stride);
      store<u32>(sums + (cell << 2), <u32>cellSum);
      store<f64>(squares + (cell << 3), <f64>cellSquares);
      store<u32>(differences + (cell << 2), <u32>cellDifference);
    }
  }
}

/** The cells of 4, 8 or 16 bytes that lie side by side in one vector, down all their rows: 128 at most. */
function cellsOfVector(
  at: usize, before: usize, rows: i32, stride: i32, width: i32, sums: usize, squares: usize, differences: usize,
): void {
  let sum = i16x8.splat(0), difference = i16x8.splat(0), lowSquares = i32x4.splat(0), highSquares = i32x4.splat(0);
  for (let y = 0; y < rows; y++, at += <usize>stride, before += <usize>stride) {
    const now = v128.load(at);
    sum = i16x8.add(sum, i16x8.extadd_pairwise_i8x16_u(now));
    difference = i16x8.add(difference, i16x8.extadd_pairwise_i8x16_u(absoluteDifference<u8>(now, v128.load(before))));
    const low = i16x8.extend_low_i8x16_u(now), high = i16x8.extend_high_i8x16_u(now);
    lowSquares = i32x4.add(lowSquares, i32x4.dot_i16x8_s(low, low));
    highSquares = i32x4.add(highSquares, i32x4.dot_i16x8_s(high, high));
  }
  // Now a lane for each four samples of a row.
  let square = i32x4.add(
    v128.shuffle<i32>(lowSquares, highSquares, 0, 2, 4, 6),
    v128.shuffle<i32>(lowSquares, highSquares, 1, 3, 5, 7),
  );
  sum = i32x4.extadd_pairwise_i16x8_u(sum);
  difference = i32x4.extadd_pairwise_i16x8_u(difference);
  if (width == 4) {
    v128.store(sums, sum);
    v128.store(differences, difference);
    v128.store(squares, f64x2.convert_low_i32x4_u(square));
    v128.store(squares + 16, f64x2.convert_low_i32x4_u(v128.shuffle<i32>(square, square, 2, 3, 0, 1)));
    return;
  }
  sum = neighbours(sum);
  difference = neighbours(difference);
  square = neighbours(square);
  if (width == 8) {
    v128.store64_lane(sums, sum, 0);
    v128.store64_lane(differences, difference, 0);
    v128.store(squares, f64x2.convert_low_i32x4_u(square));
    return;
  }
  v128.store32_lane(sums, neighbours(sum), 0);
  v128.store32_lane(differences, neighbours(difference), 0);
  v128.store64_lane(squares, f64x2.convert_low_i32x4_u(neighbours(square)), 0);
}

/** The sums of the first two lanes and of the other two, in that order. */
function neighbours(lanes: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(lanes, lanes, 0, 2, 0, 2), v128.shuffle<i32>(lanes, lanes, 1, 3, 1, 3));
}

/** What the cell measured last gave: functions of the kernels return one value at most. */
let cellSum: u64 = 0, cellSquares: u64 = 0, cellDifference: u64 = 0;

/** 16, 8 or 4 bytes; what is not asked for is 0, which adds nothing. */
function loadBytes(at: usize, bytes: usize): v128 {
  if (bytes == 16) return v128.load(at);
  return bytes == 8 ? v128.load_zero<u64>(at) : v128.load_zero<u32>(at);
}

/** A cell whose rows are 4, 8 or 16 samples long. */
function wholeCell<T>(at: usize, before: usize, rows: i32, stride: i32, width: i32): void {
  let sum = i32x4.splat(0), square = i64x2.splat(0), difference = i32x4.splat(0);
  for (let y = 0; y < rows; y++, at += <usize>stride, before += <usize>stride) {
    if (sizeof<T>() == 1) {
      const now = loadBytes(at, <usize>width);
      const then = loadBytes(before, <usize>width);
      const low = i16x8.extend_low_i8x16_u(now), high = i16x8.extend_high_i8x16_u(now);
      sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.add(low, high)));
      difference = i32x4.add(
        difference,
        i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(absoluteDifference<T>(now, then))),
      );
      // Squares of bytes: a cell's sum of them fits 32 bits.
      square = i32x4.add(square, i32x4.add(i32x4.dot_i16x8_s(low, low), i32x4.dot_i16x8_s(high, high)));
    } else {
      const bytes = <usize>width << 1;
      for (let half: usize = 0; half < bytes; half += 16) {
        const now = loadBytes(at + half, min<usize>(bytes, 16));
        sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(now));
        difference = i32x4.add(
          difference,
          i32x4.extadd_pairwise_i16x8_u(absoluteDifference<T>(now, loadBytes(before + half, min<usize>(bytes, 16)))),
        );
        // A square takes 32 bits, so that two of them may not be added before they are widened.
        const low = i32x4.extmul_low_i16x8_u(now, now), high = i32x4.extmul_high_i16x8_u(now, now);
        square = i64x2.add(square, i64x2.add(i64x2.extend_low_i32x4_u(low), i64x2.extend_high_i32x4_u(low)));
        square = i64x2.add(square, i64x2.add(i64x2.extend_low_i32x4_u(high), i64x2.extend_high_i32x4_u(high)));
      }
    }
  }
  cellSum = quarters(sum);
  cellDifference = quarters(difference);
  cellSquares =
    sizeof<T>() == 1 ? quarters(square) : <u64>i64x2.extract_lane(square, 0) + <u64>i64x2.extract_lane(square, 1);
}

function quarters(lanes: v128): u64 {
  return (
    <u64>(<u32>i32x4.extract_lane(lanes, 0)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 1)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 2)) +
    <u64>(<u32>i32x4.extract_lane(lanes, 3))
  );
}

/** A cell at the right edge that is narrower than a vector. */
function partOfCell<T>(at: usize, before: usize, columns: i32, rows: i32, stride: i32): void {
  cellSum = cellSquares = cellDifference = 0;
  for (let y = 0; y < rows; y++, at += <usize>stride, before += <usize>stride) {
    for (let x: usize = 0; x < <usize>columns * sizeof<T>(); x += sizeof<T>()) {
      const now = <u32>load<T>(at + x);
      cellSum += now;
      cellSquares += <u64>now * <u64>now;
      cellDifference += scalarDifference(now, <u32>load<T>(before + x));
    }
  }
}

export function measureCells8(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, cellWidth: i32, cellHeight: i32,
  sums: usize, squares: usize, differences: usize,
): void {
  measureCells<u8>(plane, previous, width, height, stride, cellWidth, cellHeight, sums, squares, differences);
}

export function measureCells16(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, cellWidth: i32, cellHeight: i32,
  sums: usize, squares: usize, differences: usize,
): void {
  measureCells<u16>(plane, previous, width, height, stride, cellWidth, cellHeight, sums, squares, differences);
}
