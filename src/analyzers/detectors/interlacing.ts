import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

/** As idet's `prog_thres`: rows that differ this many times more from the frame beside theirs than from their own are progressive. */
const progressiveRatio = 1.5;

/** As idet's `rep_thres`: a field changed this many times less than the other one is repeated. */
const repeatRatio = 3;

/** A verdict is given on so many pairs of frames that say something; on pull-down, which coding blurs, on so many more. */
const windowPairs = 12;
const cadencePairs = 30;

/** They have to come within this time: a screen on which something moves now and then is no evidence. */
const longestWindowSeconds = 4;

/** For one that says the opposite so many have to show the order; at most so many still show it when the fault is over. */
const showingForOpposite = 8;
const mostWhenOver = 4;

/** 3:2 pull-down makes five frames of four: three pairs in a row of every five show an order, two of them clearly. */
const cadence = 5;
const cadenceRun = 3;
const minimumCadenceRatio = 0.3;

/**
 * Fields of two moments in one frame, where nothing says so: combing, a field order other than the declared one, film with
 * 3:2 pull-down left in.
 *
 * Not this: interlaced pictures that say they are, progressive pictures sent as interlaced (PsF), fine stripes and rolling
 * text, which show no order of fields that lasts.
 *
 * idet asks each frame; here the last dozen pairs of frames that say anything have to agree on one order of fields. What stands
 * still says nothing and changes nothing. Film with pull-down shows an order in three pairs of five, the others are progressive;
 * `repeatedFieldRatio` tells it, being 0.4 there and 0 in interlaced pictures.
 */
export const interlacing = defineDetector({
  type: "interlacing",
  version: "1.0.0",
  medium: "video",
  summary: "The picture is combed, or its fields are in the wrong order",
  standard:
    "FFmpeg idet: its alpha and delta over moved samples, prog_thres=1.5, rep_thres=3; intl_thres higher and held over 12 pairs",
  signals: [
    "fields.topFirst",
    "fields.bottomFirst",
    "fields.comb",
    "fields.withinField",
    "fields.movedRatio",
    "fields.topChange",
    "fields.bottomChange",
    "fields.declaredOrder",
  ],

  parameters: z.object({
    minimumFieldRatio: z
      .number()
      .min(1)
      .default(1.15)
      .describe(
        "How many times more fields must differ in one order than in the other to show that order (ratio; idet's intl_thres)",
      ),
    minimumPairRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.65)
      .describe(
        "Share of the last dozen pairs of frames that must show the order (0..1); pull-down is told by its cadence instead",
      ),
    minimumCombRatio: z
      .number()
      .min(0)
      .default(0.85)
      .describe(
        "How many times as much rows must differ from those beside them as from those of their own field for a pair of frames to show an order (ratio); a progressive picture that rolls looks like fields, and has no combs",
      ),
    minimumMovedRatio: z
      .number()
      .min(0)
      .max(1)
      .default(0.003)
      .describe("Share of the picture that must move for a pair of frames to say anything (0..1)"),
  }),

  begin: ({ minimumFieldRatio, minimumPairRatio, minimumCombRatio, minimumMovedRatio }) => {
    const threshold = { minimumFieldRatio, minimumPairRatio, minimumCombRatio, minimumMovedRatio };
    /** The last pairs that said something: the order that each showed (0: progressive), when, and how clearly. */
    let pairs: Pair[] = [];
    let declared = 0;
    let frame = 0;
    let open: { handle: DefectHandle; order: number; lastSeconds: number } | undefined;
    let previousSeconds: number | undefined;

    const measured = (order: number): Values => {
      const showing = pairs.filter((pair) => pair.order === order);
      const sum = (count: (pair: Pair) => number) => showing.reduce((total, pair) => total + count(pair), 0);
      return {
        pairRatio: showing.length / pairs.length,
        fieldRatio: sum(({ ratio }) => ratio) / showing.length,
        repeatedFieldRatio: pairs.filter(({ repeated }) => repeated).length / pairs.length,
        fieldOrder: order,
        declaredOrder: declared,
      };
    };

    function close(endSeconds: number, emit: Emit): void {
      if (open !== undefined) emit.close(open.handle, endSeconds, lastMeasured);
      open = undefined;
    }
    let lastMeasured: Values = {};

    function take(pair: Pair, emit: Emit): void {
      pairs.push(pair);
      if (pairs.length > cadencePairs) pairs.shift();
      if (open !== undefined) {
        const { order } = open;
        if (pair.order === order) {
          open.lastSeconds = pair.seconds;
          lastMeasured = measured(order);
        }
        if (pairs.filter((one) => one.order === order).length <= mostWhenOver) close(open.lastSeconds, emit);
      }
      if (open !== undefined || pairs.length < windowPairs || pair.order === 0 || pair.order === declared) return;
      const first = firstOfOrder(pairs.slice(-windowPairs), pair.order, minimumPairRatio) ?? firstOfCadence(pairs, pair.order);
      if (first === undefined) return;
      lastMeasured = measured(pair.order);
      const handle = emit.open({ startSeconds: first.seconds, measured: lastMeasured, threshold, confidence: 0.95 });
      open = { handle, order: pair.order, lastSeconds: pair.seconds };
    }

    function stopAt(seconds: number, emit: Emit): void {
      close(seconds, emit);
      pairs = [];
    }

    const judging: Judging = {
      push(block, emit) {
        if (block.discontinuityBefore && previousSeconds !== undefined) {
          stopAt(Math.max(block.previousEndSeconds ?? previousSeconds, previousSeconds), emit);
        }
        const [top, bottom, comb, within, moved, topChange, bottomChange, order] = interlacing.signals.map(
          (name) => block.signals[name],
        );
        for (const [index, seconds] of block.pts.entries()) {
          previousSeconds = seconds;
          frame++;
          const declaredNow = order?.[index] ?? 0;
          if (declaredNow !== declared) {
            // A source that says something else from here on is judged anew.
            stopAt(seconds, emit);
            declared = Number.isNaN(declaredNow) ? 0 : declaredNow;
          }
          if (!((moved?.[index] ?? 0) >= minimumMovedRatio)) continue;
          const [t, b] = [top?.[index] ?? Number.NaN, bottom?.[index] ?? Number.NaN];
          const near = Math.min(t, b);
          const ratio = Math.max(t, b) / Math.max(near, 1e-3);
          const combed = (comb?.[index] ?? Number.NaN) >= minimumCombRatio * (within?.[index] ?? Number.NaN);
          const shows = ratio >= minimumFieldRatio && combed;
          if (!shows && !(near > progressiveRatio * (comb?.[index] ?? Number.NaN))) continue;
          const [upper, lower] = [topChange?.[index] ?? 0, bottomChange?.[index] ?? 0];
          const repeated = Math.max(upper, lower) > repeatRatio * Math.min(upper, lower);
          take({ seconds, frame, ratio, repeated, order: shows ? Math.sign(t - b) : 0 }, emit);
        }
      },
      end(endSeconds, emit) {
        stopAt(Math.max(endSeconds, previousSeconds ?? endSeconds), emit);
      },
    };
    return judging;
  },
});

