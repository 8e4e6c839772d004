import type { Plane, VideoFrame } from "../../decoder/index.js";
import { type Cells, type CellsPlane, type CellWidth, cellSide, type Kernels, type LumaSums } from "../kernels/index.js";
import type { FrameToMeasure } from "../measurer.js";
import { type CellMeans, openCellMeans } from "./cell-means.js";
import { darkLimit } from "./luma.js";

/** The frame that is measured now; one object for all frames of a stream. */
export interface FramePasses extends FrameToMeasure {
  show(frame: VideoFrame, previous: VideoFrame | undefined): void;
}

/** Runs each pass over a frame's pixels when it is first asked for, and at most once a frame. */
export function openFramePasses(kernels: Kernels): FramePasses {
  let frame: VideoFrame | undefined;
  let previous: VideoFrame | undefined;
  let lumaSums: LumaSums | undefined;
  let difference: number | undefined;
  let chromaCells: readonly [Cells, Cells] | undefined;
  const meansOf = openCellMeans();
  let cellMeans: { readonly found: CellMeans | undefined } | undefined;

  function present(): VideoFrame {
    if (frame === undefined) throw new Error("No frame was shown.");
    return frame;
  }

  function luma(): LumaSums {
    if (lumaSums !== undefined) return lumaSums;
    const { planes, bitDepth, fullRange } = present();
    const [plane] = planes;
    if (plane === undefined) throw new Error("The frame has no planes.");
    lumaSums = kernels.measureLuma(plane, previous?.planes[0], bytesPerSample(bitDepth), darkLimit(bitDepth, fullRange));
    return lumaSums;
  }

  function cellsOf(place: CellsPlane, cellWidth: CellWidth, cellHeight: number): Cells {
    const { planes, bitDepth } = present();
    const plane = planes[place];
    if (plane === undefined) throw new Error(`The frame has no plane ${place}.`);
    return kernels.measureCells(plane, previous?.planes[place], bytesPerSample(bitDepth), place, cellWidth, cellHeight);
  }

  const measured: FramePasses = {
    show(nextFrame, frameBefore) {
      frame = nextFrame;
      previous = frameBefore;
      lumaSums = difference = chromaCells = cellMeans = undefined;
    },
    get frame() {
      return present();
    },
    get previous() {
      return previous;
    },
    luma,
    difference() {
      if (previous === undefined) return undefined;
      if (difference !== undefined) return difference;
      difference = luma().difference;
      for (const cells of measured.chromaCells() ?? []) difference += sumOf(cells.differences);
      return difference;
    },
    cells: () => luma().cells,
    chromaCells() {
      const [luma, chroma] = present().planes;
      if (luma === undefined || chroma === undefined || present().planes.length < 3) return undefined;
      if (chromaCells !== undefined) return chromaCells;
      const width = chromaCellWidth(luma, chroma);
      const height = Math.round((cellSide * chroma.height) / luma.height);
      chromaCells = [cellsOf(1, width, height), cellsOf(2, width, height)];
      return chromaCells;
    },
    cellMeans() {
      cellMeans ??= { found: meansOf(measured) };
      return cellMeans.found;
    },
  };
  return measured;
}

function sumOf(cells: Uint32Array): number {
  let sum = 0;
  for (let at = 0; at < cells.length; at++) sum += cells[at] ?? 0;
  return sum;
}

/** Samples of a chroma plane that lie beside `cellSide` samples of luma. */
function chromaCellWidth(luma: Plane, chroma: Plane): CellWidth {
  const share = chroma.width / luma.width;
  if (share > 0.75) return 16;
  return share > 0.375 ? 8 : 4;
}

/** How many bytes one sample of this depth takes in memory. */
export function bytesPerSample(bitDepth: number): 1 | 2 {
  return bitDepth > 8 ? 2 : 1;
}

/**
 * Both frames have the same planes and both still lie in memory, so that they can be compared sample by sample.
 * A decoder that starts again may put a frame where the one before it lay; memory that grew has lost what lay in it.
 */
export function areComparable(previous: VideoFrame, frame: VideoFrame): boolean {
  const before = previous.planes[0];
  const now = frame.planes[0];
  return (
    before !== undefined &&
    now !== undefined &&
    previous.pixelFormat === frame.pixelFormat &&
    previous.width === frame.width &&
    previous.height === frame.height &&
    before.stride === now.stride &&
    before.data.buffer === now.data.buffer &&
    before.data.byteOffset !== now.data.byteOffset
  );
}
