import { open } from "node:fs/promises";
import { throwIfAborted } from "../ffmpeg.js";

const chunkBytes = 1 << 20;
/** No coder writes so many zeros between two pictures; a disk or a download that left a part out does. */
const shortestRunBytes = 4096;

/**
 * Why a raw stream of coded pictures (H.264, HEVC) is not whole: a part of it was never written and is zeros. Decoders take them for
 * the padding that may stand between pictures (ITU-T H.264, annex B.1.1, trailing_zero_8bits) and say nothing.
 *
 * @param url of a local file, as ffmpeg is given it @throws the reason of `signal` when it aborts
 */
export async function zeroRunIn(url: string, signal: AbortSignal): Promise<string | undefined> {
  const file = await open(url.replace(/^file:/, ""));
  try {
    const chunk = Buffer.alloc(chunkBytes);
    let run = 0;
    for (let offset = 0; ; offset += chunkBytes) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes);
      if (bytesRead === 0) return undefined;
      for (let at = 0; at < bytesRead; at++) {
        if (chunk[at] !== 0) run = 0;
        else if (++run === shortestRunBytes) {
          return `The file holds nothing but zeros from byte ${offset + at + 1 - shortestRunBytes} on: a part of it was never written.`;
        }
      }
    }
  } finally {
    await file.close();
  }
}
