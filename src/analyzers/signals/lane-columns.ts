import type { WriteSignal } from "../measurer.js";
import { emptyBlock, type Lane, type SignalBlock } from "../signal-block.js";

/** A block holds no more than this many samples. */
const blockSamples = 256;

/** Where media time jumps: what lies before a sample does not reach up to it. */
export interface Discontinuity {
  readonly discontinuityBefore: boolean;
  readonly previousEndSeconds?: number;
}

/** Collects the samples of one lane and gives them away as blocks of columns. */
export interface LaneColumns {
  /** Begins a sample; its signals are NaN until written. */
  begin(pts: number, discontinuity: Discontinuity): void;
  /** Writes a signal of the sample begun last. */
  readonly write: WriteSignal;
  /** Gives away what was collected, if anything. */
  flush(): void;
}

/**
 * @param blockSeconds a block spans less than this time: an alert waits for it to be full
 * @param emit receives blocks whose arrays are its own; those of one block share one buffer
 */
export function openLaneColumns(
  lane: Lane,
  signals: readonly string[],
  blockSeconds: number,
  emit: (block: SignalBlock) => void,
): LaneColumns {
  const pts = new Float64Array(blockSamples);
  const columns = new Map(signals.map((name) => [name, new Float32Array(blockSamples)]));
  let startIndex = 0;
  let count = 0;
  let discontinuity: Discontinuity = { discontinuityBefore: false };

  function flush(): void {
    if (count === 0) return;
    const { discontinuityBefore, previousEndSeconds } = discontinuity;
    const block = emptyBlock(signals, count);
    block.pts.set(pts.subarray(0, count));
    for (const [name, column] of columns) block.signals[name]?.set(column.subarray(0, count));
    emit({
      lane,
      startIndex,
      ...block,
      discontinuityBefore,
      ...(discontinuityBefore && previousEndSeconds !== undefined ? { previousEndSeconds } : {}),
    });
    startIndex += count;
    count = 0;
    discontinuity = { discontinuityBefore: false };
  }

  return {
    begin(seconds, before) {
      const spansTooLong = count > 0 && seconds - (pts[0] ?? 0) >= blockSeconds;
      if (before.discontinuityBefore || count === blockSamples || spansTooLong) flush();
      if (before.discontinuityBefore) discontinuity = before;
      pts[count] = seconds;
      for (const column of columns.values()) column[count] = Number.NaN;
      count++;
    },
    write(name, value) {
      const column = columns.get(name);
      if (column === undefined) throw new Error(`The lane ${lane.name}:${lane.track} has no signal ${name}.`);
      column[count - 1] = value;
    },
    flush,
  };
}
