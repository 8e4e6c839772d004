import type { MediaInfo, VideoFrame } from "../../decoder/index.js";
import type { Cells, CellWidth, Kernels } from "../kernels/index.js";
import { definePictureMeasurer } from "../measurer.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";
import { openStillClock } from "./still-clock.js";
import { findTrains, noTrains, type StripeTrains } from "./stripe-trains.js";
import { transferOf } from "./transfer.js";

/** Lines of cells that are looked along lie so far apart: the area is told in blocks of so many by so many cells. */
const blockCells = 4;

/** Rows that are read of each cell: enough for its mean, and in an interlaced picture all of one field. */
const sampledRows = 2;

/** Stripes go on from line to line: trains beside each other overlap by this share of the shorter, with like periods. */
const smallestOverlap = 0.5;
const periodTolerance = 0.1;

/** The stills are 0.08 s apart, and what is written holds until the next. */
const lookbackSeconds = 0.1;

const place = (what: string) => ({
  unit: "pixels",
  range: [0, 8192] as const,
  meaning: `${what} of all regular stripes; not measured where there are none`,
});

/**
 * Regular patterns of clearly discernible stripes, of any orientation: along rows and columns of cells 4 to 16 samples wide, light and
 * dark take turns regularly, and do so with the same period along the lines beside. Told at the first frame at or after each multiple
 * of 0.08 s, and kept until the next, because what reads it reads every frame.
 */
export const stripes = definePictureMeasurer({
  name: "stripes",
  needs: "any",
  lookbackSeconds,
  provides: {
    "stripes.areaRatio": {
      unit: "ratio",
      range: [0, 1],
      meaning: "Share of the picture in which clearly discernible regular stripes stand, more than five light-dark pairs of them",
    },
    "stripes.pairs": {
      unit: "count",
      range: [0, 1024],
      meaning: "Light-dark pairs of those stripes, along the line that shows most; 0 where there are none",
    },
    "stripes.left": place("Left edge"),
    "stripes.top": place("Upper edge"),
    "stripes.width": place("Width"),
    "stripes.height": place("Height"),
  },
  begin: ({ media, kernels }) => {
    const clock = openStillClock();
    const cellsOf = openLightOfCells(media, kernels);
    let picture: Picture | undefined;
    return ({ frame }, write) => {
      if (clock.isDue(frame)) {
        const { cells, light } = cellsOf(frame);
        const columns = Math.floor(frame.width / cells.cellWidth / blockCells);
        const rows = Math.floor(frame.height / cells.cellWidth / blockCells);
        if (picture?.columns !== columns || picture.rows !== rows) picture = beginPicture(columns, rows);
        findStripes(picture, cells, light);
      }
      if (picture === undefined || picture.columns * picture.rows === 0) return;
      const { columns, rows, blocks, pairs, left, top, right, bottom } = picture;
      write("stripes.areaRatio", blocks / (columns * rows));
      write("stripes.pairs", pairs);
      if (blocks === 0) return;
      const side = blockCells * cellSideFor(frame) * ((media.video?.width ?? frame.width) / frame.width);
      write("stripes.left", Math.round(left * side));
      write("stripes.top", Math.round(top * side));
      write("stripes.width", Math.round((right + 1) * side) - Math.round(left * side));
      write("stripes.height", Math.round((bottom + 1) * side) - Math.round(top * side));
    };
  },
});

