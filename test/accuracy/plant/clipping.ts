import { definePlanter, type Strength } from "../planter.js";

/** The clip's sound, brought to a level and driven over full scale, and turned down again by `after`. */
function driven(name: string, lastsSeconds: number, decibels: number, after: number, actionable = true): Strength {
  return {
    name,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const exprs = [0, 1].map(
        (channel) =>
          `if(between(t,${startSeconds},${endSeconds}),clip(${10 ** (decibels / 20)}*val(${channel}),-1,1)*${after},0.5*val(${channel}))`,
      );
      // Evened out first: nothing is cut off where a clip is quiet.
      return `dynaudnorm=f=250:g=5:p=0.7:m=30,aeval=exprs='${exprs.join("|")}':c=same`;
    },
  };
}

export const planter = definePlanter({
  type: "clipping",
  needs: "sound",
  strengths: [
    driven("12 dB over, 4 s", 4, 15, 0.9),
    driven("18 dB over, 4 s", 4, 21, 0.9),
    driven("12 dB over, turned down to -10 dBFS, 4 s", 4, 15, 0.3),
    driven("3 dB over, 4 s", 4, 6, 0.9, false),
  ],
  alsoRaises: ["true-peak", "level-jump", "loudness", "dual-mono", "dc-offset"],
});
