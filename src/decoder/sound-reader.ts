import { openMediaQueue } from "./media-queue.js";
import type { MediaReader, ReaderEvents } from "./media-reader.js";

/** A run of sound that is on its way through the pipe. */
export interface ExpectedSound {
  /** Samples per channel. */
  readonly samples: number;
  readonly channels: number;
  /** Called with planar samples, which stay until it returns or its promise settles. Undefined: they are dropped. */
  readonly deliver: ((samples: readonly Float32Array[]) => void | Promise<void>) | undefined;
}

const bytesPerSample = 4;
/** Free room for each read, and how many bytes may wait for their lines. */
const readBytes = 65536;
const mostWaitingBytes = 4 * 1024 * 1024;

function bytesOf({ samples, channels }: ExpectedSound): number {
  return samples * channels * bytesPerSample;
}

/** Reads interleaved 32-bit float samples, whose run lengths come from their lines on stderr, and delivers them planar. */
export function openSoundReader(events: ReaderEvents): MediaReader<ExpectedSound> {
  let buffer = new Uint8Array(2 * readBytes);
  let start = 0;
  let end = 0;
  let planes: Float32Array[] = [];
  let views: readonly Float32Array[] = [];

  function deinterleave(samples: number, channels: number): readonly Float32Array[] {
    if (planes.length !== channels || (planes[0]?.length ?? 0) < samples) {
      planes = Array.from({ length: channels }, () => new Float32Array(samples));
      views = [];
    }
    if (views[0]?.length !== samples) views = planes.map((plane) => plane.subarray(0, samples));
    const interleaved = new Float32Array(buffer.buffer, start, samples * channels);
    const [left, right] = views;
    if (channels === 2 && left !== undefined && right !== undefined) {
      // Stereo is nearly all there is; in one pass it takes half the time.
      for (let sample = 0, at = 0; sample < samples; sample++, at += 2) {
        left[sample] = interleaved[at] ?? 0;
        right[sample] = interleaved[at + 1] ?? 0;
      }
      return views;
    }
    for (const [channel, view] of views.entries()) {
      for (let sample = 0, at = channel; sample < samples; sample++, at += channels) view[sample] = interleaved[at] ?? 0;
    }
    return views;
  }

  function take(run: ExpectedSound): void | Promise<void> | "starved" {
    const bytes = bytesOf(run);
    if (end - start < bytes) return "starved";
    const delivered = run.deliver?.(deinterleave(run.samples, run.channels));
    start += bytes;
    return delivered;
  }

  const queue = openMediaQueue<ExpectedSound>(events, {
    take,
    // A run may be longer than what may wait otherwise.
    hasRoomFor: (run) => end - start < Math.max(mostWaitingBytes, run === undefined ? 0 : bytesOf(run)),
    hasEarlyBytes: () => start < end,
  });

  return {
    get waiting() {
      return queue.waiting;
    },
    expect: queue.expect,
    close: queue.close,
    abandon: queue.abandon,
    ended: queue.ended,
    room() {
      if (start === end) start = end = 0;
      if (buffer.length - end < readBytes) {
        const waiting = end - start;
        // Twice what waits: moving it then costs less than reading it did.
        const larger = waiting + readBytes > buffer.length / 2 ? new Uint8Array(2 * buffer.length) : buffer;
        larger.set(buffer.subarray(start, end));
        buffer = larger;
        start = 0;
        end = waiting;
      }
      return buffer.subarray(end);
    },
    received(bytes) {
      end += bytes;
      return queue.advanced();
    },
  };
}
