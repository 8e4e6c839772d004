import { changeFormat } from "../damage-transport.js";
import { definePlanter, type Span, type Strength } from "../planter.js";

const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "mp2", "-b:a", "128k"],
  ...["-f", "mpegts"],
];

/** A change lasts for no time. */
const atOnce = ({ startSeconds }: Span): readonly Span[] => [
  { startSeconds: startSeconds - 0.3, endSeconds: startSeconds + 0.5 },
];

function changed(name: string, encoderArguments: readonly string[]): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds: 1,
    encode,
    damage: (file, span) => changeFormat(file, span, encoderArguments),
    expected: atOnce,
  };
}

export const planter = definePlanter({
  type: "format-change",
  needs: "both",
  strengths: [
    changed("the picture goes on in half the size", ["-vf", "scale=trunc(iw/4)*2:trunc(ih/4)*2"]),
    changed("the picture goes on in 4:2:2", ["-pix_fmt", "yuv422p"]),
    changed("the sound goes on at 32 kHz", ["-ar", "32000"]),
    changed("the sound goes on in mono", ["-ac", "1"]),
  ],
  // Another encoder leaves its own seam, and the level of mono is another one.
  alsoRaises: [
    "transport",
    "timestamp-gap",
    "frame-drop",
    "letterbox",
    "blur",
    "decode-error",
    "silence",
    "pixelation",
    "level-jump",
  ],
});
