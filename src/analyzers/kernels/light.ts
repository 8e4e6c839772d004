import { type Cells, mostCells } from "./cells.js";
import type { ColorFactors } from "./gamut.js";
import type { KernelMachine } from "./machine.js";

/** From code values to light. */
export interface LightScale {
  /** Light of one of R, G, B in `tableSteps` even steps from black to white. */
  readonly table: Float32Array;
  /** Levels of black and white of luma, and of chroma that has no colour. */
  readonly black: number;
  readonly white: number;
  readonly gray: number;
  readonly factors: ColorFactors;
  /** Shares of R, G, B in luminance. */
  readonly weights: readonly [red: number, green: number, blue: number];
  /** Below this deviation of luma within a cell, as a share of `white - black`, its mean alone tells its light. */
  readonly flatDeviation: number;
  /** From this R / (R + G + B) on red is saturated. */
  readonly saturatedRed: number;
}

/** What a grid of cells has for each cell of luma; written once, read for each frame. */
export interface LightPlaces {
  /** One over the cell's number of samples. */
  readonly shares: Float32Array;
  /** The cell of chroma that lies there, and one over its number of samples. */
  readonly places: Uint32Array;
  readonly chromaShares: Float32Array;
}

/** The light of cells of luma, as views that are valid until it is measured again. */
export interface Light {
  /** R, G and B weighed together. */
  readonly luminance: Float32Array;
  /** R − G − B of linear light, R at most 1, where it is a saturated red, else 0. */
  readonly red: Float32Array;
  /** Whether any cell is a saturated red. */
  readonly isRed: boolean;
}

export interface LightKernels {
  /**
   * The light of each cell: the mean of the light one deviation of its luma above its mean and one below, its chroma flat.
   * Worked out in single precision.
   */
  measureLight(luma: Cells, chroma: readonly [Cells, Cells] | undefined, places: LightPlaces, scale: LightScale): Light;
}

type LightKernel = (
  count: number,
  sums: number,
  squares: number,
  blueSums: number,
  redSums: number,
  shares: number,
  places: number,
  chromaShares: number,
  table: number,
  settings: number,
  luminance: number,
  red: number,
) => number;

/** Entries of `LightScale.table`. */
export const tableSteps = 4096;
const settingsCount = 13;
/** The kernel works on so many cells at a time. */
const together = 4;

export function bindLight(machine: KernelMachine): LightKernels {
  const { measureLight } = machine.exports as unknown as { readonly measureLight: LightKernel };
  const reserve = (count: number): number => machine.reserve((count + together) * 4);
  const [shares, places, chromaShares] = [reserve(mostCells), reserve(mostCells), reserve(mostCells)];
  const [luminance, red] = [reserve(mostCells), reserve(mostCells)];
  const table = reserve(tableSteps);
  const settings = reserve(settingsCount);
  // Whose places and scale lie in memory.
  let placed: LightPlaces | undefined;
  let scaled: LightScale | undefined;
  let latest: { readonly luminance: Float32Array; readonly red: Float32Array } | undefined;

  function place(next: LightPlaces): void {
    if (placed === next) return;
    placed = next;
    const { buffer } = machine;
    const count = next.shares.length;
    new Float32Array(buffer, shares, count + together).fill(0).set(next.shares);
    new Uint32Array(buffer, places, count + together).fill(0).set(next.places);
    new Float32Array(buffer, chromaShares, count + together).fill(0).set(next.chromaShares);
  }

  function setScale(next: LightScale): void {
    if (scaled === next) return;
    scaled = next;
    const { black, white, gray, factors, weights, flatDeviation, saturatedRed } = next;
    const { toRed, fromGreenBlue, fromGreenRed, toBlue } = factors;
    new Float32Array(machine.buffer, table, tableSteps).set(next.table);
    new Float32Array(machine.buffer, settings, settingsCount).set([
      ...[tableSteps - 1, black, 1 / (white - black), gray, flatDeviation],
      ...[toRed, fromGreenBlue, fromGreenRed, toBlue, ...weights, saturatedRed],
    ]);
  }

  return {
    measureLight(luma, chroma, forPlaces, scale) {
      place(forPlaces);
      setScale(scale);
      const count = luma.columns * luma.rows;
      const isRed = measureLight(
        count,
        luma.sums.byteOffset,
        luma.squares.byteOffset,
        chroma?.[0].sums.byteOffset ?? 0,
        chroma?.[1].sums.byteOffset ?? 0,
        shares,
        places,
        chromaShares,
        table,
        settings,
        luminance,
        red,
      );
      if (latest?.red.length !== count || latest.red.buffer !== machine.buffer) {
        latest = {
          luminance: new Float32Array(machine.buffer, luminance, count),
          red: new Float32Array(machine.buffer, red, count),
        };
      }
      return { ...latest, isRed: isRed !== 0 };
    },
  };
}
