import { definePlanter, type Strength } from "../planter.js";

/** Light by stops, in code values as the filter has it: what goes beyond white is burnt. */
const stops = (count: number, actionable: boolean): Strength => ({
  name: `${count > 0 ? "+" : "\u2212"}${Math.abs(count)} stops`,
  actionable,
  lastsSeconds: 6,
  picture: ({ startSeconds, endSeconds }) =>
    `exposure=exposure=${count}:enable='between(t,${startSeconds},${endSeconds})',format=yuv420p`,
});

export const planter = definePlanter({
  type: "exposure",
  needs: "picture",
  // Little light leaves few levels; much of it turns skies into cards.
  alsoRaises: ["levels", "banding", "black", "color-cast"],
  strengths: [stops(2.5, true), stops(2, false), stops(1.5, false), stops(-2, true), stops(-1, false)],
});
