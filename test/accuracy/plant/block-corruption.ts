import { dropPackets, flipBytes } from "../damage.js";
import { type CleanClip, definePlanter, type Span, type Strength } from "../planter.js";

/** Pictures from one keyframe to the next: damage lasts until there. */
const keyframeInterval = 50;
const sound = ["-c:a", "aac", "-b:a", "128k"];
const h264 = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "22", "-g", String(keyframeInterval), "-sc_threshold", "0"];
const hevc = ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "24"];
const hevcKeyframes = [
  "-x265-params",
  `log-level=error:pools=1:keyint=${keyframeInterval}:min-keyint=${keyframeInterval}:scenecut=0`,
];
/** Like MPEG-2 it codes no two pictures alike; unlike it, it takes any frame rate. */
const mpeg4 = ["-c:v", "mpeg4", "-q:v", "5", "-g", String(keyframeInterval), "-sc_threshold", "1000000000"];

/** What is lost in the span is shown until the next keyframe behind it. */
function untilKeyframe({ startSeconds, endSeconds }: Span, { frameRate, durationSeconds }: CleanClip): readonly Span[] {
  const interval = keyframeInterval / frameRate;
  return [{ startSeconds, endSeconds: Math.min(durationSeconds, Math.ceil(endSeconds / interval) * interval) }];
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
    packetsLost("HEVC", [...hevc, ...hevcKeyframes], 0.05),
    packetsLost("MPEG-4", mpeg4, 0.05),
    packetsLost("H.264", h264, 0.005, false),
    {
      name: "H.264, bytes changed in half of the pictures for 1.5 s",
      actionable: true,
      lastsSeconds: 1.5,
      encode: [...h264, "-bf", "0", "-pix_fmt", "yuv420p", ...sound],
      damage: (file, span, _clip, random) => flipBytes(file, span, { share: 0.5, random }),
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
