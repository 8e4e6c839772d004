import { definePlanter, type Strength } from "../planter.js";

/** A copy to the right by `share` of the width, mixed with the picture. */
function ghost(opacity: number, share: number, actionable: boolean): Strength {
  return {
    name: `${Math.round(100 * opacity)} % at ${100 * share} % of the width`,
    actionable,
    lastsSeconds: 6,
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
