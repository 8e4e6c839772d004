import { open } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { throwIfAborted } from "../../ffmpeg.js";
import type { MediaInput } from "../../ingest/index.js";
import type { TransportFacts, TransportSample } from "./indicators.js";
import type { PacketReader } from "./beside-packets.js";
import { openTransportMonitor } from "./monitor.js";

const chunkBytes = 1 << 20;

/**
 * Watches a transport stream's packets beside its decoding. Of a local file the decoder's children each read their own part;
 * these bytes are the same ones, out of the page cache that those children fill or use. Of a live stream they come from the
 * gateway that the decoder's child reads from, which opened the source once for both.
 *
 * @param beside gets the same bytes
 * @throws the reason of `signal` when it aborts; the system's error where the bytes cannot be read
 */
export async function readTransport(
  input: MediaInput,
  originSeconds: number,
  emit: (sample: TransportSample) => void,
  signal: AbortSignal,
  beside?: PacketReader,
): Promise<TransportFacts | undefined> {
  const monitor = openTransportMonitor(originSeconds, emit);
  await readPackets(input, beside === undefined ? [monitor] : [monitor, beside], signal);
  return monitor.end();
}

/**
 * Reads a transport stream's bytes once for several readers; who calls it tells them that they are over.
 * @throws as `readTransport` does
 */
export async function readPackets(
  input: MediaInput,
  readers: readonly Pick<PacketReader, "push">[],
  signal: AbortSignal,
): Promise<void> {
  for await (const chunk of input.kind === "live" ? bytesOfUrl(input.url, signal) : bytesOfFile(input.url)) {
    throwIfAborted(signal);
    for (const reader of readers) reader.push(chunk);
  }
  throwIfAborted(signal);
}

async function* bytesOfFile(url: string): AsyncIterable<Uint8Array> {
  const file = await open(url.replace(/^file:/, ""));
  try {
    const chunk = new Uint8Array(chunkBytes);
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunkBytes);
      if (bytesRead === 0) return;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function* bytesOfUrl(url: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => get(url, { signal }, resolve).once("error", reject));
  try {
    yield* answer as AsyncIterable<Buffer>;
  } catch (error) {
    // The gateway ends what it has no more of; that is the end of these bytes, not a failure.
    throwIfAborted(signal);
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
  }
}
