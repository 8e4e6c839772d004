import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/** Of every so many frames of the span one does not come, and the one before it is shown again: an encoder that cannot keep up. */
function repeating(every: number, lastsSeconds: number, actionable: boolean): Strength {
  return {
    name: `1 frame in ${every} repeated for the one lost, ${lastsSeconds} s`,
    actionable,
    lastsSeconds,
    picture: (span, { frameRate }) =>
      `select='not(between(t,${span.startSeconds},${span.endSeconds})*eq(mod(round((t-${span.startSeconds})*${frameRate}-0.5),${every}),0))',fps=${frameRate}`,
    expected: (span, { frameRate }) => {
      const periods = Math.floor((Math.round((span.endSeconds - span.startSeconds) * frameRate) - 1) / every);
      return [{ startSeconds: span.startSeconds, endSeconds: span.startSeconds + (periods * every + 1) / frameRate }];
    },
  };
}

/** The picture stands for a moment, then jumps to where it would be. */
const stall = (lastsSeconds: number): Strength => ({
  name: `one stall of ${lastsSeconds} s`,
  actionable: true,
  lastsSeconds,
  picture: (span: Span, { frameRate }: CleanClip) =>
    `select='not(between(t,${span.startSeconds},${span.endSeconds}))',fps=${frameRate}`,
});

export const planter = definePlanter({
  type: "frame-drop",
  needs: "picture",
  strengths: [repeating(7, 3, true), repeating(4, 3, true), stall(0.5), stall(1), repeating(40, 3, false)],
});
