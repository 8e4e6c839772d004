import { absoluteDifference, laneSum, quarterSums, scalarDifference } from "./lanes";

/**
 * Sum of absolute differences of two planes of one shape, a whole number: for chroma, where nothing else is asked.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it
 */
function sumDifferences<T>(plane: usize, previous: usize, width: i32, height: i32, stride: i32): f64 {
  const lanes = 16 / sizeof<T>();
  const vectorEnd = width - (width % lanes);
  let sum: u64 = 0;
  for (let y = 0; y < height; y++) {
    const row = plane + <usize>y * <usize>stride;
    const rowBefore = previous + <usize>y * <usize>stride;
    let rowSum = i32x4.splat(0);
    let x = 0;
    for (; x < vectorEnd; x += lanes) {
      const at = <usize>x * sizeof<T>();
      rowSum = i32x4.add(rowSum, quarterSums<T>(absoluteDifference<T>(v128.load(row + at), v128.load(rowBefore + at))));
    }
    sum += laneSum(rowSum);
    for (; x < width; x++) {
      const at = <usize>x * sizeof<T>();
      sum += scalarDifference(<u32>load<T>(row + at), <u32>load<T>(rowBefore + at));
    }
  }
  return <f64>sum;
}

export function sumDifferences8(plane: usize, previous: usize, width: i32, height: i32, stride: i32): f64 {
  return sumDifferences<u8>(plane, previous, width, height, stride);
}

export function sumDifferences16(plane: usize, previous: usize, width: i32, height: i32, stride: i32): f64 {
  return sumDifferences<u16>(plane, previous, width, height, stride);
}
