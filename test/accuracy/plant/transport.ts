import { dropPackets } from "../damage.js";
import { jumpClock, losePicture } from "../damage-transport.js";
import { definePlanter, type Span, type Strength } from "../planter.js";

const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "50", "-bf", "0", "-pix_fmt", "yuv420p"],
  ...["-c:a", "mp2", "-b:a", "128k", "-f", "mpegts"],
];

/** What is lost at once is found at once, or at the picture before it. */
const atOnce = ({ startSeconds }: Span): readonly Span[] => [
  { startSeconds: startSeconds - 0.1, endSeconds: startSeconds + 0.5 },
];

/** The rate of loss holds for the span; one packet is lost at its start in any case. */
function lost(name: string, share: number, lastsSeconds: number): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds,
    encode,
    damage: (file, span, _clip, random) => dropPackets(file, span, { share, random }),
    expected: atOnce,
  };
}

function jumped(bySeconds: number, actionable = true): Strength {
  return {
    name: `PCR jumps by ${bySeconds} s`,
    actionable,
    lastsSeconds: 1,
    encode,
    damage: (file, span) => jumpClock(file, span, bySeconds),
    expected: atOnce,
  };
}

export const planter = definePlanter({
  type: "transport",
  needs: "both",
  strengths: [
    lost("packets lost at 1e-5 (one)", 1e-5, 1),
    lost("packets lost at 1e-4", 1e-4, 1),
    lost("packets lost at 1e-3", 1e-3, 0.5),
    lost("packets lost at 1e-2", 1e-2, 0.5),
    {
      name: "one picture (PES) lost",
      actionable: true,
      lastsSeconds: 1,
      encode,
      damage: (file, span) => losePicture(file, span),
      expected: atOnce,
    },
    jumped(5),
    jumped(-2),
    jumped(0.2, false),
  ],
  alsoRaises: [
    "decode-error",
    "block-corruption",
    "freeze",
    "frame-drop",
    "timestamp-gap",
    "solid-color",
    "chroma-loss",
    "blockiness",
    "dropout",
    "silence",
  ],
});
