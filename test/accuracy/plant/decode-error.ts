import { definePlanter, type Strength } from "../planter.js";
import { flipBytes } from "../damage.js";

/** Bytes of the coded pictures are changed, as a faulty disk or line does it; key frames stay whole, so that the picture heals. */
function damaged(name: string, share: number): Strength {
  return {
    name,
    actionable: true,
    lastsSeconds: 1.5,
    encode: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "50", "-bf", "0", "-c:a", "aac", "-b:a", "128k"],
    damage: (file, span, _clip, random) => flipBytes(file, span, { share, random }),
  };
}

export const planter = definePlanter({
  type: "decode-error",
  needs: "picture",
  strengths: [damaged("every 10th picture for 1.5 s", 0.1), damaged("every picture for 1.5 s", 1)],
  alsoRaises: ["block-corruption", "freeze", "frame-drop", "timestamp-gap"],
});
