import { definePlanter, type Strength } from "../planter.js";

/** The right side with its sign turned, after the clip's stereo was narrowed to `width` (0 is mono, 1 as it is). */
function turned(name: string, lastsSeconds: number, width: number): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const middle = "(val(0)+val(1))/2";
      const side = `${width}*(val(0)-val(1))/2`;
      return `aeval=exprs='${middle}+${side}|if(between(t,${startSeconds},${endSeconds}),-1,1)*(${middle}-${side})':c=same`;
    },
  };
}

export const planter = definePlanter({
  type: "phase",
  needs: "sound",
  strengths: [turned("mono, 4 s", 4, 0), turned("narrow stereo, 4 s", 4, 0.4), turned("mono, from start to end", Infinity, 0)],
  alsoRaises: ["dual-mono"],
});
