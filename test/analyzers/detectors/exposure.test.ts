import { exposure } from "../../../src/analyzers/detectors/exposure.js";
import { signal, testDetector, together, type Track } from "../../support/test-detector.js";

interface Picture {
  readonly seconds: number;
  readonly shadow: number;
  readonly median: number;
  readonly highlight: number;
  readonly burntRatio: number;
  readonly toneRatio: number;
}

function pictures(...shown: readonly Picture[]): Track {
  const names = ["shadow", "median", "highlight", "burntRatio", "toneRatio"] as const;
  return together(
    ...names.map((name) => signal(`exposure.${name}`)(...shown.map((picture) => [picture.seconds, picture[name]] as const))),
  );
}

const good = (seconds: number): Picture => ({
  seconds,
  shadow: 0.1,
  median: 0.4,
  highlight: 0.9,
  burntRatio: 0.01,
  toneRatio: 0.98,
});
const burnt = { shadow: 0.45, median: 0.97, highlight: 1, burntRatio: 0.5, toneRatio: 0.8 };
const dark = { shadow: 0.03, median: 0.1, highlight: 0.24, burntRatio: 0, toneRatio: 0.9 };

testDetector(exposure, {
  finds: {
    "a burnt-out picture": [pictures(good(3), { seconds: 5, ...burnt }, good(3)), [3, 8]],
    "a picture in which nothing is dark any more, though little is burnt": [
      pictures(good(3), { seconds: 5, ...burnt, shadow: 0.75, burntRatio: 0.05 }, good(3)),
      [3, 8],
    ],
    "an underexposed picture of little contrast": [pictures(good(3), { seconds: 5, ...dark, highlight: 0.1 }, good(3)), [3, 8]],
    "an underexposed white page": [pictures(good(3), { seconds: 5, ...dark, median: 0.23 }, good(3)), [3, 8]],
    "an underexposed picture": [pictures(good(3), { seconds: 5, ...dark }, good(3)), [3, 8]],
    "one fault where the camera searches for a moment": [
      pictures({ seconds: 5, ...burnt }, good(0.6), { seconds: 3, ...burnt }),
      [0, 8.6],
    ],
  },
  passes: {
    "an ordinary picture": pictures(good(20)),
    "a night with lamps": pictures({ seconds: 20, ...dark, highlight: 0.8 }),
    "a white page with writing": pictures({ seconds: 20, ...burnt, toneRatio: 0.15 }),
    "a bright sky over a dark wood": pictures({ seconds: 20, ...burnt, shadow: 0.1 }),
    "a dark card": pictures({ seconds: 20, ...dark, highlight: 0.08 }),
    "a bright hall of light walls": pictures({ seconds: 20, ...burnt, shadow: 0.5, burntRatio: 0.1 }),
    "a flash": pictures(good(3), { seconds: 2, ...burnt }, good(3)),
    "pictures that could not be measured": pictures({ seconds: 9, ...burnt, shadow: Number.NaN }),
  },
});
