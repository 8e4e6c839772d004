import type { SignalBlock } from "./signal-block.js";

/** One of two media that are delivered beside each other. */
export interface PaceSide {
  /** The block is not far ahead of what was delivered of the other side. */
  allows(block: SignalBlock): boolean;
  /** Settles when the block is no longer far ahead. @throws the signal's reason */
  wait(block: SignalBlock): Promise<void>;
  delivered(block: SignalBlock): void;
  /** Nothing more comes of this side: the other one goes on alone. */
  end(): void;
}

interface Side {
  reachedSeconds: number;
  over: boolean;
  waiting: boolean;
}

/**
 * Keeps picture and sound near each other while they are delivered: what compares them has to keep what runs ahead. Of the
 * two, one may always go on, also where both jump in time.
 *
 * @param aheadSeconds how far one may be ahead of the other
 * @param startSeconds where both begin
 * @param signal ends all waiting
 */
export function openPace(
  aheadSeconds: number,
  startSeconds: number,
  signal: AbortSignal,
): { readonly picture: PaceSide; readonly sound: PaceSide } {
  const newSide = (): Side => ({ reachedSeconds: startSeconds, over: false, waiting: false });
  const picture = newSide();
  const sound = newSide();
  let waiting: (() => void)[] = [];
  function wake(): void {
    if (waiting.length === 0) return;
    const woken = waiting;
    waiting = [];
    for (const goOn of woken) goOn();
  }
  signal.addEventListener("abort", wake, { once: true });

  function sideOf(own: Side, other: Side, name: "picture" | "sound"): PaceSide {
    const allows = ({ lane, pts }: SignalBlock): boolean =>
      lane.name !== name || other.over || other.waiting || (pts[0] ?? 0) <= other.reachedSeconds + aheadSeconds;

    return {
      allows,
      async wait(block) {
        signal.throwIfAborted();
        while (!allows(block)) {
          own.waiting = true;
          await new Promise<void>((resolve) => waiting.push(resolve));
          own.waiting = false;
          signal.throwIfAborted();
        }
      },
      delivered({ lane, pts }) {
        if (lane.name === name) own.reachedSeconds = Math.max(own.reachedSeconds, pts.at(-1) ?? startSeconds);
        wake();
      },
      end() {
        own.over = true;
        wake();
      },
    };
  }

  return { picture: sideOf(picture, sound, "picture"), sound: sideOf(sound, picture, "sound") };
}
