import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

const aac = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "aac"];
const transport = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-c:a", "mp2", "-f", "mpegts"];

/** Sound that ends so many seconds before the picture does. */
function short(seconds: number, actionable: boolean, encode: readonly string[], name: string): Strength {
  const from = ({ durationSeconds }: CleanClip): number => durationSeconds - seconds;
  return {
    name: `sound ends ${seconds} s early, ${name}`,
    actionable,
    lastsSeconds: Number.POSITIVE_INFINITY,
    sound: (_, clip) => `atrim=end=${from(clip)}`,
    encode,
    expected: (_, clip) => [{ startSeconds: from(clip), endSeconds: clip.durationSeconds }],
  };
}

/** Nothing but the sound of the span is missing: later samples keep their times. */
const hole = ({ startSeconds, endSeconds }: Span): string => `aselect='not(between(t,${startSeconds},${endSeconds}))'`;

export const planter = definePlanter({
  type: "duration-mismatch",
  needs: "both",
  strengths: [
    short(0.3, false, aac, "MP4"),
    short(1, true, aac, "MP4"),
    short(3, true, aac, "MP4"),
    short(2, true, transport, "transport stream"),
    {
      name: "sound begins 2 s late, MP4",
      actionable: true,
      lastsSeconds: Number.POSITIVE_INFINITY,
      sound: () => "atrim=start=2",
      encode: aac,
      expected: () => [{ startSeconds: 0, endSeconds: 2 }],
    },
    {
      name: "sound goes on for 3 s, MP4",
      actionable: true,
      lastsSeconds: Number.POSITIVE_INFINITY,
      sound: () => "apad=pad_dur=3",
      encode: aac,
      expected: (_, { durationSeconds }) => [{ startSeconds: durationSeconds, endSeconds: durationSeconds + 3 }],
    },
    { name: "2 s of sound missing, transport stream", actionable: true, lastsSeconds: 2, sound: hole, encode: transport },
  ],
  // What is missing is a gap in time as well, and what goes on or is padded has its own faults.
  alsoRaises: ["timestamp-gap", "stall", "silence", "dropout", "level-jump", "freeze"],
});
