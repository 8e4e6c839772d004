import { picturePackets } from "../damage.js";
import { definePlanter, type Span, type Strength } from "../planter.js";
import { serveFile } from "../serve.js";

/** The index in front: a reader needs no more than that to begin. */
const encode = [
  ...["-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-g", "50", "-bf", "0", "-pix_fmt", "yuv420p"],
  ...["-c:a", "aac", "-movflags", "+faststart"],
];

/** Sound lies up to half a second apart from its picture in the file. */
const aroundIt = ({ startSeconds }: Span): readonly Span[] => [
  { startSeconds: startSeconds - 0.1, endSeconds: startSeconds + 0.5 },
];

/** A host that sends the file up to a picture, nothing for a while, and then the rest. */
function stops(seconds: number, actionable: boolean): Strength {
  return {
    name: `nothing for ${seconds} s`,
    actionable,
    lastsSeconds: 1,
    encode,
    async serve(file, span) {
      const pictures = await picturePackets(file);
      const next = pictures.find(({ startSeconds }) => startSeconds >= span.startSeconds);
      return serveFile(file, { pauseAtByte: next?.positionBytes ?? 0, pauseSeconds: seconds });
    },
    expected: aroundIt,
  };
}

export const planter = definePlanter({
  type: "stall",
  needs: "picture",
  strengths: [stops(10, true), stops(6, true), stops(3, false)],
});
