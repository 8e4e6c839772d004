import { laneKey, type SignalBlock } from "./signal-block.js";

/** What one finished piece knows of its edges; see `DecodeOutcome.seam`. */
export interface PieceEnd {
  /** pts of the first picture at or after the piece's end; absent when the media ended in this piece. */
  readonly firstAfterSeconds?: number;
}

/** Puts the blocks of pieces that are measured side by side into the order in which one uncut pass gives them. */
export interface Join {
  /**
   * A block of a piece, in the piece's own order, its `startIndex` counted in the piece. Samples that the piece gave
   * before (it is tried again, or read once more from its file) are passed over. Pieces whose turn has not come wait
   * in memory.
   */
  push(piece: number, block: SignalBlock): void;
  /** The piece will give no more blocks. */
  finish(piece: number, end: PieceEnd): void;
  /**
   * False when pieces did not fit each other: the first picture of one is not the one that its predecessor saw behind
   * its end. What was delivered until then is right; what follows has to come from an uncut pass.
   */
  readonly fits: boolean;
  /** All pieces are delivered. */
  readonly complete: boolean;
  /** Begins again with one uncut piece, whose first samples (as many as were delivered) are passed over. */
  restartUncut(): void;
}

interface Piece {
  readonly waiting: SignalBlock[];
  /** Samples received, per lane. */
  readonly received: Map<string, number>;
  end?: PieceEnd;
}

/**
 * @param count how many pieces there are
 * @param deliver receives every block in order, with `startIndex` counted over the whole lane
 */
export function openJoin(count: number, deliver: (block: SignalBlock) => void): Join {
  const delivered = new Map<string, number>();
  /** Samples seen of the uncut pass, per lane; those below `delivered` are passed over. */
  let seenAgain: Map<string, number> | undefined;
  let pieces = newPieces(count);
  let head = 0;
  let fits = true;
  /** The pts that the next piece's first picture must have; `none` when the media ended before it. */
  let expected: number | "none" | "any" = "any";

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
    if (block.lane.name === "picture" && expected !== "any") {
      if (fresh.pts[0] !== expected) {
        fits = false;
        return;
      }
      expected = "any";
    }
    delivered.set(key, before + fresh.pts.length);
    deliver({ ...fresh, startIndex: before });
  }

  function advance(): void {
    for (let piece = pieces[head]; piece !== undefined && fits; piece = pieces[head]) {
      for (const block of piece.waiting.splice(0)) if (fits) take(block);
      if (piece.end === undefined) return;
      // A piece without pictures leaves the expectation of the one before it standing.
      if (head < pieces.length - 1 && expected === "any") expected = piece.end.firstAfterSeconds ?? "none";
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
    finish(piece, end) {
      const finished = pieces[piece];
      if (finished !== undefined) finished.end = end;
      advance();
    },
    get fits() {
      return fits;
    },
    get complete() {
      return fits && head >= pieces.length;
    },
    restartUncut() {
      pieces = newPieces(1);
      head = 0;
      fits = true;
      expected = "any";
      seenAgain = new Map();
    },
  };
}

function newPieces(count: number): Piece[] {
  return Array.from({ length: count }, () => ({ waiting: [], received: new Map() }));
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
