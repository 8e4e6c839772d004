import { definePlanter, type Strength } from "../planter.js";

const lastsSeconds = 4;

/** Out of focus: Gaussian, its sigma in pixels. */
function blurred(sigma: number, actionable: boolean): Strength {
  return {
    name: `sigma ${sigma} pixels`,
    actionable,
    lastsSeconds,
    picture: ({ startSeconds, endSeconds }) => `gblur=sigma=${sigma}:enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

/** The last one is a much smaller picture, enlarged smoothly. */
export const planter = definePlanter({
  type: "blur",
  needs: "picture",
  strengths: [
    blurred(2, false),
    blurred(4, true),
    blurred(8, true),
    {
      name: "enlarged 8 times",
      actionable: true,
      lastsSeconds,
      picture: ({ startSeconds, endSeconds }, { width, height }) =>
        `split[clean][small];[small]scale=${Math.ceil(width / 8)}:${Math.ceil(height / 8)}:flags=area,scale=${width}:${height}:flags=bicubic[large];[clean][large]overlay=enable='between(t,${startSeconds},${endSeconds})'`,
    },
  ],
});
