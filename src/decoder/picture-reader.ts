import type { FrameMemory } from "./frame.js";
import { openMediaQueue } from "./media-queue.js";
import type { MediaReader, ReaderEvents } from "./media-reader.js";

/** A frame that is on its way through the pipe. */
export interface ExpectedFrame {
  readonly bytes: number;
  /** Called with the frame's bytes, which stay until the frame after the next one is read. Undefined: the bytes are dropped. */
  readonly deliver: ((data: Uint8Array) => void | Promise<void>) | undefined;
}

/** Room for the first bytes of a frame that come before its line does. */
const scratchBytes = 65536;

/** Reads raw frames, whose sizes are only known from their lines on stderr, into the two places of a `FrameMemory`. */
export function openPictureReader(memory: FrameMemory, events: ReaderEvents): MediaReader<ExpectedFrame> {
  const scratch = new Uint8Array(scratchBytes);
  // Bytes in `scratch` that were received and belong to a frame not yet announced.
  let early = { start: 0, end: 0 };
  let slot: 0 | 1 = 0;
  let target: Uint8Array | undefined;
  let filled = 0;
  // Which of the two the last `room` was: the socket keeps it over a pause.
  let roomIsTarget = false;

  function take(frame: ExpectedFrame): void | Promise<void> | "starved" {
    const data = (target ??= memory.frame(slot, frame.bytes));
    const available = Math.min(early.end - early.start, frame.bytes - filled);
    if (available > 0) {
      data.set(scratch.subarray(early.start, early.start + available), filled);
      early = { start: early.start + available, end: early.end };
      filled += available;
    }
    if (filled < frame.bytes) return "starved";
    target = undefined;
    filled = 0;
    if (frame.deliver === undefined) return;
    slot = slot === 0 ? 1 : 0;
    return frame.deliver(data);
  }

  const queue = openMediaQueue<ExpectedFrame>(events, {
    take,
    hasRoomFor: (frame) => frame !== undefined,
    hasEarlyBytes: () => early.start < early.end,
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
      const frame = queue.first;
      roomIsTarget = target !== undefined && frame !== undefined && filled < frame.bytes;
      return roomIsTarget && target !== undefined ? target.subarray(filled, frame?.bytes) : scratch;
    },
    received(bytes) {
      if (roomIsTarget) filled += bytes;
      else early = { start: 0, end: bytes };
      return queue.advanced();
    },
  };
}