/** The first of these pairs that shows the order, if enough of them do and hardly one the other. */
function firstOfOrder(pairs: readonly Pair[], order: number, minimumRatio: number): Pair | undefined {
  if ((pairs.at(-1)?.seconds ?? 0) - (pairs[0]?.seconds ?? 0) > longestWindowSeconds) return undefined;
  const showing = pairs.filter((pair) => pair.order === order);
  const opposite = pairs.filter((pair) => pair.order === -order);
  return showing.length >= minimumRatio * pairs.length && opposite.length * showingForOpposite <= showing.length
    ? showing[0]
    : undefined;
}

/** The same for fewer of them, where these come in the cadence of pull-down. */
function firstOfCadence(pairs: readonly Pair[], order: number): Pair | undefined {
  const first = pairs.length < cadencePairs ? undefined : firstOfOrder(pairs, order, minimumCadenceRatio);
  if (first === undefined) return undefined;
  const phases = Array.from({ length: cadence }, () => 0);
  let showing = 0;
  for (const pair of pairs) {
    if (pair.order !== order) continue;
    showing++;
    phases[pair.frame % cadence] = (phases[pair.frame % cadence] ?? 0) + 1;
  }
  const runs = phases.map((_, start) => {
    let count = 0;
    for (let place = start; place < start + cadenceRun; place++) count += phases[place % cadence] ?? 0;
    return count;
  });
  return Math.max(...runs) >= showing - 1 ? first : undefined;
}

interface Pair {
  readonly seconds: number;
  readonly frame: number;
  readonly ratio: number;
  readonly repeated: boolean;
  /** 1 top field first, -1 bottom field first, 0 progressive. */
  readonly order: number;
}
