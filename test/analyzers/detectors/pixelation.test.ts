import { pixelation } from "../../../src/analyzers/detectors/pixelation.js";
import { signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

function grid(drawnShare: number, ...stretches: Stretch[]): Track {
  const always = (name: string, value: number) => signal(name)(...stretches.map(([seconds]): Stretch => [seconds, value]));
  return together(
    signal("mosaic.gridShare")(...stretches),
    always("mosaic.blockPixels", 8),
    always("mosaic.drawnShare", drawnShare),
  );
}

testDetector(pixelation, {
  finds: {
    "three seconds of mosaic": [grid(0.1, [2, 0.1], [3, 0.9], [2, 0.1]), [2, 5]],
    "a mosaic that wavers about the limit, once": [grid(0.1, [1, 0.1], [2, 0.4], [1, 0.3], [2, 0.5], [1, 0.1]), [1, 6]],
  },
  passes: {
    "a filmed picture": grid(0.1, [10, 0.15]),
    "a drawn game of large pixels": grid(0.7, [10, 0.8]),
    "half a second of a transition": grid(0.1, [2, 0.1], [0.52, 0.9], [2, 0.1]),
  },
});
