import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

/** Light that is within this share of a swing of where it turned last rests: the first swing begins after it. */
const restShare = 0.1;

/** Light that moves at less than this share of the rate of the slowest swings that count creeps: it belongs to none. */
const creepShare = 0.25;

/** Of the four quarters of the picture so many have to flicker: what flickers in one half only is a thing in the picture. */
const quartersNeeded = 3;

const quarters = ["flicker.firstChange", "flicker.secondChange", "flicker.thirdChange", "flicker.fourthChange"] as const;

/**
 * The light of the whole picture goes up and down, quickly and again and again: mains light against the shutter, hunting
 * exposure, a coder that pumps with its keyframes, old film.
 *
 * Not this: flashes (`flash`; changes of more than `maximumChange` are none of this), cuts, fades, which go one way, lightning,
 * which does not last, a television in the picture or a fire, which light a part of it.
 *
 * The eye is most sensitive at 8 to 10 Hz, and needs two to three times as much at 1 to 2 Hz (H. de Lange, Research into the dynamic
 * nature of the human fovea-cortex systems with intermittent and modulated light, J. Opt. Soc. Am. 48, 1958): so the slower the
 * light pumps, the larger its swings have to be. A coder at a low bitrate turns a slight, quick flicker into slower and coarser steps.
 *
 * What moves does not count, since the signals are medians over cells; a rolling shutter's bands wander from quarter to quarter,
 * each of which goes up and down.
 */
export const flicker = defineDetector({
  type: "flicker",
  version: "1.3.0",
  medium: "video",
  summary: "The brightness of the picture flickers",
  standard: "No standard; what ITU-R BT.1702 limits is `flash`",
  signals: [...quarters],

  parameters: z.object({
    minimumSwing: z.number().positive().default(0.015).describe("Smallest rise or fall of the light that counts (share, 0..1)"),
    minimumSwings: z.number().int().min(2).default(7).describe("Rises and falls, one after the other, that make a fault (count)"),
    windowSeconds: z.number().positive().default(1).describe("Time within which they have to come, in seconds"),
    minimumSlowSwing: z
      .number()
      .positive()
      .default(0.03)
      .describe("Smallest rise or fall that counts in slow pumping (share, 0..1)"),
    slowWindowSeconds: z.number().positive().default(3).describe("Time within which as many of those have to come, in seconds"),
    maximumChange: z
      .number()
      .positive()
      .default(0.2)
      .describe("Largest change from frame to frame that is flicker (share, 0..1): beyond it is a cut or a flash"),
  }),

  begin: ({ minimumSwing, minimumSwings, windowSeconds, minimumSlowSwing, slowWindowSeconds, maximumChange }) => {
    const threshold = { minimumSwing, minimumSwings, windowSeconds, minimumSlowSwing, slowWindowSeconds, maximumChange };
    // What the eye needs grows steadily from the quick to the slow: what lies between both has its own in the middle of both.
    const middling = [Math.sqrt(minimumSwing * minimumSlowSwing), Math.sqrt(windowSeconds * slowWindowSeconds)] as const;
    const limits = [[minimumSwing, windowSeconds] as const, middling, [minimumSlowSwing, slowWindowSeconds] as const];
    const kinds = limits.map(([swing, within]) => quarters.map(() => openSwings(swing, minimumSwings, within)));
    let open:
      | { handle: DefectHandle; startSeconds: number; lastSeconds: number; swings: number; largest: number; sum: number }
      | undefined;
    let previousSeconds: number | undefined;

    const measured = (): Values => {
      if (open === undefined) return {};
      const { swings, sum, largest, startSeconds, lastSeconds } = open;
      const durationSeconds = Math.max(lastSeconds - startSeconds, 1e-3);
      return { meanSwing: sum / swings, largestSwing: largest, swingsPerSecond: swings / durationSeconds, durationSeconds };
    };

    function close(emit: Emit, endSeconds: number): void {
      if (open !== undefined) {
        open.lastSeconds = Math.min(open.lastSeconds, endSeconds);
        emit.close(open.handle, open.lastSeconds, measured());
        // What was told of is over: it must not tell of another one.
        for (const swings of kinds.flat()) swings.forget();
      }
      open = undefined;
    }

    function judge(seconds: number, changes: readonly number[], emit: Emit): void {
      for (const [quarter, change] of changes.entries()) {
        for (const kind of kinds) kind[quarter]?.take(seconds, change, maximumChange);
      }
      for (const kind of kinds) {
        const flickering = kind.filter((swings) => swings.flickers(seconds));
        if (flickering.length < quartersNeeded) continue;
        const amounts = flickering.map((swings) => swings.mean());
        const mean = amounts.reduce((sum, amount) => sum + amount, 0) / amounts.length;
        const largest = Math.max(...flickering.map((swings) => swings.largest()));
        const lastSeconds = Math.max(...flickering.map((swings) => swings.lastSeconds()));
        if (open === undefined) {
          // As many of the quarters as are needed have begun by then.
          const starts = flickering.map((swings) => swings.firstSeconds()).toSorted((one, other) => one - other);
          const startSeconds = starts[quartersNeeded - 1] ?? seconds;
          const found = { startSeconds, lastSeconds, swings: minimumSwings, largest, sum: mean * minimumSwings };
          open = { handle: {}, ...found };
          open.handle = emit.open({ startSeconds, measured: measured(), threshold, confidence: 0.85 });
        } else if (lastSeconds > open.lastSeconds) {
          open.lastSeconds = lastSeconds;
          open.swings++;
          open.sum += mean;
          open.largest = Math.max(open.largest, largest);
        }
      }
      if (open !== undefined && seconds - open.lastSeconds > windowSeconds) close(emit, seconds);
    }

    const judging: Judging = {
      push(block, emit) {
        if (block.discontinuityBefore) {
          close(emit, block.previousEndSeconds ?? previousSeconds ?? 0);
          for (const swings of kinds.flat()) swings.forget();
        }
        const columns = quarters.map((name) => block.signals[name]);
        for (const [index, seconds] of block.pts.entries()) {
          previousSeconds = seconds;
          judge(
            seconds,
            columns.map((column) => column?.[index] ?? Number.NaN),
            emit,
          );
        }
      },
      end(endSeconds, emit) {
        close(emit, Math.max(endSeconds, previousSeconds ?? endSeconds));
      },
    };
    return judging;
  },
});

