import { definePlanter, type Strength } from "../planter.js";

/** Somebody hums: a clip may be silent for long, and then there is nothing to lose. */
const hum = "0.06*sin(2*PI*220*t+3*sin(8*t))*(0.6+0.4*sin(3*t))";

/** One channel at a level; clips that hold one side only get the other one's sound first, so that there is something to lose. */
function dead(
  name: string,
  lastsSeconds: number,
  channel: 0 | 1,
  level: (between: string) => string,
  actionable = true,
): Strength {
  return {
    name,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const between = `between(t,${startSeconds},${endSeconds})`;
      const programme = [0, 1].map((own) => `(0.9*val(${own})+0.1*val(${1 - own})+${hum})`);
      const exprs = programme.map((own, at) => (at === channel ? level(`if(${between},0,1)*${own}`) : own));
      return `aeval=exprs='${exprs.join("|")}':c=same`;
    },
  };
}

export const planter = definePlanter({
  type: "channel-missing",
  needs: "sound",
  strengths: [
    dead("left, 6 s", 6, 0, (sound) => sound),
    dead("right, to the end", Infinity, 1, () => "0"),
    dead("right, noise at -70 dBFS, 6 s", 6, 1, (sound) => `${sound}+0.0003*(2*random(0)-1)`),
    dead("left, 3 s", 3, 0, (sound) => sound, false),
  ],
  alsoRaises: ["level-jump", "loudness", "dropout"],
});
