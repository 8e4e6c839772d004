import { definePlanter, type Strength } from "../planter.js";

interface Tone {
  readonly hertz: number;
  readonly dbfs: number;
  readonly lastsSeconds: number;
  readonly actionable?: boolean;
  /** How it is interrupted: an expression that is 0 where it is, `SINCE` stands for seconds since it began. */
  readonly key?: string;
  readonly name?: string;
}

/** A sine instead of the programme. */
function tone({ hertz, dbfs, lastsSeconds, actionable = true, key = "1", name = "" }: Tone): Strength {
  return {
    name: `${hertz} Hz at ${dbfs} dBFS${name}, ${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const sine = `${10 ** (dbfs / 20)}*sin(2*PI*${hertz}*t)*(${key.replaceAll("SINCE", `(t-${startSeconds})`)})`;
      return `aeval=exprs='if(between(t,${startSeconds},${endSeconds}),${sine},val(ch))':c=same`;
    },
  };
}

/** The last one is shorter than a line-up: a bleep over a word. */
export const planter = definePlanter({
  type: "tone",
  needs: "sound",
  strengths: [
    tone({ hertz: 1000, dbfs: -18, lastsSeconds: 3 }),
    tone({ hertz: 440, dbfs: -20, lastsSeconds: 5 }),
    tone({ hertz: 1000, dbfs: -18, lastsSeconds: 8, key: "lt(mod(SINCE,3),2.75)", name: ", interrupted as EBU line-up is" }),
    tone({ hertz: 10000, dbfs: -20, lastsSeconds: 4 }),
    tone({ hertz: 100, dbfs: -20, lastsSeconds: 4 }),
    tone({ hertz: 1000, dbfs: -18, lastsSeconds: 1, actionable: false }),
  ],
  alsoRaises: ["dual-mono", "level-jump", "true-peak", "clipping", "hum"],
});
