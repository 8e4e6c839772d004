import { type Look, meanOf, type Seen } from "../look.js";
import { definePlanter, type Strength } from "../planter.js";

/** Light that goes up and down by this share is seen to flicker by anybody, at 2 to 8 Hz: people see a half of it. */
const plainShare = 0.025;
/** In so many of the four quarters of the picture, from top to bottom, so much of the time. */
const quartersNeeded = 3;
const plainTime = 0.75;
const side = 32;

/** Whether the light of a frame swings plainly, where gamma goes up and down by `half`: it does little to white and black. */
function swings({ luma }: Seen, half: number): boolean {
  const swing = (value: number) => 255 * ((value / 255) ** (1 / (1 + half)) - (value / 255) ** (1 / (1 - half)));
  const quarters = [0, 1, 2, 3].map((quarter) => luma.subarray((quarter * luma.length) / 4, ((quarter + 1) * luma.length) / 4));
  const plain = quarters.filter((samples) => meanOf(samples, swing) >= plainShare * meanOf(samples, (value) => value - 16));
  return plain.length >= quartersNeeded;
}

async function isSeen(look: Look, half: number): Promise<boolean> {
  const seen = await look(`fps=4,scale=${side}:${side}:flags=area`, side, side);
  const plain = seen.map((frame) => swings(frame, half));
  return plain[0] === true && plain.filter(Boolean).length >= plainTime * plain.length;
}

/** The light of mid gray goes up and down by about this share, so many times a second. */
function pumping(share: number, hertz: number, actionable: boolean): Strength {
  return {
    name: `${100 * share} % at ${hertz} Hz, 3 s`,
    actionable,
    lastsSeconds: 3,
    ...(actionable && { isSeen: (look: Look) => isSeen(look, share / 2) }),
    picture: ({ startSeconds, endSeconds }) =>
      `eq=eval=frame:gamma='1+${share / 2}*sin(2*PI*${hertz}*(t-${startSeconds}))*between(t,${startSeconds},${endSeconds})'`,
  };
}

export const planter = definePlanter({
  type: "flicker",
  needs: "picture",
  strengths: [pumping(0.06, 8, true), pumping(0.12, 5, true), pumping(0.12, 2, true), pumping(0.02, 8, false)],
});
