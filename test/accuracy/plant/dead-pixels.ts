import { definePlanter, type Strength } from "../planter.js";

/** A dot left of the middle and below it, where pictures have something to show. */
function dot(name: string, side: number, color: string, actionable: boolean): Strength {
  return {
    name,
    actionable,
    lastsSeconds: 6,
    picture: ({ startSeconds, endSeconds }) =>
      `drawbox=x=floor(iw*0.41):y=floor(ih*0.57):w=${side}:h=${side}:t=fill:c=${color}:enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

export const planter = definePlanter({
  type: "dead-pixels",
  needs: "picture",
  strengths: [
    dot("1 pixel, white", 1, "white", false),
    dot("2x2 pixels, white", 2, "white", false),
    dot("3x3 pixels, white", 3, "white", true),
    dot("3x3 pixels, black", 3, "black", false),
  ],
});
