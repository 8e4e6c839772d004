import type { Region } from "../../analyzers/index.js";
import type { VideoTrack } from "../../decoder/index.js";
import type { RawPicture } from "./grab-pictures.js";

/** What is known of the coded frame that a region lies in. */
export type CodedFrame = Pick<VideoTrack, "width" | "height" | "rotationDegrees">;

/** Where pixels of the coded frame are when the frame is shown rotated, as shares of the shown picture. */
function shownShares({ x, y, width, height }: Region, { width: codedWidth, height: codedHeight, rotationDegrees }: CodedFrame) {
  const [left, right, top, bottom] = [x / codedWidth, (x + width) / codedWidth, y / codedHeight, (y + height) / codedHeight];
  switch (((rotationDegrees % 360) + 360) % 360) {
    case 90:
      return { left: 1 - bottom, right: 1 - top, top: left, bottom: right };
    case 180:
      return { left: 1 - right, right: 1 - left, top: 1 - bottom, bottom: 1 - top };
    case 270:
      return { left: top, right: bottom, top: 1 - right, bottom: 1 - left };
    default:
      return { left, right, top, bottom };
  }
}

/** A box (SVG of the picture's size) around the region of a defect: light within dark, so that it shows on any picture. */
export function regionDrawing(region: Region, video: CodedFrame, { width, height }: RawPicture): string {
  const shares = shownShares(region, video);
  const inside = (value: number, most: number) => Math.min(most - 2, Math.max(2, value));
  const [left, right] = [inside(shares.left * width, width), inside(shares.right * width, width)];
  const [top, bottom] = [inside(shares.top * height, height), inside(shares.bottom * height, height)];
  // A single dead pixel still gets a box that can be seen, around it and not over it.
  const air = Math.max(0, 10 - Math.min(right - left, bottom - top)) / 2 + 1;
  const box = `x="${(left - air).toFixed(1)}" y="${(top - air).toFixed(1)}" width="${(right - left + 2 * air).toFixed(1)}" height="${(bottom - top + 2 * air).toFixed(1)}" fill="none"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect ${box} stroke="#000" stroke-width="4"/><rect ${box} stroke="#ffd400" stroke-width="2"/></svg>`;
}
