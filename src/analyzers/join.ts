import type { PaceSide } from "./pace.js";
import { laneKey, type SignalBlock } from "./signal-block.js";

/** Puts the blocks of pieces that are measured side by side into the order in which one uncut pass gives them. */
export interface Join {
  /**
   * A block of a piece, in the piece's own order, its `startIndex` counted in the piece. Samples that the piece gave
   * before (it is tried again, or read once more from its file) are passed over. What cannot be delivered yet is not kept:
   * it comes again when the finished piece is read.
   */
  push(piece: number, block: SignalBlock): void;
  /** The piece is found to be what an uncut pass gives. Its blocks are read, from its first, when its turn comes. */
  finish(piece: number, blocks: () => AsyncIterable<SignalBlock>): void;
  /** Nothing can show any more that the pieces behind the first one are wrong: they may be delivered once finished. */
  release(): void;
  /** Begins again with one uncut piece, whose first samples (as many as were delivered) are passed over. */
  restartUncut(): void;
  /** All that may be delivered is. @throws what reading or delivering threw, after which nothing more is delivered */
  settled(): Promise<void>;
}

interface Piece {
  blocks: (() => AsyncIterable<SignalBlock>) | undefined;
}

/**
 * The first piece is delivered as it comes: it begins where an uncut pass does, so nothing that is found out later makes it
 * wrong. The others are delivered when they are finished and released, so that nothing has to be taken back.
 *
 * @param count how many pieces there are
 * @param deliver receives every block in order, with `startIndex` counted over the whole lane
 * @param pace how far may be delivered; sound that comes too soon is read again later
 */
export function openJoin(count: number, deliver: (block: SignalBlock) => void, pace: PaceSide): Join {
  const delivered = new Map<string, number>();
  /** Samples seen of the uncut pass, per lane; those below `delivered` are passed over. */
  let seenAgain: Map<string, number> | undefined;
  /** Samples received of the piece whose turn it is, per lane. */
  let received = new Map<string, number>();
  let pieces = newPieces(count);
  let head = 0;
  let released = false;
  let reading = Promise.resolve();

  function isNew({ lane, startIndex, pts }: SignalBlock): boolean {
    return startIndex + pts.length > (received.get(laneKey(lane)) ?? 0);
  }

  function take(block: SignalBlock): void {
    const key = laneKey(block.lane);
    const known = received.get(key) ?? 0;
    received.set(key, block.startIndex + block.pts.length);
    const unknown = withoutFirst(block, Math.max(0, known - block.startIndex));
    const before = delivered.get(key) ?? 0;
    let fresh = unknown;
    if (seenAgain !== undefined) {
      const seen = seenAgain.get(key) ?? 0;
      seenAgain.set(key, seen + unknown.pts.length);
      if (seen + unknown.pts.length <= before) return;
      fresh = withoutFirst(unknown, Math.max(0, before - seen));
    }
    delivered.set(key, before + fresh.pts.length);
    deliver({ ...fresh, startIndex: before });
    pace.delivered(fresh);
  }

  /** Reads the finished pieces whose turn it is. */
  async function read(): Promise<void> {
    const current = pieces;
    for (let piece = pieces[head]; piece?.blocks !== undefined && (head === 0 || released); piece = pieces[head]) {
      for await (const block of piece.blocks()) {
        if (isNew(block)) await pace.wait(block);
        if (pieces !== current) return;
        if (isNew(block)) take(block);
      }
      if (pieces !== current) return;
      head++;
      received = new Map();
    }
  }

  function advance(): void {
    reading = reading.then(read);
    // It is told by `settled`.
    reading.catch(() => undefined);
  }

  return {
    push(place, block) {
      if (place !== 0 || head !== 0 || !isNew(block)) return;
      // Behind what was left out for later, everything is.
      if (block.startIndex > (received.get(laneKey(block.lane)) ?? 0)) return;
      if (block.lane.name === "sound" && !pace.allows(block)) return;
      take(block);
    },
    finish(place, blocks) {
      const piece = pieces[place];
      if (piece !== undefined) piece.blocks = blocks;
      advance();
    },
    release() {
      released = true;
      advance();
    },
    restartUncut() {
      pieces = newPieces(1);
      head = 0;
      received = new Map();
      seenAgain = new Map();
    },
    settled: () => reading,
  };
}

function newPieces(count: number): Piece[] {
  return Array.from({ length: count }, () => ({ blocks: undefined }));
}

function withoutFirst(block: SignalBlock, samples: number): SignalBlock {
  if (samples === 0) return block;
  const { lane, startIndex, pts, signals } = block;
  return {
    lane,
    startIndex: startIndex + samples,
    pts: pts.subarray(samples),
    signals: Object.fromEntries(Object.entries(signals).map(([name, values]) => [name, values.subarray(samples)])),
    discontinuityBefore: false,
  };
}
