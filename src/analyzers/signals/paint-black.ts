import type { Plane, VideoFrame } from "../../decoder/index.js";
import type { PictureShare } from "../../ingest/index.js";
import { bytesPerSample } from "./frame-passes.js";
import { lumaRange } from "./luma.js";

/**
 * Paints a part of the frame black, where it lies, so that nothing that is measured knows what was there. Samples that the
 * region only touches are painted too.
 */
export function paintBlack({ planes, bitDepth, fullRange }: VideoFrame, region: PictureShare): void {
  const neutralChroma = 2 ** (bitDepth - 1);
  for (const [index, plane] of planes.entries()) {
    fill(plane, region, index === 0 ? lumaRange(bitDepth, fullRange).black : neutralChroma, bytesPerSample(bitDepth));
  }
}

function fill(plane: Plane, region: PictureShare, value: number, bytes: 1 | 2): void {
  const { data, width, height, stride } = plane;
  const left = Math.floor(region.leftRatio * width);
  const right = Math.min(width, Math.ceil((region.leftRatio + region.widthRatio) * width));
  const top = Math.floor(region.topRatio * height);
  const bottom = Math.min(height, Math.ceil((region.topRatio + region.heightRatio) * height));
  const samples = bytes === 1 ? data : new Uint16Array(data.buffer, data.byteOffset, data.byteLength >> 1);
  for (let row = top; row < bottom; row++) {
    const start = (row * stride) / bytes;
    samples.fill(value, start + left, start + Math.max(left, right));
  }
}
