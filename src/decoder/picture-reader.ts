import type { FrameMemory } from "./frame.js";
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
  const expected: ExpectedFrame[] = [];
  const scratch = new Uint8Array(scratchBytes);
  // Bytes in `scratch` that were received and belong to a frame not yet announced.
  let early = { start: 0, end: 0 };
  let slot: 0 | 1 = 0;
  let target: Uint8Array | undefined;
  let filled = 0;
  let busy = false;
  let closed = false;
  let pipeEnded = false;
  let done = false;
  let flowing = true;
  // Which of the two the last `room` was: the socket keeps it over a pause.
  let roomIsTarget = false;

  function finish(): void {
    if (done) return;
    done = true;
    events.finished();
  }

  /** Moves early bytes to their frames and delivers full frames, until bytes, lines or the sink are missing. */
  function advance(): void {
    while (!busy && !done) {
      const frame = expected[0];
      if (frame === undefined) {
        events.idle();
        if (closed || (pipeEnded && early.start === early.end)) finish();
        return;
      }
      target ??= memory.frame(slot, frame.bytes);
      const available = Math.min(early.end - early.start, frame.bytes - filled);
      if (available > 0) {
        target.set(scratch.subarray(early.start, early.start + available), filled);
        early = { start: early.start + available, end: early.end };
        filled += available;
      }
      if (filled < frame.bytes) {
        if (pipeEnded) finish();
        return;
      }
      complete(frame, target);
    }
  }

  function complete(frame: ExpectedFrame, data: Uint8Array): void {
    expected.shift();
    target = undefined;
    filled = 0;
    if (frame.deliver === undefined) return;
    slot = slot === 0 ? 1 : 0;
    const delivered = frame.deliver(data);
    if (!(delivered instanceof Promise)) return;
    busy = true;
    events.sinkBusy(true);
    delivered.then(
      () => {
        busy = false;
        events.sinkBusy(false);
        proceed();
      },
      (error: unknown) => {
        events.sinkBusy(false);
        events.failed(error);
      },
    );
  }

  function tryAdvance(): void {
    try {
      advance();
    } catch (error) {
      events.failed(error);
      finish();
    }
  }

  /** After anything that may let the pipe flow again. */
  function proceed(): void {
    tryAdvance();
    if (!flowing && wantsBytes()) {
      flowing = true;
      events.resume();
    }
  }

  function wantsBytes(): boolean {
    return !busy && !done && expected.length > 0;
  }

  return {
    get waiting() {
      return expected.length + (busy ? 1 : 0);
    },
    expect(frame) {
      expected.push(frame);
      if (!busy && expected.length === 1) proceed();
    },
    close() {
      closed = true;
      proceed();
    },
    abandon: finish,
    room() {
      const frame = expected[0];
      roomIsTarget = target !== undefined && frame !== undefined && filled < frame.bytes;
      return roomIsTarget && target !== undefined ? target.subarray(filled, frame?.bytes) : scratch;
    },
    received(bytes) {
      if (roomIsTarget) filled += bytes;
      else early = { start: 0, end: bytes };
      tryAdvance();
      flowing = wantsBytes();
      return flowing;
    },
    ended() {
      pipeEnded = true;
      proceed();
    },
  };
}
