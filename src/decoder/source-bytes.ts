import { type FileHandle, open } from "node:fs/promises";
import type { MediaInput } from "../ingest/index.js";
import { requestSource } from "./source-request.js";

/** Bytes of a source at places of our choice, read by the way and under the rules by which its media is read. */
export interface SourceBytes {
  /**
   * So many bytes from `offset` on, fewer where the source ends; undefined where the source only gives all that is before them, too.
   * @throws FramewatchError `source-unreachable` · the system's error where a file cannot be read · the reason of the signal
   */
  read(offset: number, length: number): Promise<Buffer | undefined>;
  /** How many reads a walk through the source may take: of a file they cost next to nothing, from a host each is a request. */
  readonly mostReads: number;
  close(): Promise<void>;
}

const mostReadsOfFile = 1_000_000;
const mostReadsOfHost = 100;

/** Opens a source for looks at single places. */
export async function openSourceBytes(input: MediaInput, signal: AbortSignal): Promise<SourceBytes> {
  return input.kind === "file" ? bytesOfFile(await open(input.url.replace(/^file:/, ""))) : bytesOfHost(input, signal);
}

function bytesOfFile(file: FileHandle): SourceBytes {
  return {
    mostReads: mostReadsOfFile,
    async read(offset, length) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
    close: () => file.close(),
  };
}

function bytesOfHost(input: MediaInput, signal: AbortSignal): SourceBytes {
  return {
    mostReads: mostReadsOfHost,
    async read(offset, length) {
      const { answer, close } = await requestSource(input, `bytes=${offset}-${offset + length - 1}`, signal);
      try {
        if (answer.statusCode !== 206 && !(answer.statusCode === 200 && offset === 0)) return undefined;
        const chunks: Buffer[] = [];
        let bytes = 0;
        for await (const chunk of answer as AsyncIterable<Buffer>) {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes >= length) break;
        }
        return Buffer.concat(chunks).subarray(0, length);
      } finally {
        close();
      }
    },
    close: async () => undefined,
  };
}

/** What stands at the head of a fragment, and the head of what follows, mostly fit into so much. */
const usualWindowBytes = 4096;

/**
 * Looks at places of a source, one behind the other; near ones cost one read. The look is undefined where the source gives no single
 * places, and once there were too many; its bytes hold until the next look.
 */
export function openLook(
  source: SourceBytes,
  windowBytes = usualWindowBytes,
): (offset: number, length: number) => Promise<Buffer | undefined> {
  let window: Buffer = Buffer.alloc(0);
  let start = 0;
  let reads = 0;
  return async (offset, length) => {
    if (offset < start || offset + length > start + window.length) {
      const read = ++reads > source.mostReads ? undefined : await source.read(offset, Math.max(windowBytes, length));
      if (read === undefined) return undefined;
      window = read;
      start = offset;
    }
    return window.subarray(offset - start, offset - start + length);
  };
}
