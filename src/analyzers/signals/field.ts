import type { Plane, VideoFrame } from "../../decoder/index.js";

/**
 * The luma of a frame that was taken at one moment: all of it, or the lines of the upper field of an interlaced frame,
 * where neighbouring lines of the two fields show different moments.
 */
export function lumaOfOneMoment({ planes, fieldOrder }: VideoFrame): Plane | undefined {
  const [luma] = planes;
  if (luma === undefined || fieldOrder === "progressive") return luma;
  return { ...luma, height: Math.ceil(luma.height / 2), stride: luma.stride * 2 };
}
