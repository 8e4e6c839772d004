/**
 * What lies beside the strong edges of some rows: for each distance, in how many of the edges the luma steps the same way there
 * as in the edge, but less, less in how many it steps the other way. A second, weaker copy of the picture gives every edge a
 * companion. A step that is as large as the edge or larger is none: else the edges of a strong copy, which are strong too,
 * would find the picture itself beside them, and the two would look like a pattern that repeats to both sides.
 *
 * Steps go from one sample to the next but one, on the scale of 8 bits, larger ones as 127.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param shift    bits of a sample beyond 8
 * @param firstRow, rowStep, rows which rows are looked at
 * @param reach    the largest distance, a multiple of 8; edges nearer to the sides are left out
 * @param strong   smallest step that makes an edge, where it is the largest around; at most 127
 * @param weak     smallest step, either way, that is one at all
 * @param steps    address of `width` + 16 bytes, scratch
 * @param out      address of 2 · `reach` i16, from -reach to reach - 1
 * @returns the number of edges
 */
function measureEcho<T>(
  plane: usize, width: i32, stride: i32, shift: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, steps: usize, out: usize,
): i32 {
  memory.fill(out, 0, <usize>reach << 2);
  const strongSteps = i8x16.splat(<i8>strong);
  let edges = 0;
  for (let r = 0; r < rows; r++) {
    readSteps<T>(plane + <usize>(firstRow + r * rowStep) * <usize>stride, width, shift, steps);
    for (let x = reach; x < width - reach; x++) {
      // Most of a picture is no edge: what has none is passed over, 16 samples at once.
      if (!v128.any_true(i8x16.ge_s(i8x16.abs(v128.load(steps + <usize>x)), strongSteps))) {
        x += 15;
        continue;
      }
      const step = <i32>load<i8>(steps + <usize>x);
      const size = abs<i32>(step);
      if (size < strong || size < sizeAt(steps, x - 1) || size <= sizeAt(steps, x + 1)) continue;
      if (edges == 0x7fff) return edges;
      edges++;
      addCompanions(steps + <usize>(x - reach), step, weak, reach, out);
    }
  }
  return edges;
}

/** Writes how much the luma rises around each sample of a row, from the one left of it to the one right of it. */
function readSteps<T>(row: usize, width: i32, shift: i32, steps: usize): void {
  const lanes: i32 = 16 / sizeof<T>();
  let x = 1;
  for (; x + lanes < width; x += lanes) {
    const left = v128.load(row + <usize>(x - 1) * sizeof<T>());
    const right = v128.load(row + <usize>(x + 1) * sizeof<T>());
    const rise = sevenBits<T>(v128.sub_sat<T>(right, left), shift);
    const fall = sevenBits<T>(v128.sub_sat<T>(left, right), shift);
    const risen = i8x16.sub(rise, fall);
    if (sizeof<T>() == 1) v128.store(steps + <usize>x, risen);
    else v128.store64_lane(steps + <usize>x, risen, 0);
  }
  for (; x < width - 1; x++) {
    const at = row + <usize>x * sizeof<T>();
    const step = <i32>load<T>(at + sizeof<T>()) - <i32>load<T>(at - sizeof<T>());
    const size = min<i32>(abs<i32>(step) >> shift, 127);
    store<i8>(steps + <usize>x, <i8>(step < 0 ? -size : size));
  }
  store<i8>(steps, 0);
  memory.fill(steps + <usize>(width - 1), 0, 17);
}

/** Samples on the scale of 8 bits, no larger than 127, as bytes: 16 of them, or 8 twice. */
function sevenBits<T>(samples: v128, shift: i32): v128 {
  if (sizeof<T>() == 1) return v128.min<u8>(samples, i8x16.splat(127));
  const small = v128.min<u16>(i16x8.shr_u(samples, shift), i16x8.splat(127));
  return i8x16.narrow_i16x8_u(small, small);
}

function sizeAt(steps: usize, x: i32): i32 {
  return abs<i32>(<i32>load<i8>(steps + <usize>x));
}

/** Counts the weaker steps at each distance from an edge: up where they go its way, down where they go the other. */
function addCompanions(from: usize, step: i32, weak: i32, reach: i32, out: usize): void {
  const turned = i8x16.splat(step < 0 ? -1 : 0);
  const edge = i8x16.splat(<i8>abs<i32>(step)), least = i8x16.splat(<i8>weak), one = i8x16.splat(1);
  for (let d = 0; d < 2 * reach; d += 16) {
    const beside = i8x16.sub(v128.xor(v128.load(from + <usize>d), turned), turned);
    const size = i8x16.abs(beside);
    const isWeaker = v128.and(i8x16.ge_s(size, least), i8x16.lt_s(size, edge));
    const way = v128.and(isWeaker, v128.or(i8x16.shr_s(beside, 7), one));
    const to = out + (<usize>d << 1);
    v128.store(to, i16x8.add(v128.load(to), i16x8.extend_low_i8x16_s(way)));
    v128.store(to, i16x8.add(v128.load(to, 16), i16x8.extend_high_i8x16_s(way)), 16);
  }
}

export function measureEcho8(
  plane: usize, width: i32, stride: i32, shift: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, steps: usize, out: usize,
): i32 {
  return measureEcho<u8>(plane, width, stride, shift, firstRow, rowStep, rows, reach, strong, weak, steps, out);
}

export function measureEcho16(
  plane: usize, width: i32, stride: i32, shift: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, steps: usize, out: usize,
): i32 {
  return measureEcho<u16>(plane, width, stride, shift, firstRow, rowStep, rows, reach, strong, weak, steps, out);
}
