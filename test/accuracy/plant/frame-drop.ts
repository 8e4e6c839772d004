import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/**
 * A window that pans over the picture by two pixels a frame, to and fro: where nothing moves, nobody sees that frames are missing,
 * and slow pans of photographs step and stand by themselves.
 */
const pan = "crop=w='2*trunc(iw*0.4)':h=ih:x='2*abs(mod(n,2*trunc(iw*0.1))-trunc(iw*0.1))':y=0,";

/** Of every so many frames of the span one does not come, and the one before it is shown again: an encoder that cannot keep up. */
function repeating(every: number, lastsSeconds: number, actionable: boolean, motion = pan): Strength {
  return {
    name: `1 frame in ${every} repeated for the one lost, ${lastsSeconds} s${motion === pan ? "" : ", whatever moves"}`,
    actionable,
    lastsSeconds,
    picture: (span, { frameRate }) =>
      `${motion}select='not(between(t,${span.startSeconds},${span.endSeconds})*eq(mod(round((t-${span.startSeconds})*${frameRate}-0.5),${every}),0))',fps=${frameRate}`,
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
    `${pan}select='not(between(t,${span.startSeconds},${span.endSeconds}))',fps=${frameRate}`,
});

export const planter = definePlanter({
  type: "frame-drop",
  needs: "picture",
  strengths: [
    repeating(7, 3, true),
    repeating(4, 3, true),
    stall(0.5),
    stall(1),
    repeating(4, 3, false, ""),
    repeating(40, 3, false),
  ],
});
