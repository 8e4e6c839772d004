import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { throwIfAborted, runChild } from "../../ffmpeg.js";

/** What can write the picture of a clip, the one to be preferred first. */
export const clipCodecs = ["h264_nvenc", "libx264", "mpeg4"] as const;
export type ClipCodec = (typeof clipCodecs)[number];

/** What this machine writes clips with: tried one after the other until one succeeds. Empty: there are no clips. */
export interface ClipEncoder {
  readonly codecs: readonly ClipCodec[];
}

/** A card that is there answers much sooner. */
const deadlineSeconds = 20;

/** How ffmpeg is told to write H.264 that any browser plays: 8 bit 4:2:0, a keyframe every two seconds or so to jump to. */
export const codecArguments: Readonly<Record<ClipCodec, readonly string[]>> = {
  h264_nvenc: ["-c:v", "h264_nvenc", "-preset", "p4", "-rc", "vbr", "-cq", "30", "-b:v", "0", "-g", "60"],
  libx264: ["-c:v", "libx264", "-preset", "veryfast", "-crf", "28", "-g", "60", "-threads", "2"],
  // Browsers do not play it, but other players do.
  mpeg4: ["-c:v", "mpeg4", "-q:v", "6", "-g", "60"],
};

/**
 * Finds out by trying what this machine can write clips with, once per process: that ffmpeg lists an encoder only says
 * that it was built with it. What is no H.264 counts only where nothing else works.
 *
 * @param folder for a file that is removed again
 * @throws FramewatchError `program-missing` · the reason of `signal` when it aborts
 */
export async function detectClipEncoder(folder: string, signal: AbortSignal): Promise<ClipEncoder> {
  const codecs: ClipCodec[] = [];
  for (const codec of clipCodecs) {
    if (codec === "mpeg4" && codecs.length > 0) break;
    if (await works(codec, folder, signal)) codecs.push(codec);
  }
  return { codecs };
}

async function works(codec: ClipCodec, folder: string, signal: AbortSignal): Promise<boolean> {
  const file = path.join(folder, `try-${codec}.mp4`);
  const deadline = AbortSignal.timeout(deadlineSeconds * 1000);
  const source = ["-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=0.4,format=yuv420p"];
  try {
    const { code } = await runChild({
      program: "ffmpeg",
      arguments: ["-v", "error", "-nostdin", "-y", ...source, ...codecArguments[codec], "-f", "mp4", file],
      signal: AbortSignal.any([signal, deadline]),
    });
    return code === 0 && (await stat(file)).size > 0;
  } catch (error) {
    throwIfAborted(signal);
    if (!deadline.aborted) throw error;
    return false;
  } finally {
    await rm(file, { force: true });
  }
}
