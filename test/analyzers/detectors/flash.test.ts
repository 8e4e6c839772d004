import { flash } from "../../../src/analyzers/detectors/flash.js";
import { signal, testDetector, together, type Track } from "../../support/test-detector.js";

interface Stretch {
  readonly seconds: number;
  readonly transitions?: number;
  readonly red?: number;
  readonly stripes?: { readonly areaRatio: number; readonly pairs: number };
}

function flashing(...shown: readonly Stretch[]): Track {
  const of = (name: string, value: (stretch: Stretch) => number) =>
    signal(`flash.${name}`)(...shown.map((stretch) => [stretch.seconds, value(stretch)] as const));
  return together(
    of("transitions", ({ transitions = 0 }) => transitions),
    of("redTransitions", ({ red = 0 }) => red),
    of("areaRatio", ({ transitions = 0, red = 0 }) => (Math.max(transitions, red) > 6 ? 0.5 : 0)),
    of("change", ({ transitions = 0 }) => (transitions > 0 ? 0.4 : 0)),
    of("left", () => 16),
    of("top", () => 32),
    of("width", () => 160),
    of("height", () => 90),
    ...(["areaRatio", "pairs"] as const).map((name) =>
      signal(`stripes.${name}`)(...shown.map(({ seconds, stripes }) => [seconds, stripes?.[name] ?? 0] as const)),
    ),
    ...["left", "top", "width", "height"].map((name) =>
      signal(`stripes.${name}`)(...shown.map(({ seconds }) => [seconds, 64] as const)),
    ),
  );
}

const pattern = { areaRatio: 0.4, pairs: 12 };

testDetector(flash, {
  finds: {
    "seven transitions in a second": [flashing({ seconds: 3 }, { seconds: 2, transitions: 7 }, { seconds: 3 }), [3, 5]],
    "red flashes": [flashing({ seconds: 3 }, { seconds: 2, red: 12 }, { seconds: 3 }), [3, 5]],
    "flashing that lasts to the end": [flashing({ seconds: 3 }, { seconds: 2, transitions: 20 }), [3, 5]],
    "one fault where the count wavers about the limit": [
      flashing(
        { seconds: 1, transitions: 7 },
        { seconds: 0.4, transitions: 6 },
        { seconds: 1, transitions: 8 },
        { seconds: 0.8, transitions: 6 },
        { seconds: 1, transitions: 7 },
        { seconds: 2 },
      ),
      [0, 4.2],
    ],
    "two faults with more than a second between": [
      flashing({ seconds: 1, transitions: 7 }, { seconds: 1.2 }, { seconds: 1, transitions: 7 }, { seconds: 2 }),
      [0, 1],
      [2.2, 3.2],
    ],
    "five transitions a second that go on for four seconds": [
      flashing({ seconds: 1 }, { seconds: 6, transitions: 5 }, { seconds: 3 }),
      [4.96, 7],
    ],
    "as much with a second's rest between": [
      flashing({ seconds: 1 }, { seconds: 2, transitions: 4 }, { seconds: 0.8 }, { seconds: 3, transitions: 4 }, { seconds: 3 }),
      [5.76, 6.8],
    ],
    "stripes that stand for half a second": [
      flashing({ seconds: 2 }, { seconds: 0.52, stripes: pattern }, { seconds: 2 }),
      [2, 2.52],
    ],
    "one pattern where its area wavers about the limit": [
      flashing(
        { seconds: 1 },
        { seconds: 1, stripes: pattern },
        { seconds: 1, stripes: { areaRatio: 0.22, pairs: 12 } },
        { seconds: 0.16 },
        { seconds: 1, stripes: pattern },
        { seconds: 1 },
      ),
      [1, 4.16],
    ],
    "stripes and flashes, each for itself": [
      flashing({ seconds: 2 }, { seconds: 2, stripes: pattern }, { seconds: 2, transitions: 8 }, { seconds: 2 }),
      [2, 4],
      [4, 6],
    ],
  },
  passes: {
    "a still picture": flashing({ seconds: 10 }),
    "six transitions in a second": flashing({ seconds: 2 }, { seconds: 3, transitions: 6 }, { seconds: 2 }),
    "lightning": flashing({ seconds: 2 }, { seconds: 1, transitions: 4 }, { seconds: 4 }, { seconds: 1, transitions: 2 }),
    "five transitions a second for less than four seconds": flashing(
      { seconds: 2 },
      { seconds: 3.8, transitions: 5 },
      { seconds: 2 },
    ),
    "the same again and again with rests": flashing(
      { seconds: 2, transitions: 4 },
      { seconds: 2 },
      { seconds: 2, transitions: 4 },
      { seconds: 2 },
      { seconds: 2, transitions: 4 },
    ),
    "three transitions a second for long": flashing({ seconds: 20, transitions: 3 }),
    "what was not measured": flashing({ seconds: 9, transitions: Number.NaN, red: Number.NaN }),
    "stripes for a moment": flashing({ seconds: 2 }, { seconds: 0.4, stripes: pattern }, { seconds: 2 }),
    "stripes in less than a quarter of the picture": flashing({ seconds: 9, stripes: { areaRatio: 0.24, pairs: 40 } }),
    "eight pairs of stripes": flashing({ seconds: 9, stripes: { areaRatio: 1, pairs: 8 } }),
    "stripes that were not measured": flashing({ seconds: 9, stripes: { areaRatio: Number.NaN, pairs: Number.NaN } }),
  },
});
