/**
 * The light of cells, from the sums of their samples: of R, G and B one deviation of luma above and below the cell's mean each,
 * looked up in a table and averaged.
 *
 * @param count    how many cells; up to the next multiple of 4, what is read beyond them is worked out too
 * @param sums, squares addresses of one u32 and one f64 for each cell of luma, as the kernel of cells writes them
 * @param blueSums, redSums addresses of one u32 for each cell of chroma; 0 for a picture without chroma
 * @param shares   address of one f32 for each cell of luma: one over its number of samples
 * @param places   address of one u32 for each: the cell of chroma that lies there
 * @param chromaShares address of one f32 for each: one over that cell's number of samples
 * @param table    address of f32, from black to white in even steps
 * @param settings address of f32: the table's last step, black, one over white less black, gray of chroma, the smallest deviation
 *                 that counts as a share of white less black, then the factors toRed, fromGreenBlue, fromGreenRed, toBlue, the
 *                 shares of R, G, B in luminance, the smallest share of saturated red
 * @param luminance, red addresses of one f32 for each cell: R, G and B weighed together; R − G − B, R at most 1, of a
 *                 saturated red, else 0
 * @returns 1 where any cell is a saturated red
 */
export function measureLight(
  count: i32, sums: usize, squares: usize, blueSums: usize, redSums: usize, shares: usize, places: usize, chromaShares: usize,
  table: usize, settings: usize, luminance: usize, red: usize,
): i32 {
  const lastStep = v128.load32_splat(settings), black = v128.load32_splat(settings, 4), scale = v128.load32_splat(settings, 8);
  const gray = v128.load32_splat(settings, 12), smallest = v128.load32_splat(settings, 16);
  const toRed = v128.load32_splat(settings, 20), fromGreenBlue = v128.load32_splat(settings, 24);
  const fromGreenRed = v128.load32_splat(settings, 28), toBlue = v128.load32_splat(settings, 32);
  const redWeight = v128.load32_splat(settings, 36), greenWeight = v128.load32_splat(settings, 40);
  const blueWeight = v128.load32_splat(settings, 44), saturated = v128.load32_splat(settings, 48);
  const zero = f32x4.splat(0), one = f32x4.splat(1);
  let anyRed = zero;

  for (let cell: usize = 0; cell < <usize>count; cell += 4) {
    const at = cell << 2;
    const share = v128.load(shares + at);
    const mean = f32x4.mul(f32x4.convert_i32x4_u(v128.load(sums + at)), share);
    const meanSquare = f32x4.mul(singles(squares + (at << 1)), share);
    const variance = f32x4.max(zero, f32x4.sub(meanSquare, f32x4.mul(mean, mean)));
    let deviation = f32x4.mul(f32x4.sqrt(variance), scale);
    deviation = v128.and(deviation, f32x4.ge(deviation, smallest));
    const code = f32x4.mul(f32x4.sub(mean, black), scale);
    let redCode = code, greenCode = code, blueCode = code;
    if (blueSums != 0) {
      const chromaShare = v128.load(chromaShares + at);
      const cb = f32x4.mul(f32x4.sub(f32x4.mul(gathered(blueSums, places + at), chromaShare), gray), scale);
      const cr = f32x4.mul(f32x4.sub(f32x4.mul(gathered(redSums, places + at), chromaShare), gray), scale);
      redCode = f32x4.add(code, f32x4.mul(toRed, cr));
      greenCode = f32x4.sub(f32x4.sub(code, f32x4.mul(fromGreenBlue, cb)), f32x4.mul(fromGreenRed, cr));
      blueCode = f32x4.add(code, f32x4.mul(toBlue, cb));
    }
    const redLight = lightOf(table, redCode, deviation, lastStep);
    const greenLight = lightOf(table, greenCode, deviation, lastStep);
    const blueLight = lightOf(table, blueCode, deviation, lastStep);
    const bothOthers = f32x4.add(greenLight, blueLight);
    const weighed = f32x4.add(f32x4.mul(redWeight, redLight), f32x4.mul(greenWeight, greenLight));
    v128.store(luminance + at, f32x4.add(weighed, f32x4.mul(blueWeight, blueLight)));
    // Both sides are 0 in a black cell, which is not red.
    const isRed = v128.and(
      f32x4.gt(redLight, zero),
      f32x4.ge(redLight, f32x4.mul(saturated, f32x4.add(redLight, bothOthers))),
    );
    v128.store(red + at, v128.and(isRed, f32x4.max(zero, f32x4.sub(f32x4.min(one, redLight), bothOthers))));
    anyRed = v128.or(anyRed, isRed);
  }
  return <i32>v128.any_true(anyRed);
}

/** Four f64, rounded. */
function singles(at: usize): v128 {
  const low = f32x4.demote_f64x2_zero(v128.load(at)), high = f32x4.demote_f64x2_zero(v128.load(at, 16));
  return v128.shuffle<i32>(low, high, 0, 1, 4, 5);
}

/** The sums of the four cells that are named from `places` on. */
function gathered(sums: usize, places: usize): v128 {
  return f32x4.convert_i32x4_u(loadedFour(sums, v128.load(places)));
}

/** The mean of the light one deviation above and one below. */
function lightOf(table: usize, code: v128, deviation: v128, lastStep: v128): v128 {
  const below = lookedUp(table, f32x4.sub(code, deviation), lastStep), above = lookedUp(table, f32x4.add(code, deviation), lastStep);
  return f32x4.mul(f32x4.add(below, above), f32x4.splat(0.5));
}

function lookedUp(table: usize, code: v128, lastStep: v128): v128 {
  const step = f32x4.add(f32x4.mul(code, lastStep), f32x4.splat(0.5));
  return loadedFour(table, i32x4.trunc_sat_f32x4_s(f32x4.min(lastStep, f32x4.max(f32x4.splat(0), step))));
}

/** Four values of 32 bits each, by their places behind `base`. */
function loadedFour(base: usize, places: v128): v128 {
  const first = v128.load_zero<u32>(base + (<usize>i32x4.extract_lane(places, 0) << 2));
  const second = v128.load32_lane(base + (<usize>i32x4.extract_lane(places, 1) << 2), first, 1);
  const third = v128.load32_lane(base + (<usize>i32x4.extract_lane(places, 2) << 2), second, 2);
  return v128.load32_lane(base + (<usize>i32x4.extract_lane(places, 3) << 2), third, 3);
}
