import type { VideoFrame } from "../../decoder/index.js";
import { openRowSampler, sampledPlanes } from "./plane-samples.js";

/** The colour that most of a picture has, on the scale of 8 bits. */
export interface CommonColor {
  readonly luma: number;
  /** 128 in gray pictures. */
  readonly cb: number;
  readonly cr: number;
  /** Share of the sampled points that have it. */
  readonly ratio: number;
}

const pointsAcross = 48;
const pointsDown = 27;
const points = pointsAcross * pointsDown;

/** Points within so many levels of 8 bits have one colour: noise with a standard deviation of 4 keeps to it. */
const tolerance = 8;

/** Finds the most common colour of each frame that it is given, from a grid of points; keeps its memory from frame to frame. */
export function openColorSearch(): (frame: VideoFrame) => CommonColor {
  const lumas = new Float32Array(points);
  const cbs = new Float32Array(points);
  const crs = new Float32Array(points);
  const histogram = new Uint32Array(256);
  const readRow = openRowSampler(pointsAcross);

  /** The middle of the fullest window of the histogram, over the points that lie within both windows given. */
  function fullest(values: Float32Array, aroundLuma: number, aroundCb: number): number {
    histogram.fill(0);
    for (let point = 0; point < points; point++) {
      if (Math.abs((lumas[point] ?? 0) - aroundLuma) > tolerance) continue;
      if (Math.abs((cbs[point] ?? 0) - aroundCb) > tolerance) continue;
      const level = Math.min(255, Math.round(values[point] ?? 0));
      histogram[level] = (histogram[level] ?? 0) + 1;
    }
    let inWindow = 0;
    for (let level = 0; level < tolerance; level++) inWindow += histogram[level] ?? 0;
    let most = 0;
    let first = 0;
    let last = 0;
    for (let middle = 0; middle < 256; middle++) {
      inWindow += (histogram[middle + tolerance] ?? 0) - (histogram[middle - tolerance - 1] ?? 0);
      if (inWindow > most) first = middle;
      // A field of one exact level fills many windows equally: the middle one of them has it in its centre.
      if (inWindow >= most) last = middle;
      most = Math.max(most, inWindow);
    }
    return last - first <= 2 * tolerance ? (first + last) / 2 : first;
  }

  /** The mean colour of the points within the windows around these. */
  function meanNear(middleLuma: number, middleCb: number, middleCr: number): CommonColor {
    let sumLuma = 0;
    let sumCb = 0;
    let sumCr = 0;
    let count = 0;
    for (let point = 0; point < points; point++) {
      const pointLuma = lumas[point] ?? 0;
      const pointCb = cbs[point] ?? 0;
      const pointCr = crs[point] ?? 0;
      if (Math.abs(pointLuma - middleLuma) > tolerance) continue;
      if (Math.abs(pointCb - middleCb) > tolerance || Math.abs(pointCr - middleCr) > tolerance) continue;
      sumLuma += pointLuma;
      sumCb += pointCb;
      sumCr += pointCr;
      count++;
    }
    if (count === 0) return { luma: middleLuma, cb: middleCb, cr: middleCr, ratio: 0 };
    return { luma: sumLuma / count, cb: sumCb / count, cr: sumCr / count, ratio: count / points };
  }

  return (frame) => {
    const [luma, cb, cr] = sampledPlanes(frame);
    if (luma === undefined) return { luma: 0, cb: 128, cr: 128, ratio: 0 };
    if (cb === undefined) cbs.fill(128);
    if (cr === undefined) crs.fill(128);
    for (let row = 0; row < pointsDown; row++) {
      const down = (row + 0.5) / pointsDown;
      readRow(luma, down, lumas, row * pointsAcross);
      if (cb !== undefined) readRow(cb, down, cbs, row * pointsAcross);
      if (cr !== undefined) readRow(cr, down, crs, row * pointsAcross);
    }
    const anyValue = Number.NaN;
    const middleLuma = fullest(lumas, anyValue, anyValue);
    const middleCb = fullest(cbs, middleLuma, anyValue);
    return meanNear(middleLuma, middleCb, fullest(crs, middleLuma, middleCb));
  };
}
