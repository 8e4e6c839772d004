/**
 * Area-scales a plane to a small image of bytes. Exact: a sample counts in every target pixel by the area that
 * both share, in whole numbers; the mean is rounded half up once, at the end.
 *
 * @param plane        address of the first sample; rows lie `stride` bytes apart
 * @param black, white values that become 0 and 255; what lies outside is clamped
 * @param columns      address of `width` u32, scratch
 * @param target       address of targetWidth · targetHeight bytes
 */
function scalePlane<T>(
  plane: usize, width: i32, height: i32, stride: i32, black: i32, white: i32,
  columns: usize, target: usize, targetWidth: i32, targetHeight: i32,
): void {
  const area = <i64>width * <i64>height;
  const range = <i64>(white - black) * area;
  for (let j = 0; j < targetHeight; j++) {
    // Heights are counted in 1/targetHeight of a source row: a target row is `height` of them, a source row targetHeight.
    const top = j * height, bottom = top + height;
    memory.fill(columns, 0, <usize>width << 2);
    for (let y = top / targetHeight; y * targetHeight < bottom; y++) {
      const shared = min<i32>((y + 1) * targetHeight, bottom) - max<i32>(y * targetHeight, top);
      addRow<T>(columns, plane + <usize>y * <usize>stride, width, shared);
    }
    for (let i = 0; i < targetWidth; i++) {
      const left = i * width, right = left + width;
      let sum: i64 = 0;
      for (let x = left / targetWidth; x * targetWidth < right; x++) {
        const shared = min<i32>((x + 1) * targetWidth, right) - max<i32>(x * targetWidth, left);
        sum += <i64>load<u32>(columns + (<usize>x << 2)) * <i64>shared;
      }
      const value = ((sum - <i64>black * area) * 510 + range) / (2 * range);
      store<u8>(target + <usize>j * <usize>targetWidth + <usize>i, <u8>min<i64>(max<i64>(value, 0), 255));
    }
  }
}

/** columns[x] += row[x] · weight. The weights of one target row add up to the source's height, so that u32 holds the sum. */
function addRow<T>(columns: usize, row: usize, width: i32, weight: i32): void {
  const vectorEnd = width - (width % 8);
  const weights = i16x8.splat(<i16>weight);
  let x = 0;
  for (; x < vectorEnd; x += 8) {
    const at = columns + (<usize>x << 2);
    const samples = sizeof<T>() == 1 ? v128.load8x8_u(row + <usize>x) : v128.load(row + (<usize>x << 1));
    v128.store(at, i32x4.add(v128.load(at), i32x4.extmul_low_i16x8_u(samples, weights)));
    v128.store(at + 16, i32x4.add(v128.load(at + 16), i32x4.extmul_high_i16x8_u(samples, weights)));
  }
  for (; x < width; x++) {
    const at = columns + (<usize>x << 2);
    store<u32>(at, load<u32>(at) + <u32>load<T>(row + <usize>x * sizeof<T>()) * <u32>weight);
  }
}

export function scalePlane8(
  plane: usize, width: i32, height: i32, stride: i32, black: i32, white: i32,
  columns: usize, target: usize, targetWidth: i32, targetHeight: i32,
): void {
  scalePlane<u8>(plane, width, height, stride, black, white, columns, target, targetWidth, targetHeight);
}

export function scalePlane16(
  plane: usize, width: i32, height: i32, stride: i32, black: i32, white: i32,
  columns: usize, target: usize, targetWidth: i32, targetHeight: i32,
): void {
  scalePlane<u16>(plane, width, height, stride, black, white, columns, target, targetWidth, targetHeight);
}
