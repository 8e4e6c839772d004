import { existsSync } from "node:fs";
import { runChild, throwIfAborted } from "../ffmpeg.js";
import { reasonIn } from "./decode-errors.js";
import { quietArguments } from "./plan.js";

/** What this machine decodes with, and why, in words for the log and the doctor. */
export interface HardwareDecoding {
  readonly decoder: "nvdec" | "cpu";
  readonly reason: string;
}

/** A GPU that is there answers much sooner. */
const deadlineSeconds = 20;

/** Through these a program reaches an NVIDIA card on Linux, and on Linux inside Windows. */
const cardDevices = ["/dev/nvidiactl", "/dev/dxg"];

/**
 * Finds out by trying whether NVDEC works: a short clip is made and decoded on the card. That ffmpeg lists `cuda`
 * only says that it was built with it.
 *
 * @throws FramewatchError `program-missing` · the reason of `signal` when it aborts
 */
export async function detectHardware(signal: AbortSignal): Promise<HardwareDecoding> {
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  try {
    return await tryNvdec(AbortSignal.any([signal, deadline]));
  } catch (error) {
    throwIfAborted(signal);
    if (!deadline.aborted) throw error;
    return { decoder: "cpu", reason: `NVDEC did not answer within ${deadlineSeconds} s.` };
  }
}

async function tryNvdec(signal: AbortSignal): Promise<HardwareDecoding> {
  // Trying starts ffmpeg three times.
  if (process.platform === "linux" && !cardDevices.some((device) => existsSync(device)))
    return { decoder: "cpu", reason: `There is no NVIDIA card here (none of ${cardDevices.join(", ")}).` };
  const run = (args: readonly string[]) => runChild({ program: "ffmpeg", arguments: args, signal });

  const { stdout: list } = await run(["-hide_banner", "-hwaccels"]);
  if (!/^cuda$/m.test(list.toString("utf8")))
    return { decoder: "cpu", reason: "This ffmpeg is built without NVDEC (`ffmpeg -hwaccels` has no cuda)." };

  const { stdout: clip } = await run([
    ...quietArguments,
    "-f",
    "lavfi",
    "-i",
    "testsrc2=s=320x240:r=25:d=0.4",
    "-c:v",
    "mpeg2video",
    "-q:v",
    "20",
    "-f",
    "mpegts",
    "pipe:1",
  ]);
  const { code, lastLines } = await run([
    ...quietArguments,
    "-hwaccel",
    "cuda",
    "-hwaccel_output_format",
    "cuda",
    "-i",
    `data:video/mp2t;base64,${clip.toString("base64")}`,
    "-vf",
    "hwdownload,format=nv12",
    "-f",
    "null",
    "-",
  ]);
  if (code === 0) return { decoder: "nvdec", reason: "NVDEC decoded a test clip." };
  return { decoder: "cpu", reason: `NVDEC does not work here: ${reasonIn(lastLines)}` };
}
