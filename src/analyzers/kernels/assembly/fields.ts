/**
 * How the fields of two frames lie in time: ffmpeg idet's sums (libavfilter/vf_idet.c), over samples that moved.
 *
 * @param plane    address of the first sample; rows lie `stride` bytes apart
 * @param previous address of the plane before it, same shape
 * @param step     of so many rows one pair, an even and an odd one, is measured; even, 2 measures all
 * @param shift    samples are divided by 2 to the power of it, so that 12 bits are left at most
 * @param moved    smallest difference to the plane before, after the shift, of a sample that moved
 * @param out      address of eight f64, whole numbers. Over moved samples: differences of the frames if the top field comes
 *                 first, the same if the bottom field does, and the combing of both frames. Over all samples: differences of
 *                 the even rows to those of the plane before, of the odd rows, moved samples, samples. Over moved samples
 *                 again: what combing compares, within the own field
 */
function measureFields<T>(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, moved: i32, out: usize,
): void {
  const vectorEnd = width - (width % 8);
  const limit = i16x8.splat(<i16>moved), ones = i16x8.splat(1);
  // Even rows first: what is compared with a row of one field is of the other field, so that the roles change with the row.
  let ahead0: u64 = 0, ahead1: u64 = 0, behind0: u64 = 0, behind1: u64 = 0;
  let comb: u64 = 0, inField: u64 = 0, change0: u64 = 0, change1: u64 = 0, movedSamples: u64 = 0, rows: u64 = 0;

  for (let block = 0; block * step + 4 < height; block++) {
    // The place of the pair changes from block to block: stripes as wide as the step must not meet it always alike.
    const first = 2 + block * step + 2 * (block % (step >> 1));
    for (let y = first; y < min<i32>(first + 2, height - 2); y++) {
      const now = plane + <usize>y * <usize>stride, before = previous + <usize>y * <usize>stride;
      const above = now - <usize>stride, below = now + <usize>stride;
      const aboveBefore = before - <usize>stride, belowBefore = before + <usize>stride;
      const far = <usize>stride << 1;
      let within = i32x4.splat(0);
      let behind = i32x4.splat(0), ahead = i32x4.splat(0), combed = i32x4.splat(0), change = i32x4.splat(0);
      let count = i16x8.splat(0);
      let x = 0;
      for (; x < vectorEnd; x += 8) {
        const at = <usize>x * sizeof<T>();
        const sample = samples<T>(now + at, shift), sampleBefore = samples<T>(before + at, shift);
        const difference = i16x8.abs(i16x8.sub(sample, sampleBefore));
        const counts = i16x8.ge_s(difference, limit);
        change = i32x4.add(change, i32x4.dot_i16x8_s(difference, ones));
        // In most pictures little moves, and the rows around need not be read.
        if (!v128.any_true(counts)) continue;
        const around = i16x8.add(samples<T>(above + at, shift), samples<T>(below + at, shift));
        const aroundBefore = i16x8.add(samples<T>(aboveBefore + at, shift), samples<T>(belowBefore + at, shift));
        const twice = i16x8.shl(sample, 1), twiceBefore = i16x8.shl(sampleBefore, 1);
        // A true lane is -1, which the multiply-add takes as a factor: the sums come out negative.
        behind = i32x4.add(behind, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(around, twiceBefore)), counts));
        ahead = i32x4.add(ahead, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(aroundBefore, twice)), counts));
        combed = i32x4.add(combed, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(around, twice)), counts));
        combed = i32x4.add(combed, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(aroundBefore, twiceBefore)), counts));
        const fieldAround = i16x8.add(samples<T>(now - far + at, shift), samples<T>(now + far + at, shift));
        const fieldAroundBefore = i16x8.add(samples<T>(before - far + at, shift), samples<T>(before + far + at, shift));
        within = i32x4.add(within, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(fieldAround, twice)), counts));
        within = i32x4.add(within, i32x4.dot_i16x8_s(i16x8.abs(i16x8.sub(fieldAroundBefore, twiceBefore)), counts));
        count = i16x8.sub(count, counts);
      }
      let rowBehind = -sumOf(behind), rowAhead = -sumOf(ahead), rowComb = -sumOf(combed), rowChange = sumOf(change);
      let rowWithin = -sumOf(within);
      movedSamples += sumOf(i32x4.extadd_pairwise_i16x8_s(count));
      for (; x < width; x++) {
        const at = <usize>x * sizeof<T>();
        const sample = one<T>(now + at, shift), sampleBefore = one<T>(before + at, shift);
        const around = one<T>(above + at, shift) + one<T>(below + at, shift);
        const aroundBefore = one<T>(aboveBefore + at, shift) + one<T>(belowBefore + at, shift);
        const difference = abs<i32>(sample - sampleBefore);
        rowChange += difference;
        if (difference < moved) continue;
        movedSamples++;
        rowBehind += abs<i32>(around - 2 * sampleBefore);
        rowAhead += abs<i32>(aroundBefore - 2 * sample);
        rowComb += abs<i32>(around - 2 * sample) + abs<i32>(aroundBefore - 2 * sampleBefore);
        rowWithin += abs<i32>(one<T>(now - far + at, shift) + one<T>(now + far + at, shift) - 2 * sample);
        rowWithin += abs<i32>(one<T>(before - far + at, shift) + one<T>(before + far + at, shift) - 2 * sampleBefore);
      }
      comb += rowComb;
      inField += rowWithin;
      rows++;
      if (y & 1) {
        behind1 += rowBehind;
        ahead1 += rowAhead;
        change1 += rowChange;
      } else {
        behind0 += rowBehind;
        ahead0 += rowAhead;
        change0 += rowChange;
      }
    }
  }
  store<f64>(out, <f64>(behind0 + ahead1));
  store<f64>(out + 8, <f64>(behind1 + ahead0));
  store<f64>(out + 16, <f64>comb);
  store<f64>(out + 24, <f64>change0);
  store<f64>(out + 32, <f64>change1);
  store<f64>(out + 40, <f64>movedSamples);
  store<f64>(out + 48, <f64>(rows * <u64>width));
  store<f64>(out + 56, <f64>inField);
}

/** Eight samples in 16 bit lanes. */
function samples<T>(at: usize, shift: i32): v128 {
  return sizeof<T>() == 1 ? v128.load8x8_u(at) : i16x8.shr_u(v128.load(at), shift);
}

function one<T>(at: usize, shift: i32): i32 {
  return <i32>load<T>(at) >> shift;
}

/** The sum of four signed lanes. */
function sumOf(lanes: v128): i64 {
  return (
    <i64>i32x4.extract_lane(lanes, 0) +
    <i64>i32x4.extract_lane(lanes, 1) +
    <i64>i32x4.extract_lane(lanes, 2) +
    <i64>i32x4.extract_lane(lanes, 3)
  );
}

export function measureFields8(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, moved: i32, out: usize,
): void {
  measureFields<u8>(plane, previous, width, height, stride, step, shift, moved, out);
}

export function measureFields16(
  plane: usize, previous: usize, width: i32, height: i32, stride: i32, step: i32, shift: i32, moved: i32, out: usize,
): void {
  measureFields<u16>(plane, previous, width, height, stride, step, shift, moved, out);
}
