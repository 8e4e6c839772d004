import { displaySource } from "../../display-source.js";
import { FramewatchError } from "../../errors.js";
import { startChild } from "../../ffmpeg.js";
import { redact } from "../../log.js";
import type { ReceiverSink } from "./receiver.js";

/** What a child fetches, and as what it writes it to standard output. */
export interface ChildStream {
  /** The source for people, and what stands for it in the child's arguments. */
  readonly displayName: string;
  readonly url: string;
  /** All arguments from `-protocol_whitelist` to the output. */
  readonly arguments: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Receives each line of the child's messages. */
  readonly line?: (line: string) => void;
}

/** Without re-encoding: picture and sound into MPEG-TS, written packet by packet, on the source's own clock. */
export const copyToTransport = [
  "-c",
  "copy",
  "-copyts",
  // The muxer waits so long for a track that has nothing, not 10 s: a sound that ceases must not hold back the picture.
  "-max_interleave_delta",
  "500000",
  "-muxdelay",
  "0",
  "-muxpreload",
  "0",
  "-flush_packets",
  "1",
  "-f",
  "mpegts",
  "pipe:1",
] as const;

/**
 * Runs ffmpeg for as long as it gives bytes.
 * @returns when it has come to an end without complaint
 * @throws FramewatchError `program-missing`, `source-unreachable` with ffmpeg's own words; the signal's reason
 */
export async function receiveFromChild(stream: ChildStream, sink: ReceiverSink, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = startChild({
    program: "ffmpeg",
    arguments: ["-hide_banner", "-nostdin", "-nostats", "-loglevel", "repeat+level+warning", ...stream.arguments],
    ...(stream.environment === undefined ? {} : { environment: stream.environment }),
    ...(stream.line === undefined ? {} : { line: stream.line }),
    signal,
  });
  const ended = new Promise<void>((resolve) => child.stdout.once("close", resolve));
  child.stdout.on("data", (chunk: Buffer) => sink.bytes(chunk));
  child.stdout.on("error", () => undefined);
  const exit = await child.exit;
  await ended;
  signal.throwIfAborted();
  if (exit.code === 0) return;
  throw new FramewatchError(
    "source-unreachable",
    `${stream.displayName} gives nothing more: ${lastWords(child.lastLines, stream)}`,
  );
}

/** The child's last complaint, without what only it can know: addresses that names have, keys, its own places in memory. */
function lastWords(lines: readonly string[], { url, displayName }: ChildStream): string {
  const line = lines.findLast((text) => /\[(error|fatal)\]/.test(text)) ?? lines.at(-1) ?? "ffmpeg ended";
  const plain = line.replaceAll(url, displayName).replaceAll(displaySource(url), displayName);
  return redact(plain.replace(/^(\[[^\]]*\] )+/, ""));
}
