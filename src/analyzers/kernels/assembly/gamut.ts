/**
 * How much of a limited-range picture lies outside a range of levels, in luma or in R, G, B after conversion.
 *
 * The picture is taken in blocks of 2x2 luma samples, whose mean is the low-pass that single overshoots do not pass, with the
 * chroma that lies there; of each two rows of blocks the first, which holds both fields. Levels are on the scale of 10 bits,
 * chroma on that of 12; each product of chroma and a factor is rounded to the nearest whole level, halves up.
 *
 * @param luma, blue, red addresses of the planes; `blue` is 0 where there is no chroma
 * @param columns, rows   blocks of 2x2 luma samples across and down
 * @param across, down    powers of two by which chroma is smaller than luma
 * @param toRed … toBlue  what chroma adds to R, takes from G (of Cb, of Cr) and adds to B, in 1/8192
 * @param low, high       smallest and largest level inside
 * @param out             address of three u32: blocks that any level of lies outside, below, above
 */
function countOutside<T>(
  luma: usize, lumaStride: usize, blue: usize, red: usize, chromaStride: usize, columns: i32, rows: i32, bitDepth: i32,
  across: i32, down: i32, toRed: i32, fromGreenBlue: i32, fromGreenRed: i32, toBlue: i32, low: i32, high: i32, out: usize,
): void {
  const vectorEnd = across > 1 && blue != 0 ? 0 : columns - (columns % 8);
  const lows = i16x8.splat(<i16>low), highs = i16x8.splat(<i16>high);
  const red15 = i16x8.splat(<i16>toRed), blue15 = i16x8.splat(<i16>toBlue);
  const greenBlue15 = i16x8.splat(<i16>fromGreenBlue), greenRed15 = i16x8.splat(<i16>fromGreenRed);
  let outside: u64 = 0, below: u64 = 0, above: u64 = 0;

  for (let j = 0; j < rows; j += 2) {
    const row = luma + <usize>(2 * j) * lumaStride;
    const chromaRow = <usize>((2 * j) >> down) * chromaStride;
    let i = 0;
    for (; i < vectorEnd; i += 8) {
      const y = lumaOf8<T>(row + <usize>(2 * i) * sizeof<T>(), lumaStride, bitDepth);
      let least = y, most = y;
      if (blue != 0) {
        const at = chromaRow + <usize>((2 * i) >> across) * sizeof<T>();
        const cb = chromaOf8<T>(blue + at, across, bitDepth), cr = chromaOf8<T>(red + at, across, bitDepth);
        const r = i16x8.add(y, i16x8.q15mulr_sat_s(cr, red15));
        const b = i16x8.add(y, i16x8.q15mulr_sat_s(cb, blue15));
        const g = i16x8.sub(i16x8.sub(y, i16x8.q15mulr_sat_s(cb, greenBlue15)), i16x8.q15mulr_sat_s(cr, greenRed15));
        least = i16x8.min_s(i16x8.min_s(y, g), i16x8.min_s(r, b));
        most = i16x8.max_s(i16x8.max_s(y, g), i16x8.max_s(r, b));
      }
      const isBelow = i16x8.lt_s(least, lows), isAbove = i16x8.gt_s(most, highs);
      const either = v128.or(isBelow, isAbove);
      if (v128.any_true(either)) {
        outside += popcnt<i32>(i16x8.bitmask(either));
        below += popcnt<i32>(i16x8.bitmask(isBelow));
        above += popcnt<i32>(i16x8.bitmask(isAbove));
      }
    }
    for (; i < columns; i++) {
      const y = lumaOf<T>(row + <usize>(2 * i) * sizeof<T>(), lumaStride, bitDepth);
      let least = y, most = y;
      if (blue != 0) {
        const at = chromaRow + <usize>((2 * i) >> across) * sizeof<T>();
        const cb = chromaOf<T>(blue + at, across, bitDepth), cr = chromaOf<T>(red + at, across, bitDepth);
        const r = y + product(cr, toRed), b = y + product(cb, toBlue);
        const g = y - product(cb, fromGreenBlue) - product(cr, fromGreenRed);
        least = min<i32>(min<i32>(y, g), min<i32>(r, b));
        most = max<i32>(max<i32>(y, g), max<i32>(r, b));
      }
      outside += <u64>(least < low || most > high);
      below += <u64>(least < low);
      above += <u64>(most > high);
    }
  }
  store<u32>(out, <u32>outside);
  store<u32>(out + 4, <u32>below);
  store<u32>(out + 8, <u32>above);
}

/** Bits that samples of more than 14 lose first, so that four of them fit 16. */
function spare(bitDepth: i32): i32 {
  return max<i32>(0, bitDepth - 14);
}

