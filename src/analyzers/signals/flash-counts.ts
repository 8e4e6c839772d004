/** Cells of a picture and how many luma samples each holds. */
export interface CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly samples: Uint32Array;
}

/** Of each cell, at the present frame. */
export interface MadeTransitions {
  /** 1 rose, -1 fell, 0 neither. */
  readonly ways: Int8Array;
  /** By how much. */
  readonly changes: Float32Array;
  /** 1 where it goes to and fro between two states, or is only beginning to. */
  readonly returns: Uint8Array;
}

/** Neighbouring cells are looked at together, in squares of so many along each side. */
const squareSide = 4;

/** Of a square's cells so many have to rise, or fall, together; fewer than a third of those may go the other way. */
const fewestTogether = 3;
const mostAgainst = 1 / 3;

/** Light changes for the picture as a whole where at least this share more goes one way than the other, and as many times more. */
const leastShareTogether = 1 / 8;

/** Of what rises and falls within a second so much has to be left when one is taken off the other, frame by frame. */
const leastNetShare = 0.5;

/** A source's clock ticks no finer: a transition that lies a second back is out of the second. */
const toleranceSeconds = 1e-4;

/** More transitions of a cell within a second are counted as so many. */
const mostCounted = 63;

/**
 * How many transitions the cells of a picture made within the second up to the present frame.
 *
 * What moves makes transitions too, but not as light does that flashes. Transitions count only where those of a neighbourhood go
 * together, and of these only the ones that go the way of nearly all in the picture, or come back to a state that was there before:
 * so areas that flash against each other are found, and a background that rushes past is not.
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
  /** The way of each square at the present frame, and how many cells rise and fall in them. */
  readonly #squares: Int8Array;
  #rises = 0;
  #falls = 0;
  /** How many more cells went one way than the other, and how many went at all, at the frames of the last second. */
  readonly #frames: { readonly seconds: number; readonly net: number; readonly all: number }[] = [];
  /** Mean size of the present frame's transitions that count, NaN where there were none. */
  change = Number.NaN;

  constructor(grid: CellGrid) {
    this.#grid = grid;
    this.#total = grid.samples.reduce((sum, samples) => sum + samples, 0);
    this.#counts = new Uint8Array(grid.columns * grid.rows);
    this.#samplesByCount[0] = this.#total;
    this.#squares = new Int8Array(Math.ceil(grid.columns / squareSide) * Math.ceil(grid.rows / squareSide));
  }

  /**
   * @param found how many cells made a transition at this frame
   */
  take(seconds: number, found: number, made: MadeTransitions): void {
    while (this.#first < this.#end && (this.#times[this.#first] ?? 0) <= seconds - 1 + toleranceSeconds) {
      this.#count(this.#cells[this.#first] ?? 0, -1);
      this.#first++;
    }
    while ((this.#frames[0]?.seconds ?? seconds) <= seconds - 1 + toleranceSeconds) this.#frames.shift();
    this.change = Number.NaN;
    if (found < fewestTogether) return;
    this.#makeRoom(found);
    this.#compareSquares(made);
    const before = this.#end;
    const sum = this.#takeCells(seconds, this.#commonWay(), made);
    if (this.#end > before) this.change = sum / (this.#end - before);
    this.#frames.push({ seconds, net: Math.abs(this.#rises - this.#falls), all: this.#rises + this.#falls });
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

  /** The way in which the cells of each square go together, 0 where they do not, and how many cells go either way so. */
  #compareSquares({ ways }: MadeTransitions): void {
    const { columns, rows } = this.#grid;
    this.#rises = this.#falls = 0;
    for (let top = 0, square = 0; top < rows; top += squareSide) {
      const bottom = Math.min(rows, top + squareSide);
      for (let left = 0; left < columns; left += squareSide, square++) {
        const right = Math.min(columns, left + squareSide);
        let rises = 0;
        let falls = 0;
        for (let row = top; row < bottom; row++) {
          for (let cell = row * columns + left; cell < row * columns + right; cell++) {
            const way = ways[cell] ?? 0;
            if (way > 0) rises++;
            else if (way < 0) falls++;
          }
        }
        const most = Math.max(rises, falls);
        const isTogether = most >= fewestTogether && Math.min(rises, falls) <= most * mostAgainst;
        this.#squares[square] = isTogether ? (rises > falls ? 1 : -1) : 0;
        if (!isTogether) continue;
        if (rises > falls) this.#rises += rises;
        else this.#falls += falls;
      }
    }
  }

  /** The way that light goes for the picture as a whole; 0 where it goes both ways, or did so for most of the last second. */
  #commonWay(): number {
    const most = Math.max(this.#rises, this.#falls);
    const against = Math.min(this.#rises, this.#falls);
    let [net, all] = [most - against, most + against];
    for (const frame of this.#frames) {
      net += frame.net;
      all += frame.all;
    }
    if (against > most * mostAgainst || most - against < leastShareTogether * this.#counts.length) return 0;
    if (net < leastNetShare * all) return 0;
    return this.#rises > this.#falls ? 1 : -1;
  }

  #takeCells(seconds: number, common: number, { ways, changes, returns }: MadeTransitions): number {
    const { columns, rows } = this.#grid;
    const across = Math.ceil(columns / squareSide);
    let sum = 0;
    for (let row = 0, cell = 0; row < rows; row++) {
      const squares = Math.floor(row / squareSide) * across;
      for (let column = 0; column < columns; column++, cell++) {
        const way = ways[cell] ?? 0;
        if (way === 0 || way !== this.#squares[squares + Math.floor(column / squareSide)]) continue;
        if (way !== common && returns[cell] === 0) continue;
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
