import { definePlanter, type Strength } from "../planter.js";

/** Shares of width and height; the first is left of the middle and below it. */
const places = [
  [0.41, 0.57],
  [0.13, 0.31],
  [0.27, 0.78],
  [0.62, 0.22],
  [0.74, 0.64],
  [0.88, 0.45],
] as const;

/** Dots at the first so many of the places. */
function dots(name: string, count: number, side: number, color: string, actionable: boolean): Strength {
  return {
    name,
    actionable,
    lastsSeconds: 6,
    picture: ({ startSeconds, endSeconds }) =>
      places
        .slice(0, count)
        .map(
          ([across, down]) =>
            `drawbox=x=floor(iw*${across}):y=floor(ih*${down}):w=${side}:h=${side}:t=fill:c=${color}:enable='between(t,${startSeconds},${endSeconds})'`,
        )
        .join(","),
  };
}

export const planter = definePlanter({
  type: "dead-pixels",
  needs: "picture",
  strengths: [
    dots("1 pixel, white", 1, 1, "white", false),
    dots("2x2 pixels, white", 1, 2, "white", false),
    dots("3x3 pixels, white", 1, 3, "white", true),
    dots("3x3 pixels, black", 1, 3, "black", false),
    dots("six of 3x3 pixels, white", 6, 3, "white", true),
  ],
});
