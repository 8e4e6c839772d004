import { absoluteDifference, scalarDifference, splat } from "./lanes";

/**
 * How often the picture steps between flat places, at each of its columns and at each of its rows.
 *
 * A sample steps if p[1] and p[-2] differ by `smallest` to `largest`, and by more than twice as much as p[-4] and p[-2] do, and
 * p[1] and p[3]. A step may take three samples, as it does where a picture was scaled or smoothed. Lines are sampled: for
 * columns, every `lineStep`th row; for rows, 16 samples in every `lineStep`th stretch of 16.
 *
 * @param plane   address of the first sample; rows lie `stride` bytes apart
 * @param columns address of one u32 for each column, its first and last four left at 0
 * @param rows    the same for rows
 */
function measureStepProfiles<T>(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, largest: u32, lineStep: i32,
  columns: usize, rows: usize,
): void {
  memory.fill(columns, 0, <usize>width << 2);
  memory.fill(rows, 0, <usize>height << 2);
  const lanes = 16 / sizeof<T>();
  const least = splat<T>(smallest - 1), most = splat<T>(largest);
  const apart: usize = sizeof<T>();

  let x = margin;
  for (; x + lanes <= width - margin; x += lanes) {
    // Lanes of bytes count to 255: they are emptied before that.
    for (let y = 0; y < height; ) {
      const last = min<i32>(height, y + 255 * lineStep);
      let counts = splat<T>(0);
      for (; y < last; y += lineStep) {
        counts = v128.sub<T>(counts, stepsAt<T>(plane + <usize>y * <usize>stride + <usize>x * apart, apart, least, most));
      }
      addLanes<T>(columns + (<usize>x << 2), counts);
    }
  }
  for (; x < width - margin; x++) {
    let count: u32 = 0;
    for (let y = 0; y < height; y += lineStep) {
      count += <u32>isStep<T>(plane + <usize>y * <usize>stride + <usize>x * apart, apart, smallest, largest);
    }
    store<u32>(columns + (<usize>x << 2), count);
  }

  for (let y = margin; y < height - margin; y++) {
    const row = plane + <usize>y * <usize>stride;
    let count: u32 = 0;
    for (let left = 0; left + 16 <= width; left += 16 * lineStep) {
      for (let part = 0; part < 16; part += lanes) {
        const steps = stepsAt<T>(row + <usize>(left + part) * apart, <usize>stride, least, most);
        count += <u32>popcnt<i32>(v128.bitmask<T>(steps));
      }
    }
    store<u32>(rows + (<usize>y << 2), count);
  }
}

/** So far from the picture's borders its samples have all neighbours that are looked at. */
const margin = 4;

/** Lanes that step; samples of one line lie `apart` bytes from each other. */
function stepsAt<T>(at: usize, apart: usize, least: v128, most: v128): v128 {
  const before = v128.load(at - 2 * apart), after = v128.load(at + apart);
  const step = absoluteDifference<T>(after, before);
  const beside = v128.max<T>(
    absoluteDifference<T>(before, v128.load(at - 4 * apart)),
    absoluteDifference<T>(v128.load(at + 3 * apart), after),
  );
  const isSharp = v128.gt<T>(step, v128.max<T>(v128.add_sat<T>(beside, beside), least));
  return v128.and(isSharp, v128.le<T>(step, most));
}

function isStep<T>(at: usize, apart: usize, smallest: u32, largest: u32): bool {
  const before = <u32>load<T>(at - 2 * apart), after = <u32>load<T>(at + apart);
  const step = scalarDifference(after, before);
  const beside = max<u32>(
    scalarDifference(before, <u32>load<T>(at - 4 * apart)),
    scalarDifference(<u32>load<T>(at + 3 * apart), after),
  );
  // As the lanes do it, whose doubling ends at the largest sample.
  const doubled = min<u32>(2 * beside, sizeof<T>() == 1 ? 0xff : 0xffff);
  return step >= smallest && step <= largest && step > doubled;
}

/** Adds each lane to a u32 of its own. */
function addLanes<T>(counts: usize, lanes: v128): void {
  if (sizeof<T>() == 1) {
    addHalves(counts, i16x8.extend_low_i8x16_u(lanes));
    addHalves(counts + 32, i16x8.extend_high_i8x16_u(lanes));
  } else {
    addHalves(counts, lanes);
  }
}

function addHalves(counts: usize, lanes: v128): void {
  v128.store(counts, i32x4.add(v128.load(counts), i32x4.extend_low_i16x8_u(lanes)));
  v128.store(counts + 16, i32x4.add(v128.load(counts + 16), i32x4.extend_high_i16x8_u(lanes)));
}

export function measureStepProfiles8(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, largest: u32, lineStep: i32, columns: usize, rows: usize,
): void {
  measureStepProfiles<u8>(plane, width, height, stride, smallest, largest, lineStep, columns, rows);
}

export function measureStepProfiles16(
  plane: usize, width: i32, height: i32, stride: i32, smallest: u32, largest: u32, lineStep: i32, columns: usize, rows: usize,
): void {
  measureStepProfiles<u16>(plane, width, height, stride, smallest, largest, lineStep, columns, rows);
}

/**
 * Adds up a profile in stretches as long as a period: the first of each, the second of each and so on. The line of this number
 * begins at the period times it, rounded.
 *
 * @param profile address of `length` u32
 * @param folded  address of 64 u32; those beyond the period, rounded, mean nothing
 * @returns how many stretches were added: those that end before the profile does, each with the 3 samples after it
 */
export function foldProfile(profile: usize, length: i32, period: f64, folded: usize): i32 {
  const vectors = (<i32>nearest<f64>(period) + 3) >> 2;
  memory.fill(folded, 0, 256);
  let line = 0;
  for (let start = 0; start + 4 * vectors <= length; start = <i32>nearest<f64>(period * <f64>line)) {
    const from = profile + (<usize>start << 2);
    for (let part: usize = 0; part < <usize>vectors << 4; part += 16) {
      v128.store(folded + part, i32x4.add(v128.load(folded + part), v128.load(from + part)));
    }
    line++;
  }
  return line;
}
