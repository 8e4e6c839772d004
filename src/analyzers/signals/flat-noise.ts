import { type Detail, detailField, detailFields, detailSamples } from "../kernels/index.js";

/** What the flattest cells of a picture hold, where it should hold nothing. */
export interface FlatNoise {
  /** Standard deviation in levels of 8 bits; NaN where too little of the picture could be noisy. */
  readonly sigma: number;
  /** How independent neighbours are: 1 for white noise, less for structure. */
  readonly whiteness: number;
  /** Difference to the frame before, in units of what independent noise of this sigma gives. */
  readonly renewal: number;
}

/** The quarter of the cells with the least detail is where noise shows and texture does not. */
const flattestShare = 0.25;
/** Cells darker or brighter than this on average (levels of 8 bits) are clipped in part, and their noise with it. */
const darkestMean = 32;
const brightestMean = 220;
/** Less of the picture than this says nothing: the rest is clipped, or drawn without any grain. */
const smallestShare = 0.3;
/** Mean of |a - b - c + d| of independent normal samples: their sum has the standard deviation 2 sigma. */
const meanPerSigma = 2 * Math.sqrt(2 / Math.PI);
/** Mean absolute difference of two independent normal samples. */
const differencePerSigma = 2 / Math.sqrt(Math.PI);
const binsPerLevel = 4;
const bins = new Uint32Array(binsPerLevel * 256);
let binOfCell = new Int16Array(0);
const unmeasured: FlatNoise = { sigma: Number.NaN, whiteness: Number.NaN, renewal: Number.NaN };

/** Diagonal detail as Donoho and Johnstone (1994) take it from the finest wavelets, read in the flattest cells instead of at the median. */
export function flatNoise({ cells, numbers }: Detail, bitDepth: number): FlatNoise {
  const scale = 2 ** (bitDepth - 8);
  if (binOfCell.length < cells) binOfCell = new Int16Array(cells);
  bins.fill(0);
  let eligible = 0;
  for (let cell = 0; cell < cells; cell++) {
    const bin = binOf(numbers, cell, scale);
    binOfCell[cell] = bin;
    if (bin < 0) continue;
    eligible++;
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  if (eligible === 0 || eligible < smallestShare * cells) return unmeasured;
  let limit = 0;
  for (let seen = bins[0] ?? 0; seen < flattestShare * eligible; seen += bins[limit] ?? 0) limit++;

  let flat = 0;
  let diagonal1 = 0;
  let diagonal2 = 0;
  let difference = 0;
  for (let cell = 0; cell < cells; cell++) {
    const bin = binOfCell[cell] ?? -1;
    if (bin < 0 || bin > limit) continue;
    flat++;
    const at = cell * detailFields;
    diagonal1 += numbers[at + detailField.diagonal1] ?? 0;
    diagonal2 += numbers[at + detailField.diagonal2] ?? 0;
    difference += numbers[at + detailField.difference] ?? 0;
  }
  const samples = flat * detailSamples * scale;
  const sigma = diagonal2 / samples / meanPerSigma;
  return {
    sigma,
    whiteness: diagonal2 === 0 ? 0 : diagonal1 / diagonal2,
    renewal: sigma === 0 ? 0 : difference / samples / differencePerSigma / sigma,
  };
}

/** The bin of a cell's detail; negative for one that is clipped or, as drawn and keyed pictures are, without any grain. */
function binOf(numbers: Uint32Array, cell: number, scale: number): number {
  const at = cell * detailFields;
  const mean = (numbers[at + detailField.sum] ?? 0) / detailSamples / scale;
  if (mean < darkestMean || mean > brightestMean) return -1;
  if (numbers[at + detailField.smallest] === numbers[at + detailField.largest]) return -1;
  const sigma = (numbers[at + detailField.diagonal2] ?? 0) / detailSamples / scale / meanPerSigma;
  return Math.min(bins.length - 1, Math.floor(sigma * binsPerLevel));
}
