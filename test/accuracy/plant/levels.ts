import { definePlanter, type Strength } from "../planter.js";

function damaged(name: string, actionable: boolean, filter: (enable: string) => string): Strength {
  return {
    name,
    actionable,
    lastsSeconds: 3,
    picture: ({ startSeconds, endSeconds }) => filter(`enable='between(t,${startSeconds},${endSeconds})'`),
  };
}

/** A white patch over a share of the picture's area, and all that is as white, raised to a level. */
const whiteAt = (level: number, share: number) => (enable: string) => {
  const side = Math.sqrt(share).toFixed(4);
  return `drawbox=x=iw/3:y=ih/3:w=iw*${side}:h=ih*${side}:t=fill:color=white:${enable},lutyuv=y='if(gte(val,235),${level},val)':${enable}`;
};

/** As `lutyuv` has it: what lies beyond 0..255 is clipped. */
const luma = (expression: string) => (enable: string) => `lutyuv=y='clip(${expression},0,255)':${enable}`;

export const planter = definePlanter({
  type: "levels",
  needs: "picture",
  // Gain burns out what it does not push out of range.
  alsoRaises: ["exposure", "color-cast"],
  strengths: [
    damaged("white at 255 on 9 % of the area", true, whiteAt(255, 0.09)),
    damaged("white at 252 on 4 % of the area", true, whiteAt(252, 0.04)),
    damaged("twice the gain", true, luma("(val-16)*2+16")),
    damaged("white at 255 on 0.25 % of the area", false, whiteAt(255, 0.0025)),
    damaged("full range taken for limited", false, luma("(val-16)*255/219")),
  ],
});
