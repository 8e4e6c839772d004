import type { PreparedClip } from "./prepare.js";

/** How a clip is coded before it reaches the analysis. */
export interface Encoding {
  readonly name: string;
  readonly arguments: readonly string[];
  readonly container: "mp4" | "ts";
}

const aac = ["-c:a", "aac", "-b:a", "192k"];

/** What reaches us, by turns. */
export const encodings: readonly Encoding[] = [
  {
    name: "H.264",
    arguments: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-g", "50", ...aac],
    container: "mp4",
  },
  {
    name: "H.264 at a low bitrate",
    arguments: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "32", "-g", "100", "-c:a", "aac", "-b:a", "96k"],
    container: "ts",
  },
  {
    name: "HEVC",
    arguments: ["-c:v", "libx265", "-preset", "ultrafast", "-crf", "24", "-x265-params", "log-level=error:pools=1", ...aac],
    container: "mp4",
  },
  {
    name: "MPEG-2",
    arguments: ["-c:v", "mpeg2video", "-q:v", "4", "-g", "15", "-bf", "2", "-c:a", "mp2", "-b:a", "256k"],
    container: "ts",
  },
];

const mpeg2Rates = [24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60];

/** The encoding whose turn it is; H.264 where that is MPEG-2 and the clip has a frame rate that MPEG-2 does not know. */
export function encodingFor(turn: number, { frameRate }: PreparedClip): Encoding {
  const encoding = encodings[turn % encodings.length];
  const [fallback] = encodings;
  if (encoding === undefined || fallback === undefined) throw new Error("There are no encodings.");
  const isKnown = encoding.name !== "MPEG-2" || mpeg2Rates.some((rate) => Math.abs(rate - frameRate) < 0.005);
  return isKnown ? encoding : fallback;
}

/** The planter's own encoder arguments. */
export function ownEncoding(encoderArguments: readonly string[]): Encoding {
  const isTransportStream = encoderArguments.includes("mpegts");
  return { name: "its own", arguments: encoderArguments, container: isTransportStream ? "ts" : "mp4" };
}