interface Swing {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly amount: number;
}

/** The rises and falls of one quarter's light: from one turning point to the next, smaller ones within them looked over. */
function openSwings(minimumSwing: number, minimumSwings: number, windowSeconds: number) {
  let level = 0;
  let turn = { seconds: 0, level: 0 };
  let extreme = { seconds: 0, level: 0 };
  let direction = 0;
  /** Before the first swing: the lowest and the highest light, and when it left them. It swings about where it rested, not from there. */
  let lowest: typeof turn | undefined;
  let highest: typeof turn | undefined;
  /** When the light last moved as quickly as in a swing; slower than the slowest of them it moves in none. */
  let step = extreme;
  const usualRate = (minimumSwings * minimumSwing) / windowSeconds;
  let swings: Swing[] = [];

  function forget(): void {
    level = direction = 0;
    lowest = highest = undefined;
    turn = extreme = step = { seconds: 0, level: 0 };
    swings = [];
  }

  return {
    forget,
    take(seconds: number, change: number, maximumChange: number): void {
      if (Number.isNaN(change) || Math.abs(change) > maximumChange) {
        forget();
        return;
      }
      level += change;
      const ahead = (level - extreme.level) * direction;
      if (direction === 0) {
        const rest = restShare * minimumSwing;
        if (lowest === undefined || level <= lowest.level + rest) lowest = { seconds, level };
        if (highest === undefined || level >= highest.level - rest) highest = { seconds, level };
        const rises = level - lowest.level >= highest.level - level;
        turn = rises ? lowest : highest;
        if (Math.abs(level - turn.level) >= minimumSwing) {
          direction = rises ? 1 : -1;
          extreme = step = { seconds, level };
        }
      } else if (ahead > 0) {
        // A creeping light is no part of a swing: it goes on where the flicker has ended.
        const isOfSwing = (level - step.level) * direction >= creepShare * usualRate * (seconds - step.seconds);
        extreme = { seconds: isOfSwing ? seconds : extreme.seconds, level };
        if (isOfSwing) step = extreme;
      } else if (-ahead >= minimumSwing) {
        swings.push({ startSeconds: turn.seconds, endSeconds: extreme.seconds, amount: Math.abs(extreme.level - turn.level) });
        if (swings.length > minimumSwings) swings.shift();
        turn = extreme;
        extreme = step = { seconds, level };
        direction = -direction;
      }
    },
    /** As many swings as are needed, none of them longer ago than the window, all of much the same size. */
    flickers(seconds: number): boolean {
      const [first] = swings;
      if (first === undefined || swings.length < minimumSwings || seconds - first.endSeconds > windowSeconds) return false;
      const amounts = swings.map(({ amount }) => amount);
      return Math.max(...amounts) <= 5 * Math.min(...amounts);
    },
    /** The light may have crept to where the first swing turns: it took no longer than the longest of the others. */
    firstSeconds(): number {
      const [first, ...others] = swings;
      if (first === undefined) return 0;
      const longestSeconds = Math.max(...others.map(({ startSeconds, endSeconds }) => endSeconds - startSeconds));
      return Math.max(first.startSeconds, first.endSeconds - longestSeconds);
    },
    lastSeconds: () => extreme.seconds,
    mean: () => swings.reduce((sum, { amount }) => sum + amount, 0) / swings.length,
    largest: () => Math.max(...swings.map(({ amount }) => amount)),
  };
}
