import { recode } from "../damage.js";
import { definePlanter, type Strength } from "../planter.js";

/** The whole clip is coded once more with too few bits: no filter makes the blocks that a coder makes. */
function coded(name: string, actionable: boolean, ...encoderArguments: readonly string[]): Strength {
  return {
    name,
    actionable,
    lastsSeconds: Number.POSITIVE_INFINITY,
    damage: (file) => recode(file, ["-c:v", ...encoderArguments, "-pix_fmt", "yuv420p"]),
  };
}

export const planter = definePlanter({
  type: "blockiness",
  needs: "picture",
  strengths: [
    coded("MPEG-4 at quantiser 31", true, "mpeg4", "-q:v", "31", "-g", "50"),
    coded("H.264 at CRF 45, not deblocked", true, "libx264", "-preset", "veryfast", "-crf", "45", "-x264-params", "no-deblock=1"),
    coded("MPEG-4 at quantiser 12", false, "mpeg4", "-q:v", "12", "-g", "50"),
    coded("H.264 at CRF 45, deblocked", false, "libx264", "-preset", "veryfast", "-crf", "45"),
  ],
  alsoRaises: ["blur", "banding", "noise"],
});
