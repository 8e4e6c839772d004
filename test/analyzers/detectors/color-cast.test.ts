import { colorCast } from "../../../src/analyzers/detectors/color-cast.js";
import { signal, testDetector, together, type Track } from "../../support/test-detector.js";

type Range = readonly [low: number, high: number];
interface Picture {
  readonly seconds: number;
  readonly median?: number;
  readonly red?: Range;
  readonly green?: Range;
  readonly blue?: Range;
}

function pictures(...shown: readonly Picture[]): Track {
  const share = (channel: "red" | "green" | "blue", side: 0 | 1): Track =>
    signal(
      `color.${channel}${side === 0 ? "Low" : "High"}`,
      12.5,
    )(...shown.map((one) => [one.seconds, (one[channel] ?? [0.85, 1.2])[side]] as const));
  const light = (name: string, factor: number): Track =>
    signal(`exposure.${name}`, 12.5)(...shown.map((one) => [one.seconds, (one.median ?? 0.4) * factor] as const));
  return together(
    ...(["red", "green", "blue"] as const).flatMap((channel) => [share(channel, 0), share(channel, 1)]),
    light("shadow", 0.3),
    light("median", 1),
    light("highlight", 2),
  );
}

const warm: Omit<Picture, "seconds"> = { red: [1.15, 1.5], blue: [0.5, 0.85] };
const cold: Omit<Picture, "seconds"> = { red: [0.5, 0.85], blue: [1.15, 1.5] };

testDetector(colorCast, {
  finds: {
    "a tint that comes in mid-shot": [pictures({ seconds: 2 }, { seconds: 4, ...warm }, { seconds: 2 }), [2, 6]],
    "a tint to the end of the media": [pictures({ seconds: 2 }, { seconds: 4, ...warm }), [2, 6]],
    "a gain that is wrong where the channel is weak": [
      pictures({ seconds: 2, blue: [0.3, 0.6] }, { seconds: 4, blue: [0.2, 0.4] }, { seconds: 2, blue: [0.3, 0.6] }),
      [2, 6],
    ],
    "a cast that makes blue light look neutral, once it has gone": [
      pictures({ seconds: 2, ...cold }, { seconds: 4 }, { seconds: 2, ...cold }),
      [2, 6],
    ],
    "a missing channel from the first frame on": [pictures({ seconds: 4, blue: [0, 0.02] }), [0, 4]],
    "a missing channel seen through another matrix": [pictures({ seconds: 4, green: [0.34, 0.37] }), [0, 4]],
    "missing green seen through another matrix beside strong blue": [pictures({ seconds: 4, green: [0.34, 0.41] }), [0, 4]],
  },
  passes: {
    "a picture in balance": pictures({ seconds: 20 }),
    "green blinds": pictures({ seconds: 20, red: [0.6, 0.8], green: [1.28, 1.38], blue: [0.06, 0.135] }),
    "a sunset": pictures({ seconds: 20, ...warm }),
    "a cut to a warm room": pictures({ seconds: 4 }, { seconds: 6, median: 0.6, ...warm }, { seconds: 4 }),
    "a colourful thing that comes in": pictures({ seconds: 4 }, { seconds: 6, red: [0.85, 2], blue: [0.2, 1.2] }),
    "a blue light that goes, and a cut back to it": pictures(
      { seconds: 3, ...cold },
      { seconds: 4 },
      { seconds: 3, median: 0.7, ...cold },
    ),
    "a cast that ends": pictures({ seconds: 4, ...warm }, { seconds: 6 }),
    "a tint for a moment": pictures({ seconds: 4 }, { seconds: 0.8, ...warm }, { seconds: 4 }),
    "blue light": pictures({ seconds: 9, red: [0, 0.03], green: [0, 0.05], blue: [4, 4] }),
    "pictures that could not be measured": pictures({ seconds: 9, red: [Number.NaN, Number.NaN] }),
  },
});
