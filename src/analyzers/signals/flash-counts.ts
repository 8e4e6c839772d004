/** Cells of a picture and how many luma samples each holds. */
export interface CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly samples: Uint32Array;
}

/** Neighbouring cells are looked at together, in squares of so many along each side. */
const squareSide = 4;

/** Of a square's cells so many have to rise, or fall, together; fewer than a third of those may go the other way. */
const fewestTogether = 3;
const mostAgainst = 1 / 3;

/** A source's clock ticks no finer: a transition that lies a second back is out of the second. */
const toleranceSeconds = 1e-4;

/** More transitions of a cell within a second are counted as so many. */
const mostCounted = 63;

/**
 * How many transitions the cells of a picture made within the second up to the present frame.
 *
 * What moves makes transitions too, but cells side by side go different ways then, where texture passes; they count only where
 * those of a neighbourhood go together, as they do where light flashes.
 */
export class FlashCounts {
  readonly #grid: CellGrid;
  readonly #total: number;
  readonly #counts: Uint8Array;
  /** Samples of the cells that made so many transitions. */
  readonly #samplesByCount = new Float64Array(mostCounted + 1);
  /** The transitions of the last second, oldest first, from `#first` to `#end`. */
  #cells = new Uint32Array(1024);
  #times = new Float64Array(1024);
  #first = 0;
  #end = 0;
  /** Mean size of the present frame's transitions that count, NaN where there were none. */
  change = Number.NaN;

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.#total = grid.samples.reduce((sum, samples) => sum + samples, 0);
    this.#counts = new Uint8Array(grid.columns * grid.rows);
    this.#samplesByCount[0] = this.#total;
  }

  /**
   * @param found how many of `ways` are not 0
   * @param ways of each cell: 1 rose, -1 fell, 0 neither
   * @param changes by how much
   */
  take(seconds: number, found: number, ways: Int8Array, changes: Float32Array): void {
    while (this.#first < this.#end && (this.#times[this.#first] ?? 0) <= seconds - 1 + toleranceSeconds) {
      this.#count(this.#cells[this.#first] ?? 0, -1);
      this.#first++;
    }
    this.change = Number.NaN;
    if (found < fewestTogether) return;
    this.#makeRoom(found);
    const { columns, rows } = this.#grid;
    const before = this.#end;
    let sum = 0;
    for (let top = 0; top < rows; top += squareSide) {
      for (let left = 0; left < columns; left += squareSide) {
        sum += this.#square(seconds, left, top, ways, changes);
      }
    }
    if (this.#end > before) this.change = sum / (this.#end - before);
  }

  /** The most transitions that this share of the picture made, or more, within the last second; each cell with its own phase. */
  transitionsOf(share: number): number {
    let samples = 0;
    for (let count = mostCounted; count > 0; count--) {
      samples += this.#samplesByCount[count] ?? 0;
      if (samples >= share * this.#total) return count;
    }
    return 0;
  }

  /** Share of the picture that made so many transitions, or more, within the last second. */
  shareWith(transitions: number): number {
    let samples = 0;
    for (let count = transitions; count <= mostCounted; count++) samples += this.#samplesByCount[count] ?? 0;
    return samples / this.#total;
  }

  /** How many transitions a cell made within the last second. */
  of(cell: number): number {
    return this.#counts[cell] ?? 0;
  }

  #square(seconds: number, left: number, top: number, ways: Int8Array, changes: Float32Array): number {
    const { columns, rows } = this.#grid;
    const right = Math.min(columns, left + squareSide);
    const bottom = Math.min(rows, top + squareSide);
    let rises = 0;
    let falls = 0;
    for (let row = top; row < bottom; row++) {
      for (let cell = row * columns + left; cell < row * columns + right; cell++) {
        const way = ways[cell] ?? 0;
        if (way > 0) rises++;
        else if (way < 0) falls++;
      }
    }
    const way = rises > falls ? 1 : -1;
    const most = Math.max(rises, falls);
    if (most < fewestTogether || Math.min(rises, falls) > most * mostAgainst) return 0;
    let sum = 0;
    for (let row = top; row < bottom; row++) {
      for (let cell = row * columns + left; cell < row * columns + right; cell++) {
        if (ways[cell] !== way) continue;
        this.#cells[this.#end] = cell;
        this.#times[this.#end] = seconds;
        this.#end++;
        this.#count(cell, 1);
        sum += Math.abs(changes[cell] ?? 0);
      }
    }
    return sum;
  }

  #count(cell: number, step: 1 | -1): void {
    const samples = this.#grid.samples[cell] ?? 0;
    const before = this.#counts[cell] ?? 0;
    const after = before + step;
    this.#counts[cell] = after;
    const from = Math.min(before, mostCounted);
    const to = Math.min(after, mostCounted);
    this.#samplesByCount[from] = (this.#samplesByCount[from] ?? 0) - samples;
    this.#samplesByCount[to] = (this.#samplesByCount[to] ?? 0) + samples;
  }

  #makeRoom(found: number): void {
    if (this.#end + found <= this.#cells.length) return;
    const kept = this.#end - this.#first;
    let { length } = this.#cells;
    while (length < 2 * (kept + found)) length *= 2;
    const grown = length !== this.#cells.length;
    const cells = grown ? new Uint32Array(length) : this.#cells;
    const times = grown ? new Float64Array(length) : this.#times;
    cells.set(this.#cells.subarray(this.#first, this.#end));
    times.set(this.#times.subarray(this.#first, this.#end));
    this.#cells = cells;
    this.#times = times;
    this.#first = 0;
    this.#end = kept;
  }
}
