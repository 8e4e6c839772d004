/** The last bytes of a stretch, in memory, for any number of readers, each at a place of its own. */
export interface KeptBytes {
  /** Copies the bytes. The oldest go when there are more than may be kept. */
  push(bytes: Uint8Array): void;
  /** No more will come. */
  end(): void;
  readonly isEnded: boolean;
  /**
   * Bytes from `position` on, counted from the first that was ever pushed, or from the oldest that is kept, if that comes later;
   * `position` tells which; at most `mostReadBytes`. A view that the next push may write over. Undefined where there is nothing yet.
   */
  read(position: number): { readonly position: number; readonly bytes: Uint8Array } | undefined;
  /** Resolves with the next push, or at the end. */
  more(): Promise<void>;
}

/** A whole number of transport packets: where all packets have 188 bytes, whoever loses blocks goes on at a packet. */
const blockBytes = 188 * 700;

/** What one `read` gives at most. */
export const mostReadBytes = blockBytes;

/** @param mostBytes that are kept; at least one block of 129 KiB is */
export function openKeptBytes(mostBytes: number): KeptBytes {
  const mostBlocks = Math.max(1, Math.floor(mostBytes / blockBytes));
  const blocks: Uint8Array[] = [];
  /** Position of the first kept block; all but the last are full. */
  let start = 0;
  let filled = blockBytes;
  let isEnded = false;
  let waiting: { readonly promise: Promise<void>; wake(): void } | undefined;

  function wake(): void {
    waiting?.wake();
    waiting = undefined;
  }

  return {
    push(bytes) {
      for (let taken = 0; taken < bytes.length; ) {
        if (filled === blockBytes) {
          const oldest = blocks.length === mostBlocks ? blocks.shift() : undefined;
          if (oldest !== undefined) start += blockBytes;
          // It is written over: of blocks that are always made anew the process's heap becomes riddled.
          blocks.push(oldest ?? new Uint8Array(blockBytes));
          filled = 0;
        }
        const part = bytes.subarray(taken, taken + blockBytes - filled);
        blocks.at(-1)?.set(part, filled);
        filled += part.length;
        taken += part.length;
      }
      wake();
    },
    end() {
      isEnded = true;
      wake();
    },
    get isEnded() {
      return isEnded;
    },
    read(wanted) {
      const position = Math.max(wanted, start);
      const index = Math.floor((position - start) / blockBytes);
      const block = blocks[index];
      const from = position - start - index * blockBytes;
      const until = index === blocks.length - 1 ? filled : blockBytes;
      return block === undefined || from >= until ? undefined : { position, bytes: block.subarray(from, until) };
    },
    more() {
      if (isEnded) return Promise.resolve();
      if (waiting === undefined) {
        let resolveWaiting = (): void => undefined;
        const promise = new Promise<void>((resolve) => {
          resolveWaiting = resolve;
        });
        waiting = { promise, wake: () => resolveWaiting() };
      }
      return waiting.promise;
    },
  };
}
