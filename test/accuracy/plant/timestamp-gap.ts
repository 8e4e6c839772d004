import { loseAll, shiftTimes } from "../damage-transport.js";
import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "25", "-bf", "0", "-pix_fmt", "yuv420p"],
  ...["-c:a", "mp2", "-b:a", "128k", "-f", "mpegts"],
];

/** Sound is sent some tenths of a second before or behind the picture that it belongs to. */
const interleavedSeconds = 0.8;

/** Picture and sound are torn both, each where it was when it happened. */
function bothTorn({ startSeconds }: Span, _clip: CleanClip, longestSeconds = 0): readonly Span[] {
  const span = {
    startSeconds: startSeconds - interleavedSeconds,
    endSeconds: startSeconds + longestSeconds + interleavedSeconds,
  };
  return [span, span];
}

function shifted(bySeconds: number): Strength {
  return {
    name: `all times go on ${Math.abs(bySeconds)} s ${bySeconds < 0 ? "earlier" : "later"}`,
    actionable: true,
    lastsSeconds: 1,
    encode,
    damage: (file, span) => shiftTimes(file, span, bySeconds),
    expected: (span, clip) => bothTorn(span, clip, Math.max(0, bySeconds)),
  };
}

export const planter = definePlanter({
  type: "timestamp-gap",
  needs: "both",
  strengths: [
    shifted(5),
    shifted(60),
    shifted(-3),
    {
      name: "2 s of the stream are missing",
      actionable: true,
      lastsSeconds: 2,
      encode,
      damage: (file, span) => loseAll(file, span),
      expected: (span, clip) => bothTorn(span, clip, 2),
    },
  ],
  alsoRaises: [
    "transport",
    "decode-error",
    "block-corruption",
    "freeze",
    "frame-drop",
    "silence",
    "dropout",
    "blockiness",
    "av-sync",
  ],
});
