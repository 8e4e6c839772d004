import type { FramewatchError } from "../../errors.js";
import type { GatewayStretch, LiveGateway } from "./live-gateway.js";
import type { LiveStretch, StretchEnd } from "./live-source.js";

/** The stretches of a source, one behind the other, between who receives them and who reads them. */
export interface Stretches {
  /** Begins one; the one before must have ended. `abandon` is only called while it lasts. */
  begin(facts: Pick<LiveStretch, "beganAtMilliseconds" | "isTransport" | "abandon">): void;
  /** Bytes of the one that has begun. */
  push(bytes: Uint8Array): void;
  wallClock(ptsSeconds: number, atMilliseconds: number): void;
  /** Ends the one that has begun, if there is one. */
  end(end: StretchEnd): void;
  /** Nothing more will come; who waits, or asks later, gets the error once all stretches are given out. */
  fail(error: FramewatchError): void;
  /** The next stretch that nobody has been given. @throws the error of `fail`; the signal's reason */
  next(signal: AbortSignal): Promise<LiveStretch>;
  readonly current: LiveStretch | undefined;
  readonly hasFailed: boolean;
  close(): void;
}

interface Opened {
  readonly gateway: GatewayStretch;
  readonly stretch: LiveStretch;
}

/** Stretches that have ended and can still be read: who reads the last one may be behind. */
const mostEnded = 2;
/** Times that the source tells are looked up near the end only. */
const mostAnchors = 256;

interface Anchor {
  readonly ptsSeconds: number;
  readonly atMilliseconds: number;
}

/** @param lost is told how many bytes the readers of an ended stretch never got, if any */
export function openStretches(gateway: LiveGateway, lost: (bytes: number) => void): Stretches {
  const ended: Opened[] = [];
  /** Begun, and not given out. */
  const unread: LiveStretch[] = [];
  let current: (Opened & { readonly anchors: Anchor[]; settle(end: StretchEnd): void }) | undefined;
  /** Told before the stretch began that they belong to. */
  let early: Anchor[] = [];
  let failure: FramewatchError | undefined;
  let waiting: (() => void)[] = [];

  function wake(): void {
    for (const resolve of waiting.splice(0)) resolve();
  }

  function forget({ gateway: opened, stretch }: Opened): void {
    if (opened.lostBytes > 0) lost(opened.lostBytes);
    opened.close();
    const index = unread.indexOf(stretch);
    if (index >= 0) unread.splice(index, 1);
  }

  function end(how: StretchEnd): void {
    early = [];
    if (current === undefined) return;
    const { settle, gateway: opened, stretch } = current;
    current = undefined;
    opened.end();
    settle(how);
    ended.push({ gateway: opened, stretch });
    while (ended.length > mostEnded) {
      const oldest = ended.shift();
      if (oldest !== undefined) forget(oldest);
    }
  }

  return {
    begin(facts) {
      const opened = gateway.open();
      let settle: (how: StretchEnd) => void = () => undefined;
      const isOver = new Promise<StretchEnd>((resolve) => {
        settle = resolve;
      });
      const anchors = early;
      early = [];
      const stretch: LiveStretch = {
        ...facts,
        input: opened.input,
        ended: isOver,
        wallClockOf: (ptsSeconds) => wallClockOf(anchors, ptsSeconds),
        abandon(why) {
          if (current?.stretch === stretch) facts.abandon(why);
        },
      };
      current = { gateway: opened, stretch, anchors, settle };
      unread.push(stretch);
      wake();
    },
    push: (bytes) => current?.gateway.push(bytes),
    wallClock(ptsSeconds, atMilliseconds) {
      const anchors = current?.anchors ?? early;
      anchors.push({ ptsSeconds, atMilliseconds });
      if (anchors.length > mostAnchors) anchors.shift();
    },
    end,
    fail(error) {
      failure ??= error;
      wake();
    },
    async next(signal) {
      for (;;) {
        signal.throwIfAborted();
        const stretch = unread.shift();
        if (stretch !== undefined) return stretch;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve) => {
          const settle = (): void => {
            signal.removeEventListener("abort", settle);
            waiting = waiting.filter((other) => other !== settle);
            resolve();
          };
          signal.addEventListener("abort", settle, { once: true });
          waiting.push(settle);
        });
      }
    },
    get current() {
      return current?.stretch;
    },
    get hasFailed() {
      return failure !== undefined;
    },
    close() {
      for (const opened of ended.splice(0)) forget(opened);
    },
  };
}

/** From the last time that the source told at or before this one; the first, where all come later. */
function wallClockOf(anchors: readonly Anchor[], ptsSeconds: number): number | undefined {
  const anchor = anchors.findLast((told) => told.ptsSeconds <= ptsSeconds) ?? anchors[0];
  return anchor === undefined ? undefined : anchor.atMilliseconds + (ptsSeconds - anchor.ptsSeconds) * 1000;
}
