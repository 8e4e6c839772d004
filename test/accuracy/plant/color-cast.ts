import { definePlanter, type Strength } from "../planter.js";

const tinted = (name: string, filter: string, actionable = true): Strength => ({
  name,
  actionable,
  lastsSeconds: 4,
  picture: ({ startSeconds, endSeconds }) => `${filter}:enable='between(t,${startSeconds},${endSeconds})',format=yuv420p`,
});

export const planter = definePlanter({
  type: "color-cast",
  needs: "picture",
  alsoRaises: ["levels", "exposure", "black"],
  strengths: [
    tinted("no green", "colorchannelmixer=gg=0"),
    tinted("no blue", "colorchannelmixer=bb=0"),
    tinted("no red", "colorchannelmixer=rr=0"),
    tinted("white balance 30 % off", "colorchannelmixer=rr=1.3:bb=0.7"),
    tinted("white balance 12 % off", "colorchannelmixer=rr=1.12:bb=0.88", false),
    {
      name: "Cb and Cr swapped",
      actionable: false,
      lastsSeconds: 4,
      graph: ({ startSeconds, endSeconds }) =>
        `[0:v]split[kept][other];[other]shuffleplanes=0:2:1:3[swapped];[kept][swapped]overlay=enable='between(t,${startSeconds},${endSeconds})',format=yuv420p[v]`,
    },
  ],
});
