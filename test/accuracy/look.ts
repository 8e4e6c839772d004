import type { Span } from "./planter.js";
import type { PreparedClip } from "./prepare.js";
import { ffmpegBytes } from "./program.js";

/** One frame: its planes, all of the size that was asked for, 8 bits. */
export interface Seen {
  readonly luma: Uint8Array;
  readonly cb: Uint8Array;
  readonly cr: Uint8Array;
}

/** Shows the frames of a span of a clean clip, through a filter chain that ends in pictures of this size. */
export type Look = (filters: string, width: number, height: number) => Promise<readonly Seen[]>;

/** Opens a look at a span of a clip. @throws Error with the command that failed, when it is used */
export function lookAt({ file }: PreparedClip, { startSeconds, endSeconds }: Span): Look {
  return async (filters, width, height) => {
    const bytes = await ffmpegBytes([
      ...["-threads", "1", "-i", file, "-ss", `${startSeconds}`, "-t", `${endSeconds - startSeconds}`],
      ...["-map", "0:v", "-vf", filters, "-pix_fmt", "yuv444p", "-f", "rawvideo", "pipe:1"],
    ]);
    const size = width * height;
    return Array.from({ length: Math.floor(bytes.length / (3 * size)) }, (_, frame) => {
      const plane = (index: number) => bytes.subarray((3 * frame + index) * size, (3 * frame + index + 1) * size);
      return { luma: plane(0), cb: plane(1), cr: plane(2) };
    });
  };
}

/** Mean of what `of` says of each sample. */
export function meanOf(samples: Uint8Array, of: (value: number, index: number) => number): number {
  let sum = 0;
  for (let index = 0; index < samples.length; index++) sum += of(samples[index] ?? 0, index);
  return sum / samples.length;
}
