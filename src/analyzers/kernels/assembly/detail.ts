import { absoluteDifference, laneSum, quarterSums } from "./lanes";

/**
 * How sharp and how noisy a luma plane is, in cells of 16 samples by 4 sampled rows. Cells lie where every sample has the
 * neighbours that are looked at: `columns` and `bands` say how many there are.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape; equal to `plane` where there is none
 * @param rowStep  rows from one sampled row to the next
 * @param near, far samples from one end of a step to the other; a step over `near` against one over `far` is an edge's width
 * @param out      address of ten u32 for each cell, row by row: sum of samples; sum of absolute differences to `previous`;
 *                 sums of the absolute diagonal detail of 2x2 samples that lie 1 and 2 apart; the largest difference over
 *                 `near` and over `far` samples across, then down; the smallest and the largest sample
 */
function measureDetail<T>(
  plane: usize, previous: usize, stride: i32, columns: i32, bands: i32, rowStep: i32, near: i32, far: i32, out: usize,
): void {
  const nearBytes = <usize>near * sizeof<T>(), farBytes = <usize>far * sizeof<T>();
  const rowBytes = <usize>stride;
  const nearRows = <usize>near * rowBytes, farRows = <usize>far * rowBytes;
  for (let band = 0; band < bands; band++) {
    const top = <usize>band * 4 * <usize>rowStep * rowBytes;
    for (let column = 0; column < columns; column++, out += 40) {
      let sum = i32x4.splat(0), difference = i32x4.splat(0), detail1 = i32x4.splat(0), detail2 = i32x4.splat(0);
      let nearAcross = i32x4.splat(0), farAcross = i32x4.splat(0), nearDown = i32x4.splat(0), farDown = i32x4.splat(0);
      let smallest = i32x4.splat(-1), largest = i32x4.splat(0);
      for (let r: usize = 0; r < 4; r++) {
        for (let half: usize = 0; half < sizeof<T>(); half++) {
          const offset = top + r * <usize>rowStep * rowBytes + <usize>column * 16 * sizeof<T>() + half * 16;
          const at = plane + offset;
          const now = v128.load(at);
          sum = i32x4.add(sum, quarterSums<T>(now));
          difference = i32x4.add(difference, quarterSums<T>(absoluteDifference<T>(now, v128.load(previous + offset))));
          nearAcross = v128.max<T>(nearAcross, absoluteDifference<T>(now, v128.load(at + nearBytes)));
          farAcross = v128.max<T>(farAcross, absoluteDifference<T>(now, v128.load(at + farBytes)));
          nearDown = v128.max<T>(nearDown, absoluteDifference<T>(now, v128.load(at + nearRows)));
          farDown = v128.max<T>(farDown, absoluteDifference<T>(now, v128.load(at + farRows)));
          smallest = v128.min<T>(smallest, now);
          largest = v128.max<T>(largest, now);
          detail1 = i32x4.add(detail1, diagonalDetail<T>(at, sizeof<T>(), rowBytes));
          detail2 = i32x4.add(detail2, diagonalDetail<T>(at, 2 * sizeof<T>(), 2 * rowBytes));
        }
      }
      store<u32>(out, <u32>laneSum(sum));
      store<u32>(out, <u32>laneSum(difference), 4);
      store<u32>(out, <u32>laneSum(detail1), 8);
      store<u32>(out, <u32>laneSum(detail2), 12);
      store<u32>(out, largestLane<T>(nearAcross), 16);
      store<u32>(out, largestLane<T>(farAcross), 20);
      store<u32>(out, largestLane<T>(nearDown), 24);
      store<u32>(out, largestLane<T>(farDown), 28);
      store<u32>(out, <u32>splatPeak<T>() - largestLane<T>(v128.not(smallest)), 32);
      store<u32>(out, largestLane<T>(largest), 36);
    }
  }
}

/** The largest value of a sample. */
function splatPeak<T>(): u32 {
  return sizeof<T>() == 1 ? 0xff : 0xffff;
}

/** |a - b - c + d| of the 2x2 samples at each place, added in quarters: what is left when no edge runs across or down. */
function diagonalDetail<T>(at: usize, across: usize, down: usize): v128 {
  const a = v128.load(at), b = v128.load(at + across), c = v128.load(at + down), d = v128.load(at + down + across);
  if (sizeof<T>() == 1) {
    const low = i16x8.sub(
      i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(d)),
      i16x8.add(i16x8.extend_low_i8x16_u(b), i16x8.extend_low_i8x16_u(c)),
    );
    const high = i16x8.sub(
      i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(d)),
      i16x8.add(i16x8.extend_high_i8x16_u(b), i16x8.extend_high_i8x16_u(c)),
    );
    return i32x4.dot_i16x8_s(i16x8.add(i16x8.abs(low), i16x8.abs(high)), i16x8.splat(1));
  }
  const low = i32x4.sub(
    i32x4.add(i32x4.extend_low_i16x8_u(a), i32x4.extend_low_i16x8_u(d)),
    i32x4.add(i32x4.extend_low_i16x8_u(b), i32x4.extend_low_i16x8_u(c)),
  );
  const high = i32x4.sub(
    i32x4.add(i32x4.extend_high_i16x8_u(a), i32x4.extend_high_i16x8_u(d)),
    i32x4.add(i32x4.extend_high_i16x8_u(b), i32x4.extend_high_i16x8_u(c)),
  );
  return i32x4.add(i32x4.abs(low), i32x4.abs(high));
}

function largestLane<T>(lanes: v128): u32 {
  let all = v128.max<T>(lanes, v128.shuffle<u8>(lanes, lanes, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  all = v128.max<T>(all, v128.shuffle<u8>(all, all, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
  all = v128.max<T>(all, v128.shuffle<u8>(all, all, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  if (sizeof<T>() == 2) return i16x8.extract_lane_u(all, 0);
  return max<u32>(<u32>i8x16.extract_lane_u(all, 0), <u32>i8x16.extract_lane_u(all, 1));
}

export function measureDetail8(
  plane: usize, previous: usize, stride: i32, columns: i32, bands: i32, rowStep: i32, near: i32, far: i32, out: usize,
): void {
  measureDetail<u8>(plane, previous, stride, columns, bands, rowStep, near, far, out);
}

export function measureDetail16(
  plane: usize, previous: usize, stride: i32, columns: i32, bands: i32, rowStep: i32, near: i32, far: i32, out: usize,
): void {
  measureDetail<u16>(plane, previous, stride, columns, bands, rowStep, near, far, out);
}
