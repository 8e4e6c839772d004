import { levelOf, type Listen, listenedRate } from "../listen.js";
import { definePlanter, type Span, type Strength } from "../planter.js";

/** Mains and two harmonics lie below it; two critical bands of the ear do too (Zwicker). */
const lowPass = "lowpass=f=200,lowpass=f=200";
/** A tone is heard down to so far below the noise of its critical band (Fastl and Zwicker, Psychoacoustics, ch. 4). */
const maskedDb = 6;
const partSeconds = 0.2;

/** At least half of the time the low sound of the programme leaves the hum to be heard, on one side at least. */
async function isUnmasked(listen: Listen, { startSeconds, endSeconds }: Span, dbfs: number): Promise<boolean> {
  const partSamples = partSeconds * listenedRate;
  return (await listen(startSeconds, endSeconds, lowPass)).some((side) => {
    const parts = Array.from({ length: Math.floor(side.length / partSamples) }, (_, part) =>
      levelOf(side.subarray(part * partSamples, (part + 1) * partSamples)),
    );
    return 2 * parts.filter((level) => level - maskedDb <= dbfs).length >= parts.length;
  });
}

/** Mains below the programme: the base and two harmonics of it. */
function hum(hertz: number, dbfs: number, actionable: boolean, lastsSeconds = 7): Strength {
  return {
    name: `${hertz} Hz at ${dbfs} dBFS, ${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    // A sine of this amplitude is 3 dB softer than a square wave.
    isHeard: (listen, span) => isUnmasked(listen, span, dbfs - 3),
    sound: ({ startSeconds, endSeconds }) => {
      const lines = [1, 0.5, 0.4].map((share, index) => `${share}*sin(2*PI*${hertz * (index + 1)}*t)`).join("+");
      const amplitude = 10 ** (dbfs / 20) / Math.hypot(1, 0.5, 0.4);
      return `aeval=exprs='val(ch)+if(between(t,${startSeconds},${endSeconds}),${amplitude}*(${lines}),0)':c=same`;
    },
  };
}

/** The last one is shorter than a hum must be: it shows where detection ends. */
export const planter = definePlanter({
  type: "hum",
  needs: "sound",
  strengths: [hum(50, -26, true), hum(60, -32, true), hum(49.95, -32, true, 8), hum(50, -45, true), hum(60, -32, false, 4)],
  alsoRaises: ["clipping", "true-peak", "dc-offset", "tone", "level-jump"],
});
