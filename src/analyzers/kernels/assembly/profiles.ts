import { absoluteDifference, scalarDifference } from "./lanes";

/**
 * Where along the picture its edges lie: for each column the sum of absolute differences to the column right of it, over
 * every `rowStep`-th row, and for each row the same to the row below it, over every `blockStep`-th block of 16 samples.
 *
 * @param plane   address of the first sample; rows lie `stride` bytes apart
 * @param columns address of `width` - 1 u32, @param rows address of `height` - 1 u32
 */
function measureProfiles<T>(
  plane: usize, width: i32, height: i32, stride: i32, rowStep: i32, blockStep: i32, columns: usize, rows: usize,
): void {
  const steps = width - 1;
  const vectorEnd = steps - (steps % 8);
  memory.fill(columns, 0, <usize>steps << 2);
  for (let y = 0; y < height; y += rowStep) {
    const row = plane + <usize>y * <usize>stride;
    let x = 0;
    for (; x < vectorEnd; x += 8) {
      const at = row + <usize>x * sizeof<T>();
      const to = columns + (<usize>x << 2);
      let difference: v128;
      if (sizeof<T>() == 1) difference = absoluteDifference<u16>(v128.load8x8_u(at), v128.load8x8_u(at + 1));
      else difference = absoluteDifference<u16>(v128.load(at), v128.load(at + 2));
      v128.store(to, i32x4.add(v128.load(to), i32x4.extend_low_i16x8_u(difference)));
      v128.store(to + 16, i32x4.add(v128.load(to + 16), i32x4.extend_high_i16x8_u(difference)));
    }
    for (; x < steps; x++) {
      const at = row + <usize>x * sizeof<T>();
      const to = columns + (<usize>x << 2);
      store<u32>(to, load<u32>(to) + scalarDifference(<u32>load<T>(at), <u32>load<T>(at + sizeof<T>())));
    }
  }

  for (let y = 0; y + 1 < height; y++) {
    const row = plane + <usize>y * <usize>stride;
    let sum = i32x4.splat(0);
    for (let x = 0; x + 16 <= width; x += 16 * blockStep) {
      for (let half: usize = 0; half < 2; half++) {
        const at = row + <usize>x * sizeof<T>() + half * 8 * sizeof<T>();
        const below = at + <usize>stride;
        let difference: v128;
        if (sizeof<T>() == 1) difference = absoluteDifference<u16>(v128.load8x8_u(at), v128.load8x8_u(below));
        else difference = absoluteDifference<u16>(v128.load(at), v128.load(below));
        sum = i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(difference));
      }
    }
    const total = i32x4.extract_lane(sum, 0) + i32x4.extract_lane(sum, 1) + i32x4.extract_lane(sum, 2) + i32x4.extract_lane(sum, 3);
    store<u32>(rows + (<usize>y << 2), <u32>total);
  }
}

export function measureProfiles8(
  plane: usize, width: i32, height: i32, stride: i32, rowStep: i32, blockStep: i32, columns: usize, rows: usize,
): void {
  measureProfiles<u8>(plane, width, height, stride, rowStep, blockStep, columns, rows);
}

export function measureProfiles16(
  plane: usize, width: i32, height: i32, stride: i32, rowStep: i32, blockStep: i32, columns: usize, rows: usize,
): void {
  measureProfiles<u16>(plane, width, height, stride, rowStep, blockStep, columns, rows);
}
