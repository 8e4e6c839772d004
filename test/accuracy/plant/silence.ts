import { definePlanter, type Strength } from "../planter.js";

function lasting(lastsSeconds: number, gain: string, name = `${lastsSeconds} s`): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds,
    sound: ({ startSeconds, endSeconds }) => `volume=${gain}:enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

/** The last one leaves the sound there, but so low that nobody hears it. */
export const planter = definePlanter({
  type: "silence",
  needs: "sound",
  strengths: [lasting(2.5, "0"), lasting(5, "0"), lasting(4, "-66dB", "4 s at -66 dB")],
});
