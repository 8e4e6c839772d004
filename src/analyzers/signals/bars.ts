import { definePictureMeasurer } from "../measurer.js";
import { openRowSampler, sampledPlanes } from "./plane-samples.js";

/**
 * Angles in the plane of Cb and Cr of the six colours in the order of all colour bars: yellow, cyan, green, magenta,
 * red, blue; degrees, midway between those of ITU-R BT.601 and BT.709, which differ by up to 6.
 */
const hueDegrees = [172.5, -74.5, -129.6, 50.4, 105.5, -7.5] as const;

const hueDirections = hueDegrees.map((degrees) => {
  const angle = (degrees * Math.PI) / 180;
  return { cb: Math.cos(angle), cr: Math.sin(angle) };
});

/** How far a bar may lie from its angle, in degrees: noise and a hue set wrong stay within; two hues lie 55 or more apart. */
const hueTolerance = 20;
const nearCosine = Math.cos((hueTolerance * Math.PI) / 180);

/** Least distance from neutral of a bar's colour, in levels of 8 bits: bars of 75 % reach 70 to 106. */
const leastSaturation = 30;

/** Rows looked at; the others only when one of each `rowsAtFirst`-th shows bars, as none does in nearly all pictures. */
const rowsLookedAt = 40;
const rowsAtFirst = 4;
const pointsAcross = 224;

/** Each bar is at least so wide, as a share of the picture: a pillarboxed eighth of it is 0.094. */
const narrowestBar = 0.05;

/** The six bars together, as a share of the picture: those of SMPTE RP 219 take 0.64, EBU bars in a pillarbox 0.56. */
const narrowestBars = 0.5;

/** A bar is at most so much wider than the narrowest of the six. */
const widestToNarrowest = 1.75;

/** Luma of each bar lies at least so many levels of 8 bits below that of the bar before. */
const leastLumaStep = 4;

/** How far luma may differ within a bar, in levels of 8 bits, for so many of its points: noise does, a scene does more. */
const flatness = 12;
const leastFlatShare = 0.85;

/** How far the picture shows colour bars: rows of points are looked at for the six colours in their order. */
export const bars = definePictureMeasurer({
  name: "bars",
  needs: "any",
  lookbackSeconds: 0,
  provides: {
    "bars.ratio": {
      unit: "ratio",
      range: [0, 1],
      meaning:
        "Share of the picture's rows in which yellow, cyan, green, magenta, red and blue follow each other in flat bars of one width",
    },
  },
  begin: () => {
    const row = { hues: new Int8Array(pointsAcross), lumas: new Float32Array(pointsAcross) };
    const cbs = new Float32Array(pointsAcross);
    const crs = new Float32Array(pointsAcross);
    const readRow = openRowSampler(pointsAcross);
    return ({ frame }, write) => {
      const [luma, cb, cr] = sampledPlanes(frame);
      if (luma === undefined || cb === undefined || cr === undefined) {
        write("bars.ratio", 0);
        return;
      }
      const [y, u, v] = [luma, cb, cr];
      function rowsWithBars(first: number, every: number): number {
        let found = 0;
        for (let index = first; index < rowsLookedAt; index += every) {
          const down = (index + 0.5) / rowsLookedAt;
          readRow(u, down, cbs);
          readRow(v, down, crs);
          // Nearly no picture has anything of the first colour in its row: its luma need not be read.
          if (!findHues(cbs, crs, row.hues)) continue;
          readRow(y, down, row.lumas);
          if (showsBars(row)) found++;
        }
        return found;
      }
      const isPromising = rowsWithBars(rowsAtFirst / 2, rowsAtFirst) > 0;
      write("bars.ratio", isPromising ? rowsWithBars(0, 1) / rowsLookedAt : 0);
    };
  },
});

interface Row {
  /** Index into `hueDegrees`; -1 for neutral and for other hues. */
  readonly hues: Int8Array;
  readonly lumas: Float32Array;
}

/** The hues of a row of points. @returns whether the first of the six is among them */
function findHues(cbs: Float32Array, crs: Float32Array, hues: Int8Array): boolean {
  let hasFirst = false;
  for (let point = 0; point < pointsAcross; point++) {
    const hue = hueOf((cbs[point] ?? 0) - 128, (crs[point] ?? 0) - 128);
    hues[point] = hue;
    if (hue === 0) hasFirst = true;
  }
  return hasFirst;
}

function hueOf(cb: number, cr: number): number {
  const squared = cb * cb + cr * cr;
  if (squared < leastSaturation * leastSaturation) return -1;
  const least = nearCosine * Math.sqrt(squared);
  for (let hue = 0; hue < hueDirections.length; hue++) {
    const direction = hueDirections[hue];
    if (direction !== undefined && cb * direction.cb + cr * direction.cr >= least) return hue;
  }
  return -1;
}

/** Whether the six colours follow each other from left to right, each a flat bar, all of one width, each darker than the one before. */
function showsBars(row: Row): boolean {
  let point = row.hues.indexOf(0);
  if (point < 0) return false;
  const first = point;
  let narrowest = 1;
  let widest = 0;
  let lumaBefore = 256;
  for (let hue = 0; hue < hueDegrees.length; hue++) {
    const start = nextOf(row, hue, point);
    if (start < 0) return false;
    const end = endOf(row, hue, start);
    const width = (end - start) / pointsAcross;
    const luma = flatLuma(row, start, end);
    // Not a number where it is not flat.
    if (!(luma <= lumaBefore - leastLumaStep) || width < narrowestBar) return false;
    narrowest = Math.min(narrowest, width);
    widest = Math.max(widest, width);
    lumaBefore = luma;
    point = end;
  }
  return widest <= widestToNarrowest * narrowest && (point - first) / pointsAcross >= narrowestBars;
}

/** Points between two bars that may have neither's colour: filtered edges. */
const edgePoints = 4;

/** Where the bar of this hue begins, no further than an edge from `from`; -1 where it does not. */
function nextOf({ hues }: Row, hue: number, from: number): number {
  for (let point = from; point < Math.min(from + edgePoints, pointsAcross); point++) if (hues[point] === hue) return point;
  return -1;
}

/** Where the bar ends that begins at `start`: at the first of several points of other colours, so that specks do not cut it. */
function endOf({ hues }: Row, hue: number, start: number): number {
  let end = start;
  for (let point = start; point < pointsAcross && point - end < edgePoints; point++) if (hues[point] === hue) end = point + 1;
  return end;
}

/** Mean luma of a bar, its edges left out; NaN where it is not flat. */
function flatLuma({ lumas }: Row, start: number, end: number): number {
  const from = start + 1;
  const to = Math.max(from + 1, end - 1);
  let sum = 0;
  for (let point = from; point < to; point++) sum += lumas[point] ?? 0;
  const mean = sum / (to - from);
  let flat = 0;
  for (let point = from; point < to; point++) if (Math.abs((lumas[point] ?? 0) - mean) <= flatness) flat++;
  return flat >= leastFlatShare * (to - from) ? mean : Number.NaN;
}
