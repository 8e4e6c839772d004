import { type Look, meanOf } from "../look.js";
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

/** What lies around a dot, in pixels; at the most outward place as much is left of a picture 320 wide. */
const aroundPixels = 48;
const looksPerSecond = 5;
/** A dot stands out by so many levels of 8 bits from the mean of what lies around, which is the same as its ground nearby. */
const plainLevels = 64;
/** From second to second what lies around changes by so many levels in the mean: before a picture that stands still, a dot may belong to it. */
const movedLevels = 3;

/** So much of the time both must be so, and the dot stands out from the first. */
const seenShare = 0.75;

async function isDotSeen(look: Look, [across, down]: (typeof places)[number], level: number): Promise<boolean> {
  const half = aroundPixels / 2;
  const around = `fps=${looksPerSecond},crop=${aroundPixels}:${aroundPixels}:floor(iw*${across})-${half}:floor(ih*${down})-${half}`;
  const seen = (await look(around, aroundPixels, aroundPixels)).map(({ luma }) => luma);
  const plain = seen.map((luma) => Math.abs(level - meanOf(luma, (value) => value)) >= plainLevels);
  const moved = seen.slice(looksPerSecond).map((luma, index) => {
    const before = seen[index] ?? luma;
    return meanOf(luma, (value, at) => Math.abs(value - (before[at] ?? 0))) >= movedLevels;
  });
  return plain[0] === true && [plain, moved].every((all) => all.filter(Boolean).length >= seenShare * all.length);
}

/** Dots at the first so many of the places. */
function dots(name: string, count: number, side: number, color: "white" | "black", actionable: boolean): Strength {
  const used = places.slice(0, count);
  return {
    name,
    actionable,
    lastsSeconds: 6,
    isSeen: async (look) => {
      for (const place of used) if (await isDotSeen(look, place, color === "white" ? 235 : 16)) return true;
      return false;
    },
    picture: ({ startSeconds, endSeconds }) =>
      used
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
