import { dropPackets, flipBytes } from "../damage.js";
import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/**
 * A keyframe every half second: some are hit, which shows in any picture, where a lost picture of a slow pan shows nowhere; and the
 * damage heals soon after its end.
 */
const keyframeSeconds = 0.5;
const keyframes = ["-force_key_frames", `expr:gte(t,n_forced*${keyframeSeconds})`];
const sound = ["-c:a", "aac", "-b:a", "128k"];
const h264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "22", ...keyframes];
const hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "24", "-x265-params", "log-level=error:pools=1", ...keyframes];
/** Slices and blocks as MPEG-2 has them, and unlike it any frame rate. */
const mpeg4 = ["-c:v", "mpeg4", "-q:v", "5", ...keyframes];

/** What is lost in the span is shown until the next keyframe behind it. */
function untilKeyframe({ startSeconds, endSeconds }: Span, { durationSeconds }: CleanClip): readonly Span[] {
  const healedSeconds = Math.ceil(endSeconds / keyframeSeconds) * keyframeSeconds;
  return [{ startSeconds, endSeconds: Math.min(durationSeconds, healedSeconds) }];
}

function packetsLost(codec: string, encode: readonly string[], share: number, actionable = true): Strength {
  return {
    name: `${codec}, ${share * 100} % of packets lost for 1.5 s`,
    actionable,
    lastsSeconds: 1.5,
    encode: [...encode, "-pix_fmt", "yuv420p", ...sound, "-f", "mpegts"],
    damage: (file, span, _clip, random) => dropPackets(file, span, { share, random }),
    expected: untilKeyframe,
  };
}

export const planter = definePlanter({
  type: "block-corruption",
  needs: "picture",
  strengths: [
    packetsLost("H.264", h264, 0.05),
    packetsLost("HEVC", hevc, 0.05),
    packetsLost("MPEG-4", mpeg4, 0.05),
    packetsLost("H.264", h264, 0.005, false),
    {
      name: "H.264, bytes changed in half of the pictures for 1.5 s",
      actionable: true,
      lastsSeconds: 1.5,
      encode: [...h264, "-bf", "0", "-pix_fmt", "yuv420p", ...sound],
      damage: (file, span, _clip, random) => flipBytes(file, span, { share: 0.5, random, keyframesToo: true }),
      expected: untilKeyframe,
    },
  ],
  alsoRaises: [
    "decode-error",
    "freeze",
    "frame-drop",
    "timestamp-gap",
    "transport",
    "solid-color",
    "chroma-loss",
    "blockiness",
    "stall",
  ],
});
