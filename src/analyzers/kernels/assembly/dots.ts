/**
 * Finds isolated samples: brighter or darker by more than `threshold` than all eight samples that lie two away (left, right,
 * above, below and across the corners). Dots of up to three by three samples stand out so, and the two lines of a frame's
 * fields are never mixed.
 *
 * @param plane address of the first sample; rows lie `stride` bytes apart
 * @param most  how many places are kept
 * @param out   address of `most` pairs of u16: column and row of each, row by row
 * @returns how many there are, which may be more than were kept
 */
function findDots<T>(plane: usize, width: i32, height: i32, stride: i32, threshold: u32, most: i32, out: usize): i32 {
  const lanes = 16 / sizeof<T>();
  const limit = v128.splat<T>(<T>threshold);
  const aside: usize = 2 * sizeof<T>(), down = 2 * <usize>stride;
  const end = width - 2;
  let found = 0;
  if (end - 2 < lanes) return 0;
  for (let y = 2; y < height - 2; y++) {
    const row = plane + <usize>y * <usize>stride;
    for (let x = 2; x < end; x += lanes) {
      // The last vector of a row begins earlier, and leaves out what the one before it has seen.
      const from = min<i32>(x, end - lanes);
      const at = row + <usize>from * sizeof<T>();
      const now = v128.load(at);
      let left = v128.load(at - aside), right = v128.load(at + aside);
      let highest = v128.max<T>(left, right), lowest = v128.min<T>(left, right);
      let beyond = v128.max<T>(v128.sub_sat<T>(now, highest), v128.sub_sat<T>(lowest, now));
      if (!v128.any_true(v128.sub_sat<T>(beyond, limit))) continue;
      for (let line: usize = 0; line < 2; line++) {
        const other = line == 0 ? at - down : at + down;
        const middle = v128.load(other);
        left = v128.load(other - aside);
        right = v128.load(other + aside);
        highest = v128.max<T>(highest, v128.max<T>(middle, v128.max<T>(left, right)));
        lowest = v128.min<T>(lowest, v128.min<T>(middle, v128.min<T>(left, right)));
      }
      beyond = v128.max<T>(v128.sub_sat<T>(now, highest), v128.sub_sat<T>(lowest, now));
      let hits = <u32>v128.bitmask<T>(v128.gt<T>(beyond, limit));
      hits = (hits >> (x - from)) << (x - from);
      while (hits != 0) {
        const lane = ctz<u32>(hits);
        hits &= hits - 1;
        if (found < most) {
          store<u16>(out + (<usize>found << 2), <u16>(from + <i32>lane));
          store<u16>(out + (<usize>found << 2), <u16>y, 2);
        }
        found++;
      }
    }
  }
  return found;
}

export function findDots8(plane: usize, width: i32, height: i32, stride: i32, threshold: u32, most: i32, out: usize): i32 {
  return findDots<u8>(plane, width, height, stride, threshold, most, out);
}

export function findDots16(plane: usize, width: i32, height: i32, stride: i32, threshold: u32, most: i32, out: usize): i32 {
  return findDots<u16>(plane, width, height, stride, threshold, most, out);
}
