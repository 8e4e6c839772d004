import type { MediaInfo, VideoFrame } from "../../decoder/index.js";
import type { Cells, CellWidth, ColorFactors, Kernels } from "../kernels/index.js";
import type { FrameToMeasure } from "../measurer.js";
import { colorFactors, colorMatrixOf } from "./color-matrix.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";
import { tableSteps, transferOf } from "./transfer.js";

/** The light of a picture in cells, row by row; the arrays are reused for the next frame. */
export interface LightCells {
  readonly columns: number;
  readonly rows: number;
  /** Luma samples along each side of a cell. */
  readonly cellSide: number;
  /** How many luma samples each cell holds: fewer at the right and lower edge. */
  readonly samples: Uint32Array;
  /** Mean luminance, in units of `referenceLuminance`. */
  readonly luminance: Float32Array;
  /** R − G − B of linear light where R / (R + G + B) is 0.8 or more, 0 elsewhere: how red a saturated red is (WCAG 2.3.1). */
  readonly red: Float32Array;
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
  const { light } = transfer;
  const [redShare, greenShare, blueShare] = transfer.shares;
  const matrix = media.video === undefined ? "bt709" : colorMatrixOf(media.video);
  let result: LightCells | undefined;

  return (measured) => {
    const { frame } = measured;
    const [luma, chroma] = cellsOf(measured, kernels);
    const { columns, rows, cellWidth, cellHeight } = luma;
    const isSameShape = result?.columns === columns && result.rows === rows && result.cellSide === cellWidth;
    if (!isSameShape || result === undefined) result = emptyCells(frame, luma);
    const { samples, luminance, red } = result;
    result.isRed = false;
    const keeps = isSameShape && measured.previous !== undefined;

    const { black, white } = lumaRange(frame.bitDepth, frame.fullRange);
    const range = white - black;
    const factors: ColorFactors = colorFactors(matrix, frame.fullRange);
    const gray = 2 ** (frame.bitDepth - 1);
    const chromaPlane = frame.planes[1];
    const across = chroma && chromaPlane ? (cellWidth * chromaPlane.width) / (frame.width * chroma[0].cellWidth) : 0;
    const down = chroma && chromaPlane ? (cellHeight * chromaPlane.height) / (frame.height * chroma[0].cellHeight) : 0;

    for (let row = 0, at = 0; row < rows; row++) {
      const chromaRow = chroma ? Math.min(chroma[0].rows - 1, Math.floor(row * down)) : 0;
      for (let column = 0; column < columns; column++, at++) {
        let blueDifference = 0;
        let redDifference = 0;
        let isUnchanged = keeps && luma.differences[at] === 0;
        if (chroma && chromaPlane) {
          const [cb, cr] = chroma;
          const chromaColumn = Math.min(cb.columns - 1, Math.floor(column * across));
          const chromaAt = chromaRow * cb.columns + chromaColumn;
          isUnchanged &&= cb.differences[chromaAt] === 0 && cr.differences[chromaAt] === 0;
          const count =
            Math.min(cb.cellWidth, chromaPlane.width - chromaColumn * cb.cellWidth) *
            Math.min(cb.cellHeight, chromaPlane.height - chromaRow * cb.cellHeight);
          blueDifference = ((cb.sums[chromaAt] ?? 0) / count - gray) / range;
          redDifference = ((cr.sums[chromaAt] ?? 0) / count - gray) / range;
        }
        if (isUnchanged) {
          result.isRed ||= red[at] !== 0;
          continue;
        }
        const count = samples[at] ?? 1;
        const mean = (luma.sums[at] ?? 0) / count;
        const deviation = Math.sqrt(Math.max(0, (luma.squares[at] ?? 0) / count - mean * mean)) / range;
        const code = (mean - black) / range;
        const redCode = code + factors.toRed * redDifference;
        const greenCode = code - factors.fromGreenBlue * blueDifference - factors.fromGreenRed * redDifference;
        const blueCode = code + factors.toBlue * blueDifference;
        const redLight = lightOf(light, redCode, deviation);
        const greenLight = lightOf(light, greenCode, deviation);
        const blueLight = lightOf(light, blueCode, deviation);
        luminance[at] = transfer.luminance(redShare * redLight + greenShare * greenLight + blueShare * blueLight);
        // Both sides are 0 in a black cell, which is not red.
        const isSaturated = redLight > 0 && redLight >= saturatedRed * (redLight + greenLight + blueLight);
        red[at] = isSaturated ? Math.max(0, Math.min(1, redLight) - greenLight - blueLight) : 0;
        result.isRed ||= isSaturated;
      }
    }
    return result;
  };
}

function lightOf(light: Float32Array, code: number, deviation: number): number {
  if (deviation < flatDeviation) return lookUp(light, code);
  return (lookUp(light, code - deviation) + lookUp(light, code + deviation)) / 2;
}

function lookUp(light: Float32Array, code: number): number {
  const step = code * (tableSteps - 1) + 0.5;
  return light[step <= 0 ? 0 : step >= tableSteps ? tableSteps - 1 : step | 0] ?? 0;
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

function emptyCells({ width, height }: VideoFrame, { columns, rows, cellWidth, cellHeight }: Cells): LightCells {
  const samples = Uint32Array.from(
    { length: columns * rows },
    (_, at) =>
      Math.min(cellWidth, width - (at % columns) * cellWidth) *
      Math.min(cellHeight, height - Math.floor(at / columns) * cellHeight),
  );
  const cells = () => new Float32Array(columns * rows);
  return { columns, rows, cellSide: cellWidth, samples, luminance: cells(), red: cells(), isRed: false };
}