/** The means of eight blocks, on the scale of 10 bits. */
function lumaOf8<T>(at: usize, stride: usize, bitDepth: i32): v128 {
  if (sizeof<T>() == 1) {
    return i16x8.add(
      i16x8.extadd_pairwise_i8x16_u(v128.load(at)),
      i16x8.extadd_pairwise_i8x16_u(v128.load(at + stride)),
    );
  }
  const loss = spare(bitDepth);
  const sums = i16x8.narrow_i32x4_u(pairSums(at, stride, loss), pairSums(at + 16, stride, loss));
  return i16x8.shr_u(sums, bitDepth - 8 - loss);
}

/** Sums of four blocks of u16, each sample without its lowest `loss` bits. */
function pairSums(at: usize, stride: usize, loss: i32): v128 {
  return i32x4.add(
    i32x4.extadd_pairwise_i16x8_u(i16x8.shr_u(v128.load(at), loss)),
    i32x4.extadd_pairwise_i16x8_u(i16x8.shr_u(v128.load(at + stride), loss)),
  );
}

function lumaOf<T>(at: usize, stride: usize, bitDepth: i32): i32 {
  const loss = spare(bitDepth);
  const upper = (<i32>load<T>(at) >> loss) + (<i32>load<T>(at + sizeof<T>()) >> loss);
  const lower = (<i32>load<T>(at + stride) >> loss) + (<i32>load<T>(at + stride + sizeof<T>()) >> loss);
  return (upper + lower) >> (bitDepth - 8 - loss);
}

/** Chroma of eight blocks, on the scale of 12 bits, 0 where there is no colour; the mean of two where it is as wide as luma. */
function chromaOf8<T>(at: usize, across: i32, bitDepth: i32): v128 {
  let samples: v128;
  if (sizeof<T>() == 1) {
    samples =
      across == 0
        ? i16x8.shl(i16x8.extadd_pairwise_i8x16_u(v128.load(at)), 3)
        : i16x8.shl(v128.load8x8_u(at), 4);
  } else if (across == 0) {
    const left = i32x4.extadd_pairwise_i16x8_u(twelveBits(v128.load(at), bitDepth));
    const right = i32x4.extadd_pairwise_i16x8_u(twelveBits(v128.load(at + 16), bitDepth));
    samples = i16x8.shr_u(i16x8.narrow_i32x4_u(left, right), 1);
  } else {
    samples = twelveBits(v128.load(at), bitDepth);
  }
  return i16x8.sub(samples, i16x8.splat(2048));
}

function twelveBits(samples: v128, bitDepth: i32): v128 {
  return bitDepth > 12 ? i16x8.shr_u(samples, bitDepth - 12) : i16x8.shl(samples, 12 - bitDepth);
}

function chromaOf<T>(at: usize, across: i32, bitDepth: i32): i32 {
  const left = twelveBitsOf(<i32>load<T>(at), bitDepth);
  if (across > 0) return left - 2048;
  return ((left + twelveBitsOf(<i32>load<T>(at + sizeof<T>()), bitDepth)) >> 1) - 2048;
}

function twelveBitsOf(sample: i32, bitDepth: i32): i32 {
  return bitDepth > 12 ? sample >> (bitDepth - 12) : sample << (12 - bitDepth);
}

/** A factor in 1/8192 of a level on the scale of 12 bits, as a level on that of 10: what q15mulr_sat_s does to a lane. */
function product(chroma: i32, factor: i32): i32 {
  return (chroma * factor + 0x4000) >> 15;
}

export function countOutside8(
  luma: usize, lumaStride: usize, blue: usize, red: usize, chromaStride: usize, columns: i32, rows: i32, bitDepth: i32,
  across: i32, down: i32, toRed: i32, fromGreenBlue: i32, fromGreenRed: i32, toBlue: i32, low: i32, high: i32, out: usize,
): void {
  countOutside<u8>(
    luma, lumaStride, blue, red, chromaStride, columns, rows, bitDepth,
    across, down, toRed, fromGreenBlue, fromGreenRed, toBlue, low, high, out,
  );
}

export function countOutside16(
  luma: usize, lumaStride: usize, blue: usize, red: usize, chromaStride: usize, columns: i32, rows: i32, bitDepth: i32,
  across: i32, down: i32, toRed: i32, fromGreenBlue: i32, fromGreenRed: i32, toBlue: i32, low: i32, high: i32, out: usize,
): void {
  countOutside<u16>(
    luma, lumaStride, blue, red, chromaStride, columns, rows, bitDepth,
    across, down, toRed, fromGreenBlue, fromGreenRed, toBlue, low, high, out,
  );
}
