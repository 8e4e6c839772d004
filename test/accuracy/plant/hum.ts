import { definePlanter, type Strength } from "../planter.js";

/** Mains below the programme: the base and two harmonics of it. */
function hum(hertz: number, dbfs: number, actionable: boolean, lastsSeconds = 7): Strength {
  return {
    name: `${hertz} Hz at ${dbfs} dBFS, ${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => {
      const lines = [1, 0.5, 0.4].map((share, index) => `${share}*sin(2*PI*${hertz * (index + 1)}*t)`).join("+");
      const amplitude = 10 ** (dbfs / 20) / Math.hypot(1, 0.5, 0.4);
      return `aeval=exprs='val(ch)+if(between(t,${startSeconds},${endSeconds}),${amplitude}*(${lines}),0)':c=same`;
    },
  };
}

/** The last two lie below most programmes, and last shorter than a hum must: they show where detection ends. */
export const planter = definePlanter({
  type: "hum",
  needs: "sound",
  strengths: [hum(50, -26, true), hum(60, -32, true), hum(49.95, -32, true, 8), hum(50, -45, false), hum(60, -32, false, 4)],
  alsoRaises: ["clipping", "true-peak", "dc-offset", "tone", "level-jump"],
});
