import type { Look, Seen } from "../look.js";
import { type CleanClip, definePlanter, type Strength } from "../planter.js";

/** An edge is doubled plainly where its copy steps by so many levels of 8 bits, from a pixel to the next but one. */
const plainLevels = 8;
/** Rows of pixels that must have such an edge, as a share: a picture of sky, fog or bokeh has little that could be seen twice. */
const edgedShare = 0.25;

/** Share of the rows with an edge that steps by so many levels at least. */
function edgedRows({ luma }: Seen, width: number, height: number, leastStep: number): number {
  let edged = 0;
  for (let row = 0; row < height; row++) {
    let largest = 0;
    for (let at = row * width + 2; at < (row + 1) * width; at++) {
      largest = Math.max(largest, Math.abs((luma[at] ?? 0) - (luma[at - 2] ?? 0)));
    }
    if (largest >= leastStep) edged++;
  }
  return edged / height;
}

async function isSeen(look: Look, { width, height }: CleanClip, opacity: number): Promise<boolean> {
  const seen = await look("fps=1", width, height);
  const shares = seen.map((frame) => edgedRows(frame, width, height, plainLevels / opacity));
  return shares.every((share) => share >= edgedShare);
}

/** A copy to the right by `share` of the width, mixed with the picture. */
function ghost(opacity: number, share: number, actionable: boolean): Strength {
  return {
    name: `${Math.round(100 * opacity)} % at ${100 * share} % of the width`,
    actionable,
    lastsSeconds: 6,
    isSeen: (look, _, clip) => isSeen(look, clip, opacity),
    picture: ({ startSeconds, endSeconds }, { width, height }) => {
      const shift = Math.round(width * share);
      return `split[clean][copy];[copy]crop=${width - shift}:${height}:0:0,pad=${width}:${height}:${shift}:0[ghost];[clean][ghost]blend=all_mode=normal:all_opacity=${1 - opacity}:enable='between(t,${startSeconds},${endSeconds})'`;
    },
  };
}

export const planter = definePlanter({
  type: "ghosting",
  needs: "picture",
  strengths: [ghost(0.1, 0.04, false), ghost(0.2, 0.04, true), ghost(0.35, 0.03, true), ghost(0.3, 0.08, true)],
});
