import { definePlanter, type Strength } from "../planter.js";

/** Coded well enough to keep it: at a low rate a coder takes noise away, and nobody sees any. */
const encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-c:a", "aac"];

/** New in each frame, Gaussian; `strength` as FFmpeg's filter counts it, about 2.3 times the standard deviation in levels. */
function noisy(name: string, strength: number, actionable: boolean): Strength {
  return {
    name,
    actionable,
    lastsSeconds: 3,
    encode,
    picture: ({ startSeconds, endSeconds }) =>
      `noise=alls=${strength}:allf=t:all_seed=7:enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

export const planter = definePlanter({
  type: "noise",
  needs: "picture",
  strengths: [noisy("sigma 5", 12, false), noisy("sigma 9", 20, true), noisy("sigma 15", 35, true), noisy("snow", 80, true)],
});
