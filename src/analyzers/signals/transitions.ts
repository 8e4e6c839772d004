/** What a transition of a cell is. */
export interface TransitionRule {
  /** Smallest rise or fall. */
  readonly change: number;
  /** The darker of the two states has to be below this. */
  readonly darkerBelow: number;
}

/** A transition takes no longer than this: seven within a second take a seventh of one each. */
const longestSeconds = 0.5;

/** Slower than `change` in `longestSeconds` is no movement; a movement may rest so long, as when every second frame is a repeat. */
const restSeconds = 0.1;

/** Frames further apart are taken for so far apart: what changes between them may have changed at once. */
const longestFrameSeconds = 0.1;

/** The state after two transitions is the one before them where it differs by no more than this share of the change between. */
const returnShare = 0.25;

/** The first transitions after a pause have nothing to return to. */
const firstTransitions = 2;

/** How far back a transition's being one, and its returning, depend on what was before. */
export const transitionLookbackSeconds = (1 + firstTransitions) * longestSeconds + restSeconds;

/**
 * Finds rises and falls of the cells of a picture, each with its own phase, as EA IRIS does for the mean of the whole: the changes
 * from frame to frame are added up while they go one way, and the first frame at which they reach `change` makes the transition.
 * Beyond IRIS, rises and falls take turns: a second rise soon after the first is part of it, whatever noise came between.
 */
export class Transitions {
  readonly #rule: TransitionRule;
  readonly #values: Float32Array;
  /** The movement that a cell is in: its way, the value and time before it, and when it last went on. */
  readonly #way: Int8Array;
  readonly #startValue: Float32Array;
  readonly #startedAt: Float64Array;
  readonly #movedAt: Float64Array;
  /** The way and time of the last transition, as long as its movement goes on. */
  readonly #lastWay: Int8Array;
  readonly #lastAt: Float64Array;
  /** Transitions without a pause, and from what value the last one and the one before it set out. */
  readonly #run: Uint8Array;
  readonly #lastStart: Float32Array;
  readonly #startBeforeLast: Float32Array;
  /** The cells that change more than one at rest at the present frame. */
  readonly #moving: Uint32Array;
  /** Of the present frame: 1 rose, -1 fell, 0 neither. */
  readonly ways: Int8Array;
  /** By how much, where `ways` is not 0. */
  readonly changes: Float32Array;
  /**
   * Where `ways` is not 0: 1 where the cell goes to and fro between two states, as what flashes does, or is only beginning to;
   * 0 where it sets out from another state than two transitions ago, as texture does that passes.
   */
  readonly returns: Uint8Array;
  #previousAt = Number.NaN;

  constructor(cells: number, rule: TransitionRule) {
    this.#rule = rule;
    this.#values = new Float32Array(cells);
    this.#way = new Int8Array(cells);
    this.#startValue = new Float32Array(cells);
    this.#startedAt = new Float64Array(cells);
    this.#movedAt = new Float64Array(cells).fill(Number.NEGATIVE_INFINITY);
    this.#lastWay = new Int8Array(cells);
    this.#lastAt = new Float64Array(cells).fill(Number.NEGATIVE_INFINITY);
    this.#run = new Uint8Array(cells);
    this.#lastStart = new Float32Array(cells);
    this.#startBeforeLast = new Float32Array(cells);
    this.#moving = new Uint32Array(cells);
    this.ways = new Int8Array(cells);
    this.changes = new Float32Array(cells);
    this.returns = new Uint8Array(cells);
  }

  /** The same as `take` with the values that the frame before had, in less time. */
  pass(seconds: number): number {
    this.#previousAt = seconds;
    return 0;
  }

  /** @returns how many cells made a transition at this frame */
  take(seconds: number, values: Float32Array): number {
    const before = this.#previousAt;
    this.#previousAt = seconds;
    const stored = this.#values;
    if (Number.isNaN(before)) {
      stored.set(values);
      return 0;
    }
    const rest = (this.#rule.change * Math.min(seconds - before, longestFrameSeconds)) / longestSeconds;
    this.ways.fill(0);
    const moving = keepResting(values, stored, rest, this.#moving);
    let found = 0;
    for (let index = 0; index < moving; index++) {
      const cell = this.#moving[index] ?? 0;
      if (this.#move(cell, values[cell] ?? 0, seconds, before)) found++;
    }
    return found;
  }

  #move(cell: number, value: number, seconds: number, before: number): boolean {
    const way = value > (this.#values[cell] ?? 0) ? 1 : -1;
    if (this.#way[cell] !== way || before - (this.#movedAt[cell] ?? 0) > restSeconds) {
      this.#way[cell] = way;
      this.#startValue[cell] = this.#values[cell] ?? 0;
      this.#startedAt[cell] = before;
    }
    this.#values[cell] = value;
    this.#movedAt[cell] = seconds;
    const start = this.#startValue[cell] ?? 0;
    const change = value - start;
    if (Math.abs(change) < this.#rule.change || Math.min(start, value) >= this.#rule.darkerBelow) return false;
    const isSame = this.#lastWay[cell] === way && seconds - (this.#lastAt[cell] ?? 0) <= longestSeconds;
    if (!isSame && seconds - (this.#startedAt[cell] ?? 0) > longestSeconds + longestFrameSeconds) return false;
    const isFirst = seconds - (this.#lastAt[cell] ?? 0) > longestSeconds;
    this.#lastWay[cell] = way;
    this.#lastAt[cell] = seconds;
    if (isSame) return false;
    this.ways[cell] = way;
    this.changes[cell] = change;
    this.#compare(cell, start, isFirst);
    return true;
  }

  #compare(cell: number, start: number, isFirst: boolean): void {
    const run = isFirst ? 0 : (this.#run[cell] ?? 0);
    const lastStart = this.#lastStart[cell] ?? 0;
    const differs = Math.abs(start - (this.#startBeforeLast[cell] ?? 0));
    this.returns[cell] = run < firstTransitions || differs <= returnShare * Math.abs(start - lastStart) ? 1 : 0;
    this.#run[cell] = Math.min(run + 1, firstTransitions);
    this.#startBeforeLast[cell] = lastStart;
    this.#lastStart[cell] = start;
  }
}

/** Takes over the values that changed by less than `rest` either way, and names the others. @returns how many those are */
function keepResting(values: Float32Array, stored: Float32Array, rest: number, moving: Uint32Array): number {
  let count = 0;
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell] ?? 0;
    const difference = value - (stored[cell] ?? 0);
    if (difference < rest && difference > -rest) stored[cell] = value;
    else moving[count++] = cell;
  }
  return count;
}
