import { absoluteDifference, splat } from "./lanes";

/** Samples along the sides of a cell. */
const side = 16;
/** Rows of a cell in which its vertical boundaries are looked at: every second one, which is one field of an interlaced frame. */
const rowsLookedAt = side / 2;
/** A boundary is a step if it is one in this many of the rows looked at, or of the columns of a cell. */
const rowsWithStep = 6, columnsWithStep = 12;
const mostWithout = rowsLookedAt - rowsWithStep;

/**
 * Looks for sharp steps along the boundaries of a grid of 16x16 cells, and along the same lines moved by 1..15 samples, which
 * tell how many steps the picture has anyway. A sample steps if it differs from the one before by `smallest` or more, and by
 * more than twice as much as its neighbours on either side differ from theirs: an edge of the scene is seldom that sharp.
 * Cells that the picture does not fill, the first ones across and down, and the last sample are passed over.
 *
 * @param plane address of the first sample; rows lie `stride` bytes apart
 * @param flags address of one byte for each cell: 1 a step at its left boundary, 2 at its upper one
 * @param across address of 16 u32: for each shift to the right, vertical boundaries that are steps
 * @param down   address of 16 u32: for each shift down, horizontal ones; shifts 0, 4, 8, 10 and 12 are looked at
 */
function measureGrid<T>(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, flags: usize, across: usize, down: usize,
): void {
  const columns = (width + side - 1) / side;
  const wholeColumns = width / side;
  const limit = splat<T>(smallest - 1);
  const columnBytes: usize = side * sizeof<T>();
  for (let top = 0; top < height; top += side, flags += columns) {
    memory.fill(flags, 0, columns);
    const row = plane + <usize>top * <usize>stride;
    if (top + side <= height) {
      for (let column = 1; column * side + side < width; column++) {
        let steps = verticalSteps<T>(row + <usize>column * columnBytes, stride, limit);
        if (steps & 1) store<u8>(flags + column, 1);
        for (; steps != 0; steps &= steps - 1) countOne(across, ctz(steps));
      }
    }
    if (top == 0) continue;
    for (let shift = 0; shift < side && top + shift + 1 < height; shift += shift < 8 ? 4 : 2) {
      if (shift > 12) break;
      const line = row + <usize>shift * <usize>stride;
      for (let column = 0; column < wholeColumns; column++) {
        if (horizontalSteps<T>(line + <usize>column * columnBytes, stride, limit) < columnsWithStep) continue;
        countOne(down, shift);
        if (shift == 0) store<u8>(flags + column, load<u8>(flags + column) | 2);
      }
    }
  }
}

function countOne(counts: usize, shift: i32): void {
  const at = counts + (<usize>shift << 2);
  store<u32>(at, load<u32>(at) + 1);
}

/** Lanes whose sample `now` does not step away from `before`; beyond each of them lies one more. */
function stepless<T>(beyondBefore: v128, before: v128, now: v128, beyond: v128, limit: v128): v128 {
  const beside = v128.max<T>(absoluteDifference<T>(before, beyondBefore), absoluteDifference<T>(beyond, now));
  return v128.le<T>(absoluteDifference<T>(now, before), v128.max<T>(v128.add_sat<T>(beside, beside), limit));
}

/** A bit for each of the 16 columns of a cell whose left boundary is a step. */
function verticalSteps<T>(cell: usize, stride: i32, limit: v128): i32 {
  const lanes = 16 / sizeof<T>();
  const size = sizeof<T>();
  let bits = 0;
  for (let part = 0; part < side; part += lanes) {
    let at = cell + <usize>part * size;
    let rowsWithout = splat<T>(0);
    for (let y = 0; y < rowsLookedAt; y++, at += <usize>stride << 1) {
      rowsWithout = v128.sub<T>(rowsWithout, stepless<T>(
        v128.load(at - 2 * size), v128.load(at - size), v128.load(at), v128.load(at + size), limit,
      ));
      // In most cells there is no column left soon that could become a step.
      if (y >= mostWithout && !v128.any_true(v128.le<T>(rowsWithout, splat<T>(mostWithout)))) break;
    }
    bits |= v128.bitmask<T>(v128.le<T>(rowsWithout, splat<T>(mostWithout))) << part;
  }
  return bits;
}

/** How many of the 16 samples of a line step away from those above them. */
function horizontalSteps<T>(line: usize, stride: i32, limit: v128): i32 {
  const columnBytes: usize = side * sizeof<T>();
  let count = side;
  for (let part: usize = 0; part < columnBytes; part += 16) {
    const at = line + part;
    const none = stepless<T>(
      v128.load(at - (<usize>stride << 1)), v128.load(at - stride), v128.load(at), v128.load(at + stride), limit,
    );
    count -= popcnt<i32>(v128.bitmask<T>(none));
  }
  return count;
}

export function measureGrid8(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, flags: usize, across: usize, down: usize,
): void {
  memory.fill(across, 0, 64);
  memory.fill(down, 0, 64);
  measureGrid<u8>(plane, width, height, stride, smallest, flags, across, down);
}

export function measureGrid16(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, flags: usize, across: usize, down: usize,
): void {
  memory.fill(across, 0, 64);
  memory.fill(down, 0, 64);
  measureGrid<u16>(plane, width, height, stride, smallest, flags, across, down);
}
