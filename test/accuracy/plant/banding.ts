import { definePlanter, type Strength } from "../planter.js";

/** A sky over the upper part of the picture: a smooth gradient, in steps of some levels, `bands` of them, without dither. */
const sky = (step: number, bands: number, share: number, actionable: boolean): Strength => ({
  name: `${bands} bands of ${step} level${step > 1 ? "s" : ""} over ${Math.round(share * 100)} % of the area`,
  actionable,
  lastsSeconds: 4,
  graph: ({ startSeconds, endSeconds }, { width, height, frameRate, durationSeconds }) => {
    const lines = 2 * Math.round((height * share) / 2);
    const luma = `60+${step}*floor(${bands}*Y/${lines})`;
    return (
      `color=s=${width}x${lines}:r=${frameRate}:d=1,format=yuv420p,trim=end_frame=1,geq=lum='${luma}':cb=136:cr=122,` +
      `loop=-1:1,trim=duration=${durationSeconds}[sky];` +
      `[0:v][sky]overlay=enable='between(t,${startSeconds},${endSeconds})':eof_action=repeat,format=yuv420p[v]`
    );
  },
});

export const planter = definePlanter({
  type: "banding",
  needs: "picture",
  // The sky stands still and hides what was there.
  alsoRaises: ["freeze", "blur", "exposure"],
  strengths: [sky(1, 12, 0.7, true), sky(2, 12, 0.7, true), sky(4, 10, 0.7, true), sky(2, 8, 0.4, false), sky(2, 8, 0.2, false)],
});
