import type { MediaReader, ReaderEvents } from "./media-reader.js";

/** Something that was announced, and comes through the pipe in its turn. */
interface Announced {
  /** Undefined: its bytes are dropped. */
  readonly deliver: unknown;
}

/** What differs between pictures and sound. */
export interface QueueParts<Expected> {
  /** Delivers or drops what is next and gives what its sink returned, or `starved` while bytes of it are missing. */
  take(next: Expected): void | Promise<void> | "starved";
  /** The pipe may deliver more bytes, as far as memory goes. */
  hasRoomFor(next: Expected | undefined): boolean;
  /** Bytes wait that nothing was announced for yet. */
  hasEarlyBytes(): boolean;
}

/** The part of a reader that does not touch bytes. */
export interface MediaQueue<Expected> extends Pick<MediaReader<Expected>, "expect" | "close" | "abandon" | "ended" | "waiting"> {
  readonly first: Expected | undefined;
  /** Bytes have come. False when the pipe is to pause. */
  advanced(): boolean;
}

/** Delivers what was announced in order, as bytes, lines and the sink allow, and says when the pipe may flow. */
export function openMediaQueue<Expected extends Announced>(
  events: ReaderEvents,
  parts: QueueParts<Expected>,
): MediaQueue<Expected> {
  const expected: Expected[] = [];
  /** How many of those are to be delivered; the others are only in the way. */
  let wanted = 0;
  let busy = false;
  let closed = false;
  let pipeEnded = false;
  let done = false;
  let flowing = true;

  function finish(): void {
    if (done) return;
    done = true;
    events.finished();
  }

  function advance(): void {
    while (!busy && !done) {
      // ffmpeg announces a few frames ahead of those it has written, so the pipe itself is hardly ever empty.
      if (wanted === 0) events.idle();
      const next = expected[0];
      if (next === undefined) {
        if (closed || (pipeEnded && !parts.hasEarlyBytes())) finish();
        return;
      }
      const taken = parts.take(next);
      if (taken === "starved") {
        if (pipeEnded) finish();
        return;
      }
      expected.shift();
      if (next.deliver !== undefined) wanted--;
      if (taken instanceof Promise) waitFor(taken);
    }
  }

  function waitFor(sink: Promise<void>): void {
    busy = true;
    events.sinkBusy(true);
    sink.then(
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

  function wantsBytes(): boolean {
    return !busy && !done && parts.hasRoomFor(expected[0]);
  }

  /** After anything that may let the pipe flow again. */
  function proceed(): void {
    tryAdvance();
    if (!flowing && wantsBytes()) {
      flowing = true;
      events.resume();
    }
  }

  return {
    get first() {
      return expected[0];
    },
    get waiting() {
      return wanted + (busy ? 1 : 0);
    },
    expect(next) {
      expected.push(next);
      if (next.deliver !== undefined) wanted++;
      if (!busy && expected.length === 1) proceed();
    },
    close() {
      closed = true;
      proceed();
    },
    abandon: finish,
    ended() {
      pipeEnded = true;
      proceed();
    },
    advanced() {
      tryAdvance();
      flowing = wantsBytes();
      return flowing;
    },
  };
}
