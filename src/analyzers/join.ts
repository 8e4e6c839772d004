import { laneKey, type SignalBlock } from "./signal-block.js";

/** Puts the blocks of pieces that are measured side by side into the order in which one uncut pass gives them. */
export interface Join {
  /**
   * A block of a piece, in the piece's own order, its `startIndex` counted in the piece. Samples that the piece gave
   * before (it is tried again, or read once more from its file) are passed over. Pieces whose turn has not come wait
   * in memory.
   */
  push(piece: number, block: SignalBlock): void;
  /** The piece will give no more blocks, and is found to be what an uncut pass gives. */
  finish(piece: number): void;
  /** Nothing can show any more that the pieces behind the first one are wrong: they may be delivered once finished. */
  release(): void;
  /** Begins again with one uncut piece, whose first samples (as many as were delivered) are passed over. */
  restartUncut(): void;
}

interface Piece {
  readonly waiting: SignalBlock[];
  /** Samples received, per lane. */
  readonly received: Map<string, number>;
  finished: boolean;
}

/**
 * The first piece is delivered as it comes: it begins where an uncut pass does, so nothing that is found out later makes it
 * wrong. The others are delivered when they are finished and released, so that nothing has to be taken back.
 *
 * @param count how many pieces there are
 * @param deliver receives every block in order, with `startIndex` counted over the whole lane
 */
export function openJoin(count: number, deliver: (block: SignalBlock) => void): Join {
  const delivered = new Map<string, number>();
  /** Samples seen of the uncut pass, per lane; those below `delivered` are passed over. */
  let seenAgain: Map<string, number> | undefined;
  let pieces = newPieces(count);
  let head = 0;
  let released = false;

  function take(block: SignalBlock): void {
    const key = laneKey(block.lane);
    const before = delivered.get(key) ?? 0;
    let fresh = block;
    if (seenAgain !== undefined) {
      const seen = seenAgain.get(key) ?? 0;
      seenAgain.set(key, seen + block.pts.length);
      if (seen + block.pts.length <= before) return;
      fresh = withoutFirst(block, Math.max(0, before - seen));
    }
    delivered.set(key, before + fresh.pts.length);
    deliver({ ...fresh, startIndex: before });
  }

  function advance(): void {
    for (let piece = pieces[head]; piece !== undefined; piece = pieces[head]) {
      if (head > 0 && !(released && piece.finished)) return;
      for (const block of piece.waiting.splice(0)) take(block);
      if (!piece.finished) return;
      head++;
    }
  }

  return {
    push(place, block) {
      const piece = pieces[place];
      if (piece === undefined) return;
      const key = laneKey(block.lane);
      const received = piece.received.get(key) ?? 0;
      const end = block.startIndex + block.pts.length;
      if (end <= received) return;
      piece.received.set(key, end);
      piece.waiting.push(withoutFirst(block, Math.max(0, received - block.startIndex)));
      if (place === head) advance();
    },
    finish(place) {
      const piece = pieces[place];
      if (piece !== undefined) piece.finished = true;
      advance();
    },
    release() {
      released = true;
      advance();
    },
    restartUncut() {
      pieces = newPieces(1);
      head = 0;
      seenAgain = new Map();
    },
  };
}

function newPieces(count: number): Piece[] {
  return Array.from({ length: count }, () => ({ waiting: [], received: new Map(), finished: false }));
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
