import { definePlanter, type Strength } from "../planter.js";

function lasting(lastsSeconds: number, actionable: boolean): Strength {
  return {
    name: `${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    picture: ({ startSeconds, endSeconds }) => `drawbox=t=fill:c=black:enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

/** The last one is not of full black: a lifted black level, as analogue sources and cheap converters have it. */
export const planter = definePlanter({
  type: "black",
  needs: "picture",
  strengths: [
    lasting(2.2, true),
    lasting(4, true),
    {
      ...lasting(3, true),
      name: "3 s, luma 28",
      picture: ({ startSeconds, endSeconds }) => `drawbox=t=fill:c=0x0e0e0e:enable='between(t,${startSeconds},${endSeconds})'`,
    },
  ],
});
