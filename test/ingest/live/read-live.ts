import type { MediaInput } from "../../../src/ingest/index.js";
import { runProgram } from "../../support/read-input.js";

/** Lets the real ffmpeg decode pictures from the start of a live stretch: at most so many. */
export async function countFrames(
  input: MediaInput,
  most: number,
): Promise<{ readonly frames: number; readonly firstPts: number; readonly size: number; readonly stderr: string }> {
  const reading = ["-hide_banner", "-nostdin", "-v", "error", ...input.inputOptions, "-copyts", "-i", input.url];
  const counting = [
    "-map",
    "0:v",
    "-frames:v",
    String(most),
    "-fps_mode",
    "passthrough",
    "-enc_time_base",
    "-1",
    "-f",
    "framecrc",
    "-c:v",
    "rawvideo",
    "-",
  ];
  const { stdout, stderr } = await runProgram("ffmpeg", [...reading, ...counting], input.environment);
  const lines = stdout.split("\n").filter((line) => /^\d+,/.test(line));
  const [, , pts = "", , size = ""] = (lines[0] ?? "").split(",");
  return { frames: lines.length, firstPts: Number(pts), size: Number(size), stderr };
}
