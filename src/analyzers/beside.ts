import type { Emit, Judging } from "./detector.js";
import { type Lane, laneKey, type SignalBlock } from "./signal-block.js";

/** Samples of all lanes are told in turns of this much media time, the picture first. */
const turnSeconds = 0.5;

/** A run of samples of one turn. */
interface Piece {
  readonly turn: number;
  readonly block: SignalBlock;
}

interface Waiting {
  readonly lane: Lane;
  readonly signals: readonly string[];
  readonly pieces: Piece[];
  /** The turn of its last sample; turns never run backwards, not even where media time does. */
  turn: number;
  endSeconds: number | undefined;
}

/** Several lanes for one detector. */
export interface Beside {
  push(block: SignalBlock, emit: Emit): void;
  /** The lane ended. When all have, the detector is told the last of the ends. */
  end(lane: Lane, endSeconds: number, emit: Emit): void;
}

/**
 * Tells a detector the samples of several lanes in one order that follows from their times alone: the sound of a file may be
 * measured long before its picture, and blocks may be cut anywhere. What comes early waits.
 *
 * @param lanes each lane and the signals that the detector reads from it, in the order in which a turn is told
 */
export function besideEachOther(
  lanes: readonly { readonly lane: Lane; readonly signals: readonly string[] }[],
  judging: Judging,
): Beside {
  const waiting = lanes.map((facts): Waiting => ({ ...facts, pieces: [], turn: 0, endSeconds: undefined }));

  function of(lane: Lane): Waiting {
    const found = waiting.find((one) => laneKey(one.lane) === laneKey(lane));
    if (found === undefined) throw new Error(`The detector does not read lane ${laneKey(lane)}.`);
    return found;
  }

  /** Turns before this one are complete. */
  function completeUntil(): number {
    return Math.min(...waiting.map(({ turn, endSeconds }) => (endSeconds === undefined ? turn : Number.POSITIVE_INFINITY)));
  }

  function tell(emit: Emit): void {
    const until = completeUntil();
    for (;;) {
      const next = Math.min(...waiting.map(({ pieces }) => pieces[0]?.turn ?? Number.POSITIVE_INFINITY));
      if (next >= until) return;
      for (const { pieces } of waiting) {
        while (pieces[0]?.turn === next) judging.push((pieces.shift() as Piece).block, emit);
      }
    }
  }

  return {
    push(block, emit) {
      const lane = of(block.lane);
      for (let start = 0; start < block.pts.length; ) {
        lane.turn = Math.max(lane.turn, turnAt(block.pts[start]));
        let end = start + 1;
        while (end < block.pts.length && turnAt(block.pts[end]) <= lane.turn) end++;
        lane.pieces.push({ turn: lane.turn, block: pieceOf(block, lane.signals, start, end) });
        start = end;
      }
      tell(emit);
    },
    end(ended, endSeconds, emit) {
      const lane = of(ended);
      lane.endSeconds = endSeconds;
      tell(emit);
      judging.laneEnd?.(lane.lane, endSeconds, emit);
      if (waiting.every((one) => one.endSeconds !== undefined)) {
        judging.end(Math.max(...waiting.map((one) => one.endSeconds ?? 0)), emit);
      }
    },
  };
}

function turnAt(seconds = 0): number {
  return Math.floor(seconds / turnSeconds);
}

function pieceOf(block: SignalBlock, signals: readonly string[], start: number, end: number): SignalBlock {
  const { lane, startIndex, pts, discontinuityBefore, previousEndSeconds } = block;
  const isFirst = start === 0;
  return {
    lane,
    startIndex: startIndex + start,
    // Copies: a piece may wait for long, and would keep all that the block holds.
    pts: pts.slice(start, end),
    signals: Object.fromEntries(
      signals.map((name) => {
        const column = block.signals[name];
        if (column === undefined) throw new Error(`The lane ${laneKey(lane)} has no signal ${name}.`);
        return [name, column.slice(start, end)];
      }),
    ),
    discontinuityBefore: isFirst && discontinuityBefore,
    ...(isFirst && previousEndSeconds !== undefined ? { previousEndSeconds } : {}),
  };
}
