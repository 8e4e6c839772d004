import type { MediaInfo, VideoFrame } from "../../decoder/index.js";
import type { Cells, CellWidth, Kernels, LightPlaces, LightScale } from "../kernels/index.js";
import type { FrameToMeasure } from "../measurer.js";
import { colorFactors, colorMatrixOf } from "./color-matrix.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";
import { transferOf } from "./transfer.js";

/** The light of a picture in cells, row by row; valid until the next frame is measured. */
export interface LightCells {
  readonly columns: number;
  readonly rows: number;
  /** Luma samples along each side of a cell. */
  readonly cellSide: number;
  /** How many luma samples each cell holds: fewer at the right and lower edge. */
  readonly samples: Uint32Array;
  /** Mean luminance, in units of `referenceLuminance`. */
  luminance: Float32Array;
  /** R − G − B of linear light where R / (R + G + B) is 0.8 or more, 0 elsewhere: how red a saturated red is (WCAG 2.3.1). */
  red: Float32Array;
  /** Whether any cell is a saturated red. */
  isRed: boolean;
}

/** From this R / (R + G + B) on red is saturated (WCAG 2.3.1). */
const saturatedRed = 0.8;

/** Below this deviation of luma within a cell, as a share of the range, its mean alone tells its light. */
const flatDeviation = 0.01;

/**
 * The light of each cell. Light is no linear function of code values, and so the mean of a cell does not tell its mean light:
 * it is taken as the mean of the light one deviation above and one below the mean, which is right for a cell of two values, half
 * of each, and for a smooth one (Gauss-Hermite quadrature of two points). Chroma is taken as flat within a cell.
 */
export function openLightCells(media: MediaInfo, kernels: Kernels): (measured: FrameToMeasure) => LightCells {
  const transfer = transferOf(media.video);
  const matrix = media.video === undefined ? "bt709" : colorMatrixOf(media.video);
  let result: LightCells | undefined;
  let places: LightPlaces | undefined;
  let scale: { readonly bitDepth: number; readonly fullRange: boolean; readonly of: LightScale } | undefined;

  function scaleOf({ bitDepth, fullRange }: VideoFrame): LightScale {
    if (scale?.bitDepth !== bitDepth || scale.fullRange !== fullRange) {
      const of = {
        ...lumaRange(bitDepth, fullRange),
        gray: 2 ** (bitDepth - 1),
        factors: colorFactors(matrix, fullRange),
        table: transfer.light,
        weights: transfer.shares,
        flatDeviation,
        saturatedRed,
      };
      scale = { bitDepth, fullRange, of };
    }
    return scale.of;
  }

  return (measured) => {
    const { frame } = measured;
    const [luma, chroma] = cellsOf(measured, kernels);
    const { columns, rows, cellWidth } = luma;
    const isSameShape = result?.columns === columns && result.rows === rows && result.cellSide === cellWidth;
    if (!isSameShape || result === undefined || places === undefined) {
      const samples = samplesOf(frame, luma);
      places = placesOf(frame, luma, chroma?.[0], samples);
      result = { columns, rows, cellSide: cellWidth, samples, luminance: noCells, red: noCells, isRed: false };
    }
    const { luminance, red, isRed } = kernels.measureLight(luma, chroma, places, scaleOf(frame));
    if (transfer.luminance) for (let at = 0; at < luminance.length; at++) luminance[at] = transfer.luminance(luminance[at] ?? 0);
    result.luminance = luminance;
    result.red = red;
    result.isRed = isRed;
    return result;
  };
}

const noCells = new Float32Array(0);

function samplesOf({ width, height }: VideoFrame, { columns, rows, cellWidth, cellHeight }: Cells): Uint32Array {
  return Uint32Array.from(
    { length: columns * rows },
    (_, at) =>
      Math.min(cellWidth, width - (at % columns) * cellWidth) *
      Math.min(cellHeight, height - Math.floor(at / columns) * cellHeight),
  );
}

/** For each cell of luma that of chroma which lies there; the first one where there is no chroma. */
function placesOf(frame: VideoFrame, luma: Cells, chroma: Cells | undefined, samples: Uint32Array): LightPlaces {
  const { width, height } = frame.planes[1] ?? frame;
  const shares = Float32Array.from(samples, (count) => 1 / count);
  const places = new Uint32Array(samples.length);
  const chromaShares = new Float32Array(samples.length);
  for (let at = 0; chroma !== undefined && at < samples.length; at++) {
    const left = ((at % luma.columns) * luma.cellWidth * width) / frame.width;
    const top = (Math.floor(at / luma.columns) * luma.cellHeight * height) / frame.height;
    const column = Math.min(chroma.columns - 1, Math.floor(left / chroma.cellWidth));
    const row = Math.min(chroma.rows - 1, Math.floor(top / chroma.cellHeight));
    places[at] = row * chroma.columns + column;
    const across = Math.min(chroma.cellWidth, width - column * chroma.cellWidth);
    chromaShares[at] = 1 / (across * Math.min(chroma.cellHeight, height - row * chroma.cellHeight));
  }
  return { shares, places, chromaShares };
}

/** Large pictures are measured in the cells that all share; small ones in finer cells, so that areas are told as closely. */
function cellsOf(measured: FrameToMeasure, kernels: Kernels): readonly [Cells, readonly [Cells, Cells] | undefined] {
  const { frame, previous } = measured;
  const [plane, blue, red] = frame.planes;
  const side = cellSideFor(frame);
  if (side === 16 || plane === undefined) return [measured.cells(), measured.chromaCells()];
  const bytes = bytesPerSample(frame.bitDepth);
  const luma = kernels.measureCells(plane, previous?.planes[0], bytes, 3, side, side);
  if (blue === undefined || red === undefined) return [luma, undefined];
  const width: CellWidth = (side * blue.width) / plane.width > 6 ? 8 : 4;
  const height = Math.max(4, Math.round((side * blue.height) / plane.height));
  return [
    luma,
    [
      kernels.measureCells(blue, previous?.planes[1], bytes, 4, width, height),
      kernels.measureCells(red, previous?.planes[2], bytes, 5, width, height),
    ],
  ];
}

function cellSideFor({ width, height }: VideoFrame): CellWidth {
  const longer = Math.max(width, height);
  if (longer >= 960) return 16;
  return longer >= 480 ? 8 : 4;
}
