import type { Emit, Judging } from "./detector.js";
import { emptyBlock, type Lane, laneKey, type SignalBlock } from "./signal-block.js";

/** Samples of all lanes are told in turns of this much media time, the picture first. */
const turnSeconds = 0.5;

interface Waiting {
  readonly lane: Lane;
  readonly signals: readonly string[];
  /** What has come and is not told, of the first one the samples from `told` on. */
  readonly blocks: SignalBlock[];
  told: number;
  /** The turns of the sample told last and of the last one; turns never run backwards, not even where media time does. */
  toldTurn: number;
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
  const waiting = lanes.map((facts): Waiting => ({ ...facts, blocks: [], told: 0, toldTurn: 0, turn: 0, endSeconds: undefined }));

  function of(lane: Lane): Waiting {
    const found = waiting.find((one) => laneKey(one.lane) === laneKey(lane));
    if (found === undefined) throw new Error(`The detector does not read lane ${laneKey(lane)}.`);
    return found;
  }

  /** Turns before this one are complete. */
  function completeUntil(): number {
    return Math.min(...waiting.map(({ turn, endSeconds }) => (endSeconds === undefined ? turn : Number.POSITIVE_INFINITY)));
  }

  /** The turn of the first sample that is not told. */
  function nextTurn({ blocks, told, toldTurn }: Waiting): number {
    const [first] = blocks;
    return first === undefined ? Number.POSITIVE_INFINITY : Math.max(toldTurn, turnAt(first.pts[told]));
  }

  function tell(emit: Emit): void {
    const until = completeUntil();
    for (;;) {
      const next = Math.min(...waiting.map(nextTurn));
      if (next >= until) return;
      for (const lane of waiting) while (nextTurn(lane) === next) judging.push(takePiece(lane, next), emit);
    }
  }

  return {
    push(block, emit) {
      if (block.pts.length === 0) return;
      const lane = of(block.lane);
      for (const seconds of block.pts) lane.turn = Math.max(lane.turn, turnAt(seconds));
      lane.blocks.push(block);
      tell(emit);
      // What waits is copied, once: of all signals of its lane it would keep those that nobody reads here.
      if (lane.blocks.at(-1) === block) keepCopy(lane, block);
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

/** The samples of the first block that belong to a turn, as views. */
function takePiece(lane: Waiting, turn: number): SignalBlock {
  const block = lane.blocks[0] as SignalBlock;
  const start = lane.told;
  let end = start + 1;
  while (end < block.pts.length && turnAt(block.pts[end]) <= turn) end++;
  lane.toldTurn = turn;
  lane.told = end;
  if (end === block.pts.length) {
    lane.blocks.shift();
    lane.told = 0;
  }
  return pieceOf(block, lane.signals, start, end);
}

function keepCopy(lane: Waiting, block: SignalBlock): void {
  const start = lane.blocks.length === 1 ? lane.told : 0;
  const rest = pieceOf(block, lane.signals, start, block.pts.length);
  const copy = emptyBlock(lane.signals, rest.pts.length);
  copy.pts.set(rest.pts);
  for (const name of lane.signals) copy.signals[name]?.set(rest.signals[name] ?? []);
  lane.blocks[lane.blocks.length - 1] = { ...rest, ...copy };
  if (lane.blocks.length === 1) lane.told = 0;
}

function pieceOf(block: SignalBlock, signals: readonly string[], start: number, end: number): SignalBlock {
  const { lane, startIndex, pts, discontinuityBefore, previousEndSeconds } = block;
  const isFirst = start === 0;
  return {
    lane,
    startIndex: startIndex + start,
    pts: pts.subarray(start, end),
    signals: Object.fromEntries(
      signals.map((name) => {
        const column = block.signals[name];
        if (column === undefined) throw new Error(`The lane ${laneKey(lane)} has no signal ${name}.`);
        return [name, column.subarray(start, end)];
      }),
    ),
    discontinuityBefore: isFirst && discontinuityBefore,
    ...(isFirst && previousEndSeconds !== undefined ? { previousEndSeconds } : {}),
  };
}
