import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/** The first flash; short clips hold few. */
const firstSeconds = 1;

const tone = "0.3*sin(2*PI*1000*t)";

/**
 * The clip, darkened, as the background of a test pattern: white flashes of two frames in a part of the picture, and tones that come so much
 * later than they, as a clapperboard has it every `periodSeconds`. Its own sound is kept 60 dB down.
 */
function flashesAndTones(lateMilliseconds: number, periodSeconds: number, actionable: boolean): Strength {
  const late = lateMilliseconds / 1000;
  const sinceTone = `mod(t+${periodSeconds - firstSeconds - late},${periodSeconds})`;
  const flash = ({ frameRate }: CleanClip): string =>
    `lutyuv=y='16+(val-16)*0.4',drawbox=x=iw/4:y=ih/4:w=iw/2:h=ih/2:t=fill:c=white:enable='lt(mod(t+${periodSeconds - firstSeconds}+${0.5 / frameRate},${periodSeconds}),${2 / frameRate})'`;
  const isLate = late > 0;
  const pairs = ({ durationSeconds }: CleanClip): number =>
    Math.floor((durationSeconds - firstSeconds - Math.abs(late) - 0.2) / periodSeconds) + 1;
  // Mixing forgets when a sound began: clips whose own begins later are filled up first.
  return {
    name: `sound ${Math.abs(lateMilliseconds)} ms ${isLate ? "late" : "early"}, a flash every ${periodSeconds} s`,
    actionable,
    lastsSeconds: Number.POSITIVE_INFINITY,
    graph: (_, clip) =>
      `[0:v]${flash(clip)}[v];` +
      `[0:a]aresample=async=1:first_pts=0,volume=-60dB[quiet];aevalsrc='${tone}*lt(${sinceTone},0.08)':s=48000:c=stereo:d=${clip.durationSeconds}[tones];` +
      "[tones][quiet]amix=inputs=2:duration=first:normalize=0[a]",
    // Fewer pairs than five show nothing.
    expected: (_: Span, clip) =>
      pairs(clip) >= 5 ? [{ startSeconds: firstSeconds + Math.min(0, late), endSeconds: clip.durationSeconds }] : [],
  };
}

export const planter = definePlanter({
  type: "av-sync",
  needs: "both",
  strengths: [
    flashesAndTones(80, 1, true),
    flashesAndTones(-80, 1, true),
    flashesAndTones(200, 1, true),
    flashesAndTones(-200, 1, true),
    flashesAndTones(450, 1, true),
    flashesAndTones(500, 1.6, true),
    flashesAndTones(-500, 1.6, true),
  ],
  // A pattern of flashes is one, and its tones stand alone in silence.
  alsoRaises: ["flash", "flicker", "tone", "silence", "dropout", "level-jump", "exposure"],
});
