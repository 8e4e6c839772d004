import { open } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import { throwIfAborted } from "../../ffmpeg.js";
import type { MediaInput } from "../../ingest/index.js";
import type { PacketReader } from "./beside-packets.js";
import type { TransportFacts, TransportSample } from "./indicators.js";
import { openTransportMonitor } from "./monitor.js";
import { openTap } from "./tap.js";

const chunkBytes = 1 << 20;

/** Who looks at the bytes of a transport stream. */
export interface TransportReaders {
  /** Gets the measures of each interval; absent where nobody asks for them. */
  readonly emit?: ((sample: TransportSample) => void) | undefined;
  /** Gets the same bytes; whoever opened it ends it. */
  readonly beside?: Pick<PacketReader, "push"> | undefined;
}

/** Watches a transport stream's packets beside its decoding. */
export interface TransportWatch {
  /** By what the decoder's child has to read the source, so that its bytes are seen. */
  readonly input: MediaInput;
  /**
   * What was seen of the whole stream, once the decoder's child has ended; waits for a file to be read to its end.
   * @throws the reason of the signal · the system's error where the bytes cannot be read
   */
  facts(): Promise<TransportFacts | undefined>;
  /** Ends it; it must end after the child. */
  close(): Promise<void>;
}

/**
 * Watches the bytes that the decoder reads; the source is opened once for both.
 *
 * Of an S3 object or a URL these are the bytes on their way to the child: it has to be the one that reads all of the source, from its
 * start to its end. Of a local file each of the decoder's children reads its own part; these bytes are the same ones, out of the page
 * cache that those children fill or use. Of a live stream they come from the gateway that the decoder's child reads from.
 */
export async function watchTransport(
  input: MediaInput,
  originSeconds: number,
  { emit, beside }: TransportReaders,
  signal: AbortSignal,
): Promise<TransportWatch> {
  const monitor = emit === undefined ? undefined : openTransportMonitor(originSeconds, emit);
  const push = (bytes: Uint8Array): void => {
    monitor?.push(bytes);
    beside?.push(bytes);
  };
  if (input.kind === "s3" || input.kind === "http") {
    const tap = await openTap(input, push);
    return {
      input: tap.input,
      async facts() {
        throwIfAborted(signal);
        const facts = monitor?.end();
        const seenBytes = tap.seenBytes();
        return facts === undefined || seenBytes === undefined ? facts : { ...facts, seenBytes };
      },
      close: tap.close,
    };
  }
  const stop = new AbortController();
  const reading = readAll(input, push, AbortSignal.any([signal, stop.signal])).then(() => monitor?.end());
  // Whoever asks for the facts hears of its failure; that of the decoder comes first.
  reading.catch(() => undefined);
  return {
    input,
    facts: () => reading,
    async close() {
      stop.abort();
      await reading.catch(() => undefined);
    },
  };
}

async function readAll(input: MediaInput, push: (bytes: Uint8Array) => void, signal: AbortSignal): Promise<void> {
  for await (const chunk of input.kind === "live" ? bytesOfUrl(input.url, signal) : bytesOfFile(input.url)) {
    throwIfAborted(signal);
    push(chunk);
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
