import { interlacing } from "../../../src/analyzers/detectors/interlacing.js";
import { signal, testDetector, together, type Stretch, type Track } from "../../support/test-detector.js";

/** Values of one pair of frames: top first, bottom first, comb, and what the own field shows (10 where nothing is said). */
type Pair = readonly [topFirst: number, bottomFirst: number, comb: number, withinField?: number];
const progressive: Pair = [40, 40, 8];
const topFirst: Pair = [60, 20, 20];
const bottomFirst: Pair = [20, 60, 20];
/** Moves down by a line a frame: each row is what the one above it was before. */
const rolling: Pair = [60, 20, 20, 30];

interface Passage {
  readonly seconds: number;
  /** The pair at this frame of the passage. */
  readonly pair: Pair | ((index: number) => Pair);
  readonly moved?: number;
  readonly declared?: number;
  /** How much the top and the bottom field changed. */
  readonly changes?: (index: number) => readonly [number, number];
}

function passages(...all: Passage[]): Track {
  const of = (name: string, value: (passage: Passage, index: number) => number) =>
    signal(name)(...all.map((passage): Stretch => [passage.seconds, (_, index) => value(passage, index)]));
  const pairOf = ({ pair }: Passage, index: number): Pair => (typeof pair === "function" ? pair(index) : pair);
  return together(
    of("fields.topFirst", (passage, index) => pairOf(passage, index)[0]),
    of("fields.bottomFirst", (passage, index) => pairOf(passage, index)[1]),
    of("fields.comb", (passage, index) => pairOf(passage, index)[2]),
    of("fields.withinField", (passage, index) => pairOf(passage, index)[3] ?? 10),
    of("fields.movedRatio", ({ moved = 0.1 }) => moved),
    of("fields.topChange", ({ changes }, index) => changes?.(index)[0] ?? 5),
    of("fields.bottomChange", ({ changes }, index) => changes?.(index)[1] ?? 5),
    of("fields.declaredOrder", ({ declared = 0 }) => declared),
  );
}

const clean: Passage = { seconds: 2, pair: progressive };

testDetector(interlacing, {
  finds: {
    "two seconds of combing": [passages(clean, { seconds: 2, pair: topFirst }, clean), [2, 3.96]],
    "combing until the end of the media": [passages(clean, { seconds: 2, pair: bottomFirst }), [2, 4]],
    "combing on both sides of a still passage as one": [
      passages(clean, { seconds: 1, pair: topFirst }, { ...clean, moved: 0 }, { seconds: 1, pair: topFirst }, clean),
      [2, 5.96],
    ],
    "film with pull-down left in": [
      passages(clean, { seconds: 4, pair: (index) => (index % 5 < 3 ? topFirst : progressive) }, clean),
      [2, 5.88],
    ],
    "fields in the other order than declared": [
      passages({ seconds: 2, pair: topFirst, declared: 1 }, { seconds: 2, pair: bottomFirst, declared: 1 }),
      [2, 4],
    ],
    "combing from the frame on that says it is progressive": [
      passages({ seconds: 2, pair: topFirst, declared: 1 }, { seconds: 2, pair: topFirst }),
      [2, 4],
    ],
  },
  passes: {
    "progressive pictures that roll by a line a frame": passages({ seconds: 20, pair: rolling }),
    "progressive pictures": passages({ ...clean, seconds: 20 }),
    "interlaced pictures that say so": passages({ seconds: 20, pair: topFirst, declared: 1 }),
    "progressive pictures that call themselves interlaced": passages({ ...clean, seconds: 20, declared: -1 }),
    "a still picture": passages({ seconds: 20, pair: topFirst, moved: 0.0001 }),
    "rolling text, in which now one and now the other order shows": passages({
      seconds: 20,
      pair: (index) => [progressive, topFirst, bottomFirst, progressive][(index * 7) % 4] ?? progressive,
    }),
    "a few odd pairs of frames": passages({
      seconds: 20,
      pair: (index) => (index % 25 < 5 ? topFirst : progressive),
    }),
    "fine stripes that idet would call interlaced": passages({ seconds: 20, pair: [42, 40, 60] }),
  },
});
