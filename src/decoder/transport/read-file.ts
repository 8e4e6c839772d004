import { open } from "node:fs/promises";
import { throwIfAborted } from "../../ffmpeg.js";
import type { MediaInput } from "../../ingest/index.js";
import type { TransportFacts, TransportSample } from "./indicators.js";
import { openTransportMonitor } from "./monitor.js";

const chunkBytes = 1 << 20;

/**
 * Watches a local transport stream's packets beside its decoding. The decoder's children read the file by themselves, each its
 * own part of it; these bytes are the same ones, out of the page cache that those children fill or use.
 *
 * @throws the reason of `signal` when it aborts; the system's error where the file cannot be read
 */
export async function readTransport(
  { url }: MediaInput,
  originSeconds: number,
  emit: (sample: TransportSample) => void,
  signal: AbortSignal,
): Promise<TransportFacts | undefined> {
  const monitor = openTransportMonitor(originSeconds, emit);
  const file = await open(url.replace(/^file:/, ""));
  try {
    const chunk = new Uint8Array(chunkBytes);
    for (;;) {
      throwIfAborted(signal);
      const { bytesRead } = await file.read(chunk, 0, chunkBytes);
      if (bytesRead === 0) return monitor.end();
      monitor.push(chunk.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}
