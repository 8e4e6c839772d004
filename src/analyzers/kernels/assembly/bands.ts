/** Stands for a block that is not flat. */
const uneven: u16 = 0xffff;
/** Blocks along the sides of a tile: one vector of them. */
const tileSide: i32 = 8;
/** Blocks from one side of a contour to the other: the one between them may hold the contour itself, or, deblocked, the two. */
const near: i32 = 2;
const reach: i32 = 3;

/**
 * False contours: steps of a few levels between two places that are perfectly flat.
 *
 * The plane is taken in blocks of 4x4 samples; one is flat when all its samples are equal. A contour lies between two flat
 * blocks, two blocks apart, or three where the second is not flat, whose levels differ by at most `highest` and by at least 1/126 of their height above black:
 * a smaller step is not seen. Up and down count against each other, so that what goes to and fro adds up to nothing.
 *
 * @param black   level of black, on the scale of 12 bits at most, as all levels here
 * @param highest largest step
 * @param grid    address of (columns + 11) · (rows + 3) u16, scratch, where columns and rows are those of whole blocks
 * @param tiles   address of three i32 for each tile of 8x8 blocks, row by row: flat blocks, steps up less steps down from
 *                left to right, and from top to bottom
 */
function measureBands<T>(
  plane: usize, width: i32, height: i32, stride: i32, bitDepth: i32, black: i32, highest: i32, grid: usize, tiles: usize,
): void {
  const columns = width >> 2, rows = height >> 2;
  const pitch = <usize>(columns + tileSide + reach) << 1;
  memory.fill(grid, 0xff, pitch * <usize>(rows + reach));
  for (let y = 0; y < rows; y++) {
    blocksOfRow<T>(plane + <usize>(4 * y) * <usize>stride, <usize>stride, columns, bitDepth, grid + <usize>y * pitch);
  }

  const none = i16x8.splat(<i16>uneven), foot = i16x8.splat(<i16>black), most = i16x8.splat(<i16>highest);
  for (let top = 0; top < rows; top += tileSide) {
    const bottom = min<i32>(top + tileSide, rows);
    for (let left = 0; left < columns; left += tileSide) {
      let flat = 0, across = 0, down = 0;
      for (let y = top; y < bottom; y++) {
        const at = grid + <usize>y * pitch + (<usize>left << 1);
        const here = v128.load(at);
        const isFlat = v128.not(i16x8.eq(here, none));
        if (!v128.any_true(isFlat)) continue;
        flat += popcnt<i32>(i16x8.bitmask(isFlat));
        const height12 = i16x8.sub_sat_u(here, foot);
        across += steps(here, isFlat, height12, flatBeyond(at, 2, none), none, most);
        down += steps(here, isFlat, height12, flatBeyond(at, pitch, none), none, most);
      }
      store<i32>(tiles, flat);
      store<i32>(tiles + 4, across);
      store<i32>(tiles + 8, down);
      tiles += 12;
    }
  }
}

/** For each of eight blocks the one on the other side of a contour, which lies in blocks that are `pitch` bytes apart. */
function flatBeyond(at: usize, pitch: usize, none: v128): v128 {
  const nearer = v128.load(at + pitch * <usize>near);
  return v128.bitselect(v128.load(at + pitch * <usize>reach), nearer, i16x8.eq(nearer, none));
}

/** How many of eight blocks have a contour up to `there`, less those that have one down. */
function steps(here: v128, isFlat: v128, height: v128, there: v128, none: v128, most: v128): i32 {
  const step = i16x8.sub(there, here);
  const size = i16x8.abs(step);
  // A step may not be larger than 128 on this scale, so that 126 times it fits 15 bits.
  const isSeen = i16x8.ge_s(i16x8.mul(i16x8.min_u(size, most), i16x8.splat(126)), height);
  const isStep = v128.and(v128.and(isSeen, i16x8.le_u(size, most)), v128.andnot(isFlat, i16x8.eq(there, none)));
  const up = i16x8.bitmask(v128.and(isStep, i16x8.gt_s(step, i16x8.splat(0))));
  const down = i16x8.bitmask(v128.and(isStep, i16x8.lt_s(step, i16x8.splat(0))));
  return popcnt<i32>(up) - popcnt<i32>(down);
}

/** The levels of a row of blocks, and `uneven` for those that are not flat. */
function blocksOfRow<T>(row: usize, stride: usize, columns: i32, bitDepth: i32, target: usize): void {
  const loss = max<i32>(0, bitDepth - 12);
  const vectorEnd = columns - (columns % 4);
  let x = 0;
  for (; x < vectorEnd; x += 4, target += 8) {
    if (sizeof<T>() == 1) {
      v128.store64_lane(target, fourBlocks(row + (<usize>x << 2), stride), 0);
    } else {
      twoBlocks(row + (<usize>x << 3), stride, loss, target);
      twoBlocks(row + (<usize>x << 3) + 16, stride, loss, target + 4);
    }
  }
  for (; x < columns; x++, target += 2) {
    const first = load<T>(row + (<usize>x << 2) * sizeof<T>());
    let same = true;
    for (let at: usize = 0; at < 16; at++) {
      same = same && load<T>(row + (at >> 2) * stride + ((<usize>x << 2) + (at & 3)) * sizeof<T>()) == first;
    }
    store<u16>(target, same ? <u16>((<u32>first) >> loss) : uneven);
  }
}

/** Four blocks of bytes, as u16 in the lower half. */
function fourBlocks(at: usize, stride: usize): v128 {
  const a = v128.load(at), b = v128.load(at + stride), c = v128.load(at + 2 * stride), d = v128.load(at + 3 * stride);
  // What a sample has against the one on its right in the block, the last one against the first.
  const turned = i8x16.shuffle(a, a, 1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12);
  const differs = v128.or(v128.or(v128.xor(a, b), v128.xor(a, c)), v128.or(v128.xor(a, d), v128.xor(a, turned)));
  const isFlat = i32x4.eq(differs, i32x4.splat(0));
  const levels = v128.or(v128.and(a, i32x4.splat(0xff)), v128.not(isFlat));
  return i16x8.narrow_i32x4_s(levels, levels);
}

/** Two blocks of u16. */
function twoBlocks(at: usize, stride: usize, loss: i32, target: usize): void {
  const a = v128.load(at), b = v128.load(at + stride), c = v128.load(at + 2 * stride), d = v128.load(at + 3 * stride);
  const turned = i16x8.shuffle(a, a, 1, 2, 3, 0, 5, 6, 7, 4);
  const differs = v128.or(v128.or(v128.xor(a, b), v128.xor(a, c)), v128.or(v128.xor(a, d), v128.xor(a, turned)));
  const isFlat = i64x2.eq(differs, i64x2.splat(0));
  const levels = v128.or(i16x8.shr_u(a, loss), v128.not(isFlat));
  v128.store16_lane(target, levels, 0);
  v128.store16_lane(target + 2, levels, 4);
}

export function measureBands8(
  plane: usize, width: i32, height: i32, stride: i32, bitDepth: i32, black: i32, highest: i32, grid: usize, tiles: usize,
): void {
  measureBands<u8>(plane, width, height, stride, bitDepth, black, highest, grid, tiles);
}

export function measureBands16(
  plane: usize, width: i32, height: i32, stride: i32, bitDepth: i32, black: i32, highest: i32, grid: usize, tiles: usize,
): void {
  measureBands<u16>(plane, width, height, stride, bitDepth, black, highest, grid, tiles);
}
