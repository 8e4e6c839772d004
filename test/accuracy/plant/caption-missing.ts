import { addCaptions, type Caption } from "../damage-captions.js";
import { definePlanter, type Strength } from "../planter.js";

const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "50", "-bf", "0", "-pix_fmt", "yuv420p"],
  ...["-c:a", "aac", "-b:a", "128k", "-f", "mpegts"],
];

/** Captions with letters in each picture, but in the span. */
function away(name: string, lastsSeconds: number, within: Caption, actionable = true): Strength {
  return {
    name,
    actionable,
    lastsSeconds,
    encode,
    damage: (file, { startSeconds, endSeconds }, { frameRate }) =>
      addCaptions(file, frameRate, (frame) => {
        const seconds = frame / frameRate;
        return seconds >= startSeconds && seconds < endSeconds ? within : "text";
      }),
  };
}

export const planter = definePlanter({
  type: "caption-missing",
  needs: "picture",
  strengths: [
    away("no caption data for 3 s", 3, "none"),
    away("only stuffing for 3 s", 3, "stuffing"),
    away("no caption data for 1 s", 1, "none", false),
  ],
  // Clips are shorter than what is a fault in a programme.
  policy: {
    version: 1,
    name: "short-captions",
    detectors: { "caption-missing": { parameters: { maximumSignalGapSeconds: 2, maximumContentGapSeconds: 2 } } },
  },
});
