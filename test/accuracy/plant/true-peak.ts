import { definePlanter, type Strength } from "../planter.js";

/** A tone at a quarter of the sample rate whose samples all lie 3 dB below its peaks; the clip around it is made quieter. */
function between(dbtp: number, actionable: boolean, lastsSeconds = 1): Strength {
  const amplitude = 10 ** (dbtp / 20);
  return {
    name: `${dbtp} dBTP between samples, ${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) =>
      `aeval=exprs='if(between(t,${startSeconds},${endSeconds}),${amplitude}*sin(PI/2*n+PI/4),0.4*val(ch))':c=same`,
  };
}

/** Sample peaks stay at or below -1.5 dBFS, but for the last. Coders move peaks by some tenths of a decibel. */
export const planter = definePlanter({
  type: "true-peak",
  needs: "sound",
  strengths: [between(0, true), between(1.5, true), between(3, true, 4), between(-0.8, false)],
  alsoRaises: ["tone", "level-jump", "clipping", "dual-mono", "loudness"],
});
