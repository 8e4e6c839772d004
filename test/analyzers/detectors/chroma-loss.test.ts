import { chromaLoss } from "../../../src/analyzers/detectors/chroma-loss.js";
import { signal, testDetector, together, type Track } from "../../support/test-detector.js";

interface Picture {
  readonly seconds: number;
  /** Which shot it is of: each has its own light. */
  readonly shot?: number;
  readonly blue?: number | ((seconds: number) => number);
  readonly red?: number | ((seconds: number) => number);
  readonly luma?: number;
  readonly tones?: number;
}

function pictures(...shown: readonly Picture[]): Track {
  const light = ({ shot = 0 }: Picture): number => 0.3 + 0.25 * shot;
  return together(
    signal("color.lumaSpread", 12.5)(...shown.map((one) => [one.seconds, one.luma ?? 40] as const)),
    signal("color.blueSpread", 12.5)(...shown.map((one) => [one.seconds, one.blue ?? 6] as const)),
    signal("color.redSpread", 12.5)(...shown.map((one) => [one.seconds, one.red ?? 5] as const)),
    signal("exposure.toneRatio", 12.5)(...shown.map((one) => [one.seconds, one.tones ?? 0.9] as const)),
    signal("exposure.shadow", 12.5)(...shown.map((one) => [one.seconds, light(one) / 3] as const)),
    signal("exposure.median", 12.5)(...shown.map((one) => [one.seconds, light(one)] as const)),
    signal("exposure.highlight", 12.5)(...shown.map((one) => [one.seconds, Math.min(1, 2 * light(one))] as const)),
  );
}

const none = { blue: 0.1, red: 0 };

testDetector(chromaLoss, {
  finds: {
    "colour that goes in mid-shot": [pictures({ seconds: 2 }, { seconds: 4, ...none }, { seconds: 2 }), [2, 6]],
    "a loss to the end of the media": [pictures({ seconds: 2 }, { seconds: 4, ...none }), [2, 6]],
    "colour that comes back in mid-shot": [pictures({ seconds: 4, ...none }, { seconds: 2 }), [0, 4]],
    "a loss of which a coder leaves a residue": [
      pictures({ seconds: 2 }, { seconds: 4, blue: (t) => 1.7 - t / 10, red: 1.2 }, { seconds: 2 }),
      [2, 6],
    ],
    "much colour of which a coder leaves more than dull pictures have": [
      pictures({ seconds: 2, blue: 34, red: 17 }, { seconds: 4, blue: 4, red: 2.9 }, { seconds: 2, blue: 34, red: 17 }),
      [2, 6],
    ],
    "a loss of one plane that a coder repairs slowly": [
      pictures(
        { seconds: 2, red: 17, blue: 34 },
        { seconds: 4, red: (t) => (t < 0.06 ? 4.5 : 2.8), blue: 34 },
        { seconds: 2, red: 17, blue: 34 },
      ),
      [2.08, 6],
    ],
    "a loss of one plane of which a coder at a low rate leaves much": [
      pictures({ seconds: 2 }, { seconds: 4, red: 1.9 }, { seconds: 2 }),
      [2, 6],
    ],
    "dull colour that goes at once": [
      pictures({ seconds: 2, blue: 2.5, red: 2.1 }, { seconds: 4, ...none }, { seconds: 2, blue: 2.5, red: 2.1 }),
      [2, 6],
    ],
    "one plane that was lost before the first frame": [pictures({ seconds: 4, red: 0.1 }, { seconds: 2, shot: 1 }), [0, 4]],
    "a loss over cuts": [
      pictures({ seconds: 2 }, { seconds: 2, ...none }, { seconds: 2, shot: 1, ...none }, { seconds: 2, shot: 2 }),
      [2, 6],
    ],
    "one plane that is lost": [pictures({ seconds: 2 }, { seconds: 4, blue: 0.1 }, { seconds: 2 }), [2, 6]],
  },
  passes: {
    "a film in black and white": pictures({ seconds: 20, ...none }),
    "archive film between two cuts": pictures({ seconds: 4 }, { seconds: 8, shot: 1, ...none }, { seconds: 4, shot: 2 }),
    "a fade to black and white": pictures(
      { seconds: 2 },
      { seconds: 2, blue: (t) => 6 * (1 - t / 2), red: (t) => 5 * (1 - t / 2) },
      { seconds: 6, ...none },
    ),
    "a gaudy thing that goes": pictures({ seconds: 2, blue: 30 }, { seconds: 4, blue: 6 }),
    "a white card": pictures({ seconds: 2 }, { seconds: 4, ...none, luma: 1 }, { seconds: 2 }),
    "a mark that goes from a page": pictures({ seconds: 4, tones: 0.3 }, { seconds: 4, ...none, tones: 0.3 }),
    "snow and fog": pictures({ seconds: 20, blue: 0.9, red: 0.7 }),
    "pictures that could not be measured": pictures({ seconds: 9, blue: Number.NaN }),
  },
});
