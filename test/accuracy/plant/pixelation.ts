import { definePlanter, type Strength } from "../planter.js";

/** Made smaller, then enlarged by repeating pixels. */
function pixelated(factor: number, actionable: boolean): Strength {
  return {
    name: `blocks of ${factor} pixels`,
    actionable,
    lastsSeconds: 3,
    picture: ({ startSeconds, endSeconds }, { width, height }) =>
      `split[clean][small];[small]scale=${Math.ceil(width / factor)}:${Math.ceil(height / factor)}:flags=area,scale=${width}:${height}:flags=neighbor[large];[clean][large]overlay=enable='between(t,${startSeconds},${endSeconds})'`,
  };
}

export const planter = definePlanter({
  type: "pixelation",
  needs: "picture",
  strengths: [pixelated(2, false), pixelated(3.5, false), pixelated(8, true), pixelated(16, true), pixelated(24, true)],
  alsoRaises: ["blockiness", "block-corruption"],
});
