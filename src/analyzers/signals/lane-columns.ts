import { emptyBlock, type Lane, type SignalBlock } from "../signal-block.js";

/** A block holds no more than this many samples. */
const blockSamples = 256;

/** Where media time jumps: what lies before a sample does not reach up to it. */
export interface Discontinuity {
  readonly discontinuityBefore: boolean;
  readonly previousEndSeconds?: number;
}

/**
 * Collects the samples of one lane and gives them away as blocks of columns. Its methods are the same functions for all lanes, which
 * spares V8 from compiling each measurer for each lane's own.
 */
export class LaneColumns {
  readonly #lane: Lane;
  readonly #signals: readonly string[];
  readonly #blockSeconds: number;
  readonly #emit: (block: SignalBlock) => void;
  readonly #pts = new Float64Array(blockSamples);
  readonly #columns: ReadonlyMap<string, Float32Array>;
  #startIndex = 0;
  #count = 0;
  #discontinuity: Discontinuity = { discontinuityBefore: false };

  /**
   * @param blockSeconds a block spans less than this time: an alert waits for it to be full
   * @param emit receives blocks whose arrays are its own; those of one block share one buffer
   */
  constructor(lane: Lane, signals: readonly string[], blockSeconds: number, emit: (block: SignalBlock) => void) {
    this.#lane = lane;
    this.#signals = signals;
    this.#blockSeconds = blockSeconds;
    this.#emit = emit;
    this.#columns = new Map(signals.map((name) => [name, new Float32Array(blockSamples)]));
  }

  /** Begins a sample; its signals are NaN until written. */
  begin(pts: number, before: Discontinuity): void {
    const spansTooLong = this.#count > 0 && pts - (this.#pts[0] ?? 0) >= this.#blockSeconds;
    if (before.discontinuityBefore || this.#count === blockSamples || spansTooLong) this.flush();
    if (before.discontinuityBefore) this.#discontinuity = before;
    this.#pts[this.#count] = pts;
    for (const column of this.#columns.values()) column[this.#count] = Number.NaN;
    this.#count++;
  }

  /** Writes a signal of the sample begun last. */
  write(name: string, value: number): void {
    const column = this.#columns.get(name);
    if (column === undefined) throw new Error(`The lane ${this.#lane.name}:${this.#lane.track} has no signal ${name}.`);
    column[this.#count - 1] = value;
  }

  /** Gives away what was collected, if anything. */
  flush(): void {
    if (this.#count === 0) return;
    const count = this.#count;
    const { discontinuityBefore, previousEndSeconds } = this.#discontinuity;
    const block = emptyBlock(this.#signals, count);
    block.pts.set(this.#pts.subarray(0, count));
    for (const [name, column] of this.#columns) block.signals[name]?.set(column.subarray(0, count));
    this.#emit({
      lane: this.#lane,
      startIndex: this.#startIndex,
      ...block,
      discontinuityBefore,
      ...(discontinuityBefore && previousEndSeconds !== undefined ? { previousEndSeconds } : {}),
    });
    this.#startIndex += count;
    this.#count = 0;
    this.#discontinuity = { discontinuityBefore: false };
  }
}
