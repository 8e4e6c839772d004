import { stat } from "node:fs/promises";
import { legalColors, makeClip, warble } from "../media/make.js";

/** Black from 2 s to 5 s and a silence from 3 s to 6 s, in a picture that moves and a tone; 24 s of even bit rate. */
export const faultyClip = () =>
  makeClip({
    inputs: [
      `testsrc2=s=160x90:r=25:d=24,${legalColors},drawbox=t=fill:c=black:enable='between(t,2,4.99)'`,
      warble({ seconds: 24 }),
    ],
    options: [
      ...["-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-b:v", "1000k", "-minrate", "1000k"],
      ...["-maxrate", "1000k", "-bufsize", "1000k", "-x264-params", "nal-hrd=cbr", "-af", "volume=0:enable='between(t,3,6)'"],
      ...["-c:a", "aac", "-movflags", "+faststart"],
    ],
    extension: "mp4",
  });

export const faultyFrames = 24 * 25;

/** The byte from which the last part of `faultyClip` is held back: what is before it reaches well past its defects. */
export async function tailOf(file: string): Promise<number> {
  return Math.round((await stat(file)).size * 0.8);
}

/** Two seconds without a fault. */
export const soundClip = () =>
  makeClip({
    inputs: [`testsrc2=s=160x90:r=25:d=2,${legalColors}`, warble({ seconds: 2 })],
    options: [
      "-c:v",
      "libx264",
      "-preset",
      "ultrafast",
      "-g",
      "25",
      "-pix_fmt",
      "yuv420p",
      "-c:a",
      "aac",
      "-movflags",
      "+faststart",
    ],
    extension: "mp4",
  });
