import { ffmpegArguments, runChild } from "../ffmpeg.js";
import type { MediaInput } from "../ingest/index.js";
import { inputArguments, quietArguments } from "./plan.js";

/** The largest page of Ogg (RFC 3533, section 6). */
const oggPageBytes = 65_307;
/** Writers that cannot go back to the header put such a size there. */
const unknownSize = 0x7fff_0000;
/** More chunks than a film of a terabyte has. */
const mostChunks = 1000;

const cutShort = "The file is shorter than its header declares.";
const noEnd = "The file ends before the end of its stream.";

/**
 * Why a file was cut, where its containers' own sizes and end marks tell: ffmpeg reads RIFF, AIFF, Ogg and GIF as far as
 * they go, says nothing, and takes the duration from what is there.
 *
 * @throws FramewatchError `program-missing` · the reason of `signal` when it aborts
 */
export async function cutEnding(
  input: MediaInput,
  container: string,
  bytes: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const read = (offset: number, length: number) => readBytes(input, Math.max(0, offset), length, signal);
  if (container === "avi" || container === "wav") return cutRiff(bytes, read);
  if (container === "aiff") return cutForm(bytes, await read(0, 8));
  // The end of a file is only looked at where it can be read without all that is before it.
  if (input.kind === "http") return undefined;
  if (container === "ogg") return cutOgg(await read(bytes - 2 * oggPageBytes, 2 * oggPageBytes));
  if (container === "gif") return cutGif(await read(bytes - 1024, 1024));
  return undefined;
}

/** RIFF chunks one behind the other: one in most files, one per gigabyte in large AVIs (OpenDML 1.02). */
async function cutRiff(bytes: number, read: (offset: number, length: number) => Promise<Buffer>): Promise<string | undefined> {
  let offset = 0;
  for (let chunk = 0; chunk < mostChunks && offset + 8 < bytes; chunk++) {
    const head = await read(offset, 8);
    if (head.length < 8 || head.toString("latin1", 0, 4) !== "RIFF") return undefined;
    const size = head.readUInt32LE(4);
    if (size === 0 || size >= unknownSize) return undefined;
    offset += 8 + size;
  }
  // The last byte may be the one that fills up an odd size, which many writers leave out.
  return offset > bytes + 1 ? cutShort : undefined;
}

function cutForm(bytes: number, head: Buffer): string | undefined {
  if (head.length < 8 || head.toString("latin1", 0, 4) !== "FORM") return undefined;
  const size = head.readUInt32BE(4);
  return size > 0 && size < unknownSize && 8 + size > bytes + 1 ? cutShort : undefined;
}

/** The last page must be all there, and say that it is the last (RFC 3533, section 6: header type flag 4). */
function cutOgg(tail: Buffer): string | undefined {
  const start = tail.lastIndexOf("OggS");
  if (start < 0) return undefined;
  const segments = tail[start + 26];
  if (segments === undefined || start + 27 + segments > tail.length) return noEnd;
  const payload = tail.subarray(start + 27, start + 27 + segments).reduce((sum, size) => sum + size, 0);
  const isLast = ((tail[start + 5] ?? 0) & 4) !== 0;
  return isLast && start + 27 + segments + payload <= tail.length ? undefined : noEnd;
}

/** The trailer, `;`, ends every GIF (GIF89a, section 27); zeros may follow it. */
function cutGif(tail: Buffer): string | undefined {
  const last = tail.findLast((byte) => byte !== 0);
  return last === undefined || last === 0x3b ? undefined : noEnd;
}

/** Bytes of a source, by the same way and under the same rules as its media. */
async function readBytes(input: MediaInput, offset: number, length: number, signal: AbortSignal): Promise<Buffer> {
  const args = ffmpegArguments((command) => {
    command
      .input(input.url)
      .inputOptions(
        ...quietArguments,
        ...inputArguments(input),
        "-format_whitelist",
        "data",
        "-f",
        "data",
        "-skip_initial_bytes",
        String(offset),
      );
    command.output("pipe:1").outputOptions("-map", "0", "-c", "copy", "-f", "data", "-fs", String(length));
  });
  const { stdout } = await runChild({ program: "ffmpeg", arguments: args, environment: input.environment, signal });
  return stdout.subarray(0, length);
}
