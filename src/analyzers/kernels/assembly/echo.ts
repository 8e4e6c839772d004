/**
 * What lies beside the strong edges of some rows: for each distance, in how many of the edges the luma steps the same way there
 * as in the edge, less in how many it steps the other way. A second copy of the picture gives every edge a companion.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param firstRow, rowStep, rows which rows are looked at
 * @param reach    the largest distance, a multiple of 8; edges nearer to the sides are left out
 * @param strong   smallest step from one sample to the next but one that makes an edge, where it is the largest around
 * @param weak     smallest step, either way, that is one at all
 * @param signs    address of `width` + 16 bytes, scratch
 * @param out      address of 2 · `reach` i16, from -reach to reach - 1
 * @returns the number of edges
 */
function measureEcho<T>(
  plane: usize, width: i32, stride: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, signs: usize, out: usize,
): i32 {
  memory.fill(out, 0, <usize>reach << 2);
  store<i8>(signs, 0);
  let edges = 0;
  for (let r = 0; r < rows; r++) {
    const row = plane + <usize>(firstRow + r * rowStep) * <usize>stride;
    for (let x = 1; x < width - 1; x++) {
      const step = stepAt<T>(row, x);
      store<i8>(signs + <usize>x, <i8>(<i32>(step >= weak) - <i32>(step <= -weak)));
    }
    for (let x = reach; x < width - reach; x++) {
      const step = stepAt<T>(row, x);
      const size = abs<i32>(step);
      if (size < strong || size < abs<i32>(stepAt<T>(row, x - 1)) || size <= abs<i32>(stepAt<T>(row, x + 1))) continue;
      if (edges == 0x7fff) return edges;
      edges++;
      const from = signs + <usize>(x - reach);
      for (let d = 0; d < 2 * reach; d += 8) {
        const to = out + (<usize>d << 1);
        const beside = v128.load8x8_s(from + <usize>d);
        v128.store(to, step > 0 ? i16x8.add(v128.load(to), beside) : i16x8.sub(v128.load(to), beside));
      }
    }
  }
  return edges;
}

/** How much the luma rises around a sample, from the one left of it to the one right of it. */
function stepAt<T>(row: usize, x: i32): i32 {
  const at = row + <usize>x * sizeof<T>();
  return <i32>load<T>(at + sizeof<T>()) - <i32>load<T>(at - sizeof<T>());
}

export function measureEcho8(
  plane: usize, width: i32, stride: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, signs: usize, out: usize,
): i32 {
  return measureEcho<u8>(plane, width, stride, firstRow, rowStep, rows, reach, strong, weak, signs, out);
}

export function measureEcho16(
  plane: usize, width: i32, stride: i32, firstRow: i32, rowStep: i32, rows: i32,
  reach: i32, strong: i32, weak: i32, signs: usize, out: usize,
): i32 {
  return measureEcho<u16>(plane, width, stride, firstRow, rowStep, rows, reach, strong, weak, signs, out);
}
