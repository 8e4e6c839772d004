import { definePlanter, type Strength } from "../planter.js";

/** Frames left out are filled by `fps` with the last one before them, as an encoder does that gets no new frames. */
function lasting(lastsSeconds: number): Strength {
  return {
    name: `${lastsSeconds} s`,
    actionable: true,
    lastsSeconds,
    picture: ({ startSeconds, endSeconds }, { frameRate }) =>
      `select='not(between(t,${startSeconds},${endSeconds}))',fps=${frameRate}`,
    // The frame before the first repeated one stands still as well.
    expected: ({ startSeconds, endSeconds }, { frameRate }) => [{ startSeconds: startSeconds - 1 / frameRate, endSeconds }],
  };
}

export const planter = definePlanter({ type: "freeze", needs: "picture", strengths: [lasting(2.5), lasting(5)] });
