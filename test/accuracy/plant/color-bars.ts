import { type CleanClip, definePlanter, type Strength } from "../planter.js";

/** A source of ffmpeg's that draws bars, with `filters` behind it, instead of the picture. */
function shows(name: string, source: string, lastsSeconds: number, filters = ""): Strength {
  return {
    name: `${name}, ${lastsSeconds} s`,
    actionable: true,
    lastsSeconds,
    graph: ({ startSeconds, endSeconds }, { width, height, frameRate }: CleanClip) =>
      `${source}=r=${frameRate}:s=${width}x${height}${filters},scale=${width}:${height},format=yuv420p[bars];` +
      `[0:v][bars]overlay=shortest=1:enable='between(t,${startSeconds},${endSeconds})'[v]`,
  };
}

const clock =
  ",drawbox=x=iw*0.3:y=ih*0.42:w=iw*0.4:h=ih*0.14:t=fill:c=black,drawbox=x=iw*0.34:y=ih*0.45:w=iw*0.06:h=ih*0.08:t=fill:c=white,drawbox=x=iw*0.6:y=ih*0.45:w=iw*0.06:h=ih*0.08:t=fill:c=white";
const pillarbox = ",scale=iw*3/4:ih,pad=iw*4/3:ih:(ow-iw)/2:0";
const letterbox = ",scale=iw:ih*3/4,pad=iw:ih*4/3:0:(oh-ih)/2";

export const planter = definePlanter({
  type: "color-bars",
  needs: "picture",
  strengths: [
    shows("SMPTE HD", "smptehdbars", 2),
    shows("SMPTE SD with a clock", "smptebars", 3, clock),
    shows("EBU 75 %", "pal75bars", 2),
    shows("EBU 100 %, pillarboxed", "pal100bars", 3, pillarbox),
    shows("SMPTE HD, letterboxed", "smptehdbars", 3, letterbox),
    shows("SMPTE SD, noisy", "smptebars", 3, ",noise=alls=8:allf=t"),
  ],
  alsoRaises: ["freeze", "letterbox", "levels", "color-cast", "exposure", "blur"],
});