/** What was found in a picture, in blocks, and room to look for it. */
interface Picture {
  readonly columns: number;
  readonly rows: number;
  /** 1 for each block that stripes cover. */
  readonly covered: Uint8Array;
  readonly alongRow: Line;
  readonly alongColumn: Line;
  /** How many blocks are covered, and what bounds them; nothing where none is. */
  blocks: number;
  pairs: number;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** One line of cells and what was found along it and the line before. */
interface Line {
  readonly light: Float32Array;
  readonly edges: Float32Array;
  now: StripeTrains;
  before: StripeTrains;
}

function beginPicture(columns: number, rows: number): Picture {
  const line = (cells: number): Line => ({
    light: new Float32Array(cells),
    edges: new Float32Array(cells),
    now: noTrains(),
    before: noTrains(),
  });
  return {
    columns,
    rows,
    covered: new Uint8Array(columns * rows),
    alongRow: line(columns * blockCells),
    alongColumn: line(rows * blockCells),
    ...{ blocks: 0, pairs: 0, left: columns, top: rows, right: -1, bottom: -1 },
  };
}

/** Light of the cells of a frame: of a gray of their mean luma. `light` holds that of each code value of luma, in 4096 steps. */
function openLightOfCells(
  media: MediaInfo,
  kernels: Kernels,
): (frame: VideoFrame) => { readonly cells: Cells; readonly light: LightOfSums } {
  const { light, luminance } = transferOf(media.video);
  const table = luminance === undefined ? light : light.map(luminance);
  return (frame) => {
    const [plane] = frame.planes;
    if (plane === undefined) throw new Error("The frame has no planes.");
    const side = cellSideFor(frame);
    const step = side / sampledRows;
    const sampled = { ...plane, height: Math.floor(plane.height / step), stride: plane.stride * step };
    const cells = kernels.measureCells(sampled, undefined, bytesPerSample(frame.bitDepth), 6, side, sampledRows);
    const { black, white } = lumaRange(frame.bitDepth, frame.fullRange);
    const samples = side * sampledRows;
    const steps = (table.length - 1) / (white - black);
    return { cells, light: { table, factor: steps / samples, offset: 0.5 - black * steps } };
  };
}

/** The light of a cell is `table[sum · factor + offset]`. */
interface LightOfSums {
  readonly table: Float32Array;
  readonly factor: number;
  readonly offset: number;
}

function findStripes(picture: Picture, { columns: stride, sums }: Cells, light: LightOfSums): void {
  const { columns, rows, covered, alongRow, alongColumn } = picture;
  covered.fill(0);
  picture.pairs = 0;
  const middle = blockCells >> 1;
  alongRow.before.count = alongColumn.before.count = 0;
  for (let row = 0; row < rows; row++) {
    readLine(alongRow.light, sums, (row * blockCells + middle) * stride, 1, light);
    takeLine(picture, alongRow, row * columns, 1, columns);
  }
  for (let column = 0; column < columns; column++) {
    readLine(alongColumn.light, sums, column * blockCells + middle, stride, light);
    takeLine(picture, alongColumn, column, columns, 1);
  }
  bound(picture);
}

function readLine(
  line: Float32Array,
  sums: Uint32Array,
  first: number,
  step: number,
  { table, factor, offset }: LightOfSums,
): void {
  const last = table.length - 1;
  for (let at = 0, cell = first; at < line.length; at++, cell += step) {
    const code = Math.trunc((sums[cell] ?? 0) * factor + offset);
    line[at] = table[code < 0 ? 0 : code > last ? last : code] ?? 0;
  }
}

/** Finds the trains of a line and covers the blocks of those that go on from the line before, on both lines. */
function takeLine(picture: Picture, line: Line, firstBlock: number, step: number, stepToNext: number): void {
  const { now, before } = line;
  findTrains(line.light, line.edges, now);
  for (let one = 0; one < now.count; one++) {
    for (let other = 0; other < before.count; other++) {
      if (!goOn(now, one, before, other)) continue;
      cover(picture, now, one, firstBlock, step);
      cover(picture, before, other, firstBlock - stepToNext, step);
    }
  }
  line.now = before;
  line.before = now;
}

function goOn(now: StripeTrains, one: number, before: StripeTrains, other: number): boolean {
  const [from, to] = [now.from[one] ?? 0, now.to[one] ?? 0];
  const [otherFrom, otherTo] = [before.from[other] ?? 0, before.to[other] ?? 0];
  const overlap = Math.min(to, otherTo) - Math.max(from, otherFrom);
  if (overlap < smallestOverlap * Math.min(to - from, otherTo - otherFrom)) return false;
  const [period, otherPeriod] = [now.period[one] ?? 0, before.period[other] ?? 0];
  return Math.abs(period - otherPeriod) <= periodTolerance * Math.max(period, otherPeriod);
}

/** Marks the blocks whose middle a train covers. */
function cover(picture: Picture, trains: StripeTrains, at: number, firstBlock: number, step: number): void {
  picture.pairs = Math.max(picture.pairs, trains.pairs[at] ?? 0);
  const first = Math.ceil((trains.from[at] ?? 0) / blockCells - 0.5);
  const end = (trains.to[at] ?? 0) / blockCells - 0.5;
  for (let block = first; block <= end; block++) picture.covered[firstBlock + block * step] = 1;
}

function bound(picture: Picture): void {
  const { columns, rows, covered } = picture;
  picture.blocks = 0;
  picture.left = columns;
  picture.top = rows;
  picture.right = picture.bottom = -1;
  for (let row = 0, block = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, block++) {
      if (covered[block] === 0) continue;
      picture.blocks++;
      picture.left = Math.min(picture.left, column);
      picture.right = Math.max(picture.right, column);
      picture.top = Math.min(picture.top, row);
      picture.bottom = row;
    }
  }
}

/** From 80 to 320 cells across: stripes of 2.5 of them, 10 to 40 samples, are told from a gray. */
function cellSideFor({ width, height }: VideoFrame): CellWidth {
  const longer = Math.max(width, height);
  if (longer >= 2560) return 16;
  return longer >= 1280 ? 8 : 4;
}
