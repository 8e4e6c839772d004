import { levelOf, type Listen, listenedRate } from "../listen.js";
import { definePlanter, type Strength } from "../planter.js";

/** Programme: an ordinary one is some 20 dB louder, the noise of a room softer. */
const programmeDbfs = -45;
/** In a pause of the programme around it nothing is missed. */
const pauseDb = 20;
const besideSeconds = 0.05;
const aroundSeconds = 1;

/** One side carries programme up to the fault, would in it, and does after it: no pause, and nothing much softer than what is around. */
async function isInProgramme(listen: Listen, startSeconds: number, lastsSeconds: number): Promise<boolean> {
  const endSeconds = startSeconds + lastsSeconds;
  const fromSeconds = Math.max(0, startSeconds - aroundSeconds);
  const sides = await listen(fromSeconds, endSeconds + aroundSeconds);
  return sides.some((side) => {
    const between = (from: number, to: number) =>
      levelOf(side.subarray(Math.round((from - fromSeconds) * listenedRate), Math.round((to - fromSeconds) * listenedRate)));
    const least = Math.max(programmeDbfs, levelOf(side) - pauseDb);
    const parts = [
      between(startSeconds - besideSeconds, startSeconds),
      between(startSeconds, endSeconds),
      between(endSeconds, endSeconds + besideSeconds),
    ];
    return parts.every((level) => level >= least);
  });
}

/** Nothing instead of the programme; `holds` is what a sample is while it lasts. */
function gap(milliseconds: number, { actionable = true, holds = "0", name = "" } = {}): Strength {
  return {
    name: `gap of ${milliseconds} ms${name}`,
    actionable,
    lastsSeconds: milliseconds / 1000,
    // Not `volume`, which begins and ends with a coded frame: tens of milliseconds away.
    sound: ({ startSeconds }) => {
      const inside = `between(t,${startSeconds},${startSeconds + milliseconds / 1000})`;
      return `aeval=exprs='if(${inside},${holds},val(ch))':c=same`;
    },
    isHeard: (listen, { startSeconds }) => isInProgramme(listen, startSeconds, milliseconds / 1000),
    expected: ({ startSeconds }) => [{ startSeconds, endSeconds: startSeconds + milliseconds / 1000 + 0.04 }],
  };
}

const lossless = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "30", "-c:a", "alac"];

/** One sample that is wrong. */
function click(amplitude: number, actionable: boolean, encode?: readonly string[]): Strength {
  return {
    name: `click of ${amplitude}${encode === undefined ? ", coded lossily" : ""}`,
    actionable,
    lastsSeconds: 0.04,
    ...(encode && { encode }),
    sound: ({ startSeconds }) => {
      const sample = Math.round(48000 * (startSeconds + 0.02));
      return `aeval=exprs='val(ch)+if(eq(n,${sample}),${amplitude},0)':c=same`;
    },
    expected: ({ startSeconds }) => [{ startSeconds, endSeconds: startSeconds + 0.15 }],
  };
}

/** A buffer that is played twice: what follows comes later by its length. */
function repeat(milliseconds: number, actionable: boolean, encode?: readonly string[]): Strength {
  const seconds = milliseconds / 1000;
  return {
    name: `${milliseconds} ms played twice${encode === undefined ? ", coded lossily" : ""}`,
    actionable,
    lastsSeconds: seconds,
    ...(encode && { encode }),
    graph: ({ startSeconds }) => {
      const end = startSeconds + seconds;
      return (
        `[0:a]asplit[x][y];[x]atrim=end=${end},asetpts=N/SR/TB[first];` +
        `[y]atrim=start=${startSeconds},asetpts=N/SR/TB[again];[first][again]concat=n=2:v=0:a=1[a]`
      );
    },
    isHeard: (listen, { startSeconds }) => isInProgramme(listen, startSeconds, seconds),
    expected: ({ startSeconds }) => [{ startSeconds: startSeconds + seconds, endSeconds: startSeconds + 2 * seconds + 0.03 }],
  };
}

/** Lossy coders smear a click, and what comes twice is never the same again: those rows show where detection ends, and so does the gap that is shorter than their windows. */
export const planter = definePlanter({
  type: "dropout",
  needs: "sound",
  strengths: [
    gap(20),
    gap(60),
    gap(200),
    gap(500),
    gap(60, { holds: "0.02", name: ", a sample held" }),
    click(0.5, true, lossless),
    gap(5, { actionable: false }),
    click(0.5, false),
    repeat(10, true, lossless),
    repeat(40, true, lossless),
    repeat(40, false),
  ],
  alsoRaises: ["silence", "true-peak", "clipping"],
});
