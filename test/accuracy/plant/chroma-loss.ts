import { type Look, meanOf, type Seen } from "../look.js";
import { definePlanter, type Strength } from "../planter.js";

/** Colour is missed where it was so far from grey, in levels of 8 bits, on such a share of the picture, so much of the time and at first. */
const plainLevels = 8;
const coloredShare = 0.05;
const coloredTime = 0.75;
const looked = [64, 36] as const;

/** Of a frame: how far from grey each sample is, by what is lost of it. */
type Lost = (seen: Seen, index: number) => number;
const fromGrey = (plane: Uint8Array, index: number): number => (plane[index] ?? 128) - 128;
const ofBoth: Lost = ({ cb, cr }, index) => Math.hypot(fromGrey(cb, index), fromGrey(cr, index));
const ofBlue: Lost = ({ cb }, index) => Math.abs(fromGrey(cb, index));
const ofRed: Lost = ({ cr }, index) => Math.abs(fromGrey(cr, index));

async function isMissed(look: Look, lost: Lost): Promise<boolean> {
  const seen = await look(`fps=4,scale=${looked.join(":")}:flags=area`, ...looked);
  const shares = seen.map((frame) => meanOf(frame.luma, (_, index) => Number(lost(frame, index) >= plainLevels)));
  const isColored = shares.map((share) => share >= coloredShare);
  return isColored[0] === true && isColored.filter(Boolean).length >= coloredTime * isColored.length;
}

const lost = (name: string, filter: string, of: Lost, lastsSeconds: number, actionable = true): Strength => ({
  name,
  actionable,
  lastsSeconds,
  isSeen: (look) => isMissed(look, of),
  picture: ({ startSeconds, endSeconds }) => `${filter}:enable='between(t,${startSeconds},${endSeconds})'`,
});

export const planter = definePlanter({
  type: "chroma-loss",
  needs: "picture",
  // One plane alone takes the tint of its lack with it.
  alsoRaises: ["color-cast", "levels"],
  strengths: [
    lost("both planes, 2 s", "lutyuv=u=128:v=128", ofBoth, 2),
    lost("both planes, 5 s", "lutyuv=u=128:v=128", ofBoth, 5),
    lost("Cb alone, 4 s", "lutyuv=u=128", ofBlue, 4),
    lost("Cr alone, 4 s", "lutyuv=v=128", ofRed, 4),
    lost("three quarters of both, 5 s", "lutyuv=u=(val-128)/4+128:v=(val-128)/4+128", ofBoth, 5, false),
  ],
});
