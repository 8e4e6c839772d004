import { definePlanter, type Strength } from "../planter.js";

const lost = (name: string, filter: string, lastsSeconds: number, actionable = true): Strength => ({
  name,
  actionable,
  lastsSeconds,
  picture: ({ startSeconds, endSeconds }) => `${filter}:enable='between(t,${startSeconds},${endSeconds})'`,
});

export const planter = definePlanter({
  type: "chroma-loss",
  needs: "picture",
  // One plane alone takes the tint of its lack with it.
  alsoRaises: ["color-cast", "levels"],
  strengths: [
    lost("both planes, 2 s", "lutyuv=u=128:v=128", 2),
    lost("both planes, 5 s", "lutyuv=u=128:v=128", 5),
    lost("Cb alone, 4 s", "lutyuv=u=128", 4),
    lost("Cr alone, 4 s", "lutyuv=v=128", 4),
    lost("three quarters of both, 5 s", "lutyuv=u=(val-128)/4+128:v=(val-128)/4+128", 5, false),
  ],
});
