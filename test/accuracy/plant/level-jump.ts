import { definePlanter, type Strength } from "../planter.js";

/** Seconds of the programme at its own level, in front of the jump: both sides are compared. */
const leadSeconds = 2;

/** From a moment on the programme is louder or softer by so much; `overSeconds` makes it a fade. */
function jump(db: number, actionable: boolean, overSeconds = 0): Strength {
  const gain = (atSeconds: number) => (overSeconds === 0 ? `gte(t,${atSeconds})` : `clip((t-${atSeconds})/${overSeconds},0,1)`);
  return {
    name: `${db > 0 ? "+" : ""}${db} dB${overSeconds === 0 ? "" : ` over ${overSeconds} s`}`,
    actionable,
    lastsSeconds: 6,
    // A rise begins from below: else it would clip.
    sound: ({ startSeconds }) =>
      `volume=${-Math.max(0, db)}dB,aeval=exprs='val(ch)*pow(10,${db / 20}*${gain(startSeconds + leadSeconds)})':c=same`,
    expected: ({ startSeconds }) => {
      const atSeconds = startSeconds + leadSeconds;
      return overSeconds === 0 ? [{ startSeconds: atSeconds, endSeconds: atSeconds + 3.4 }] : [];
    },
  };
}

/** 12 dB are less than what many programmes do by themselves, and a fade is none: those rows show where detection ends. */
export const planter = definePlanter({
  type: "level-jump",
  needs: "sound",
  strengths: [jump(-18, true), jump(18, true), jump(-24, true), jump(-12, false), jump(12, false), jump(-18, false, 3)],
  alsoRaises: ["silence", "clipping", "true-peak"],
});
