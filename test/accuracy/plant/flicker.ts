import { definePlanter, type Strength } from "../planter.js";

/** The light of mid gray goes up and down by about this share, so many times a second. */
function pumping(share: number, hertz: number, actionable: boolean): Strength {
  return {
    name: `${100 * share} % at ${hertz} Hz, 3 s`,
    actionable,
    lastsSeconds: 3,
    picture: ({ startSeconds, endSeconds }) =>
      `eq=eval=frame:gamma='1+${share / 2}*sin(2*PI*${hertz}*(t-${startSeconds}))*between(t,${startSeconds},${endSeconds})'`,
  };
}

export const planter = definePlanter({
  type: "flicker",
  needs: "picture",
  strengths: [pumping(0.06, 8, true), pumping(0.12, 5, true), pumping(0.12, 2, true), pumping(0.02, 8, false)],
});
