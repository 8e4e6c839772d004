import { noise } from "../../../src/analyzers/detectors/noise.js";
import { signal, type Stretch, testDetector, together, type Track } from "../../support/test-detector.js";

function noisy(whiteness: number, renewal: number, ...stretches: Stretch[]): Track {
  const always = (name: string, value: number) => signal(name)(...stretches.map(([seconds]): Stretch => [seconds, value]));
  return together(signal("noise.sigma")(...stretches), always("noise.whiteness", whiteness), always("noise.renewal", renewal));
}

testDetector(noise, {
  finds: {
    "three seconds of noise": [noisy(1.05, 1.1, [2, 0.3], [3, 9], [2, 0.3]), [2, 5]],
    "snow to the end of the media": [noisy(1, 1, [1, 0.2], [2, 40]), [1, 3]],
    "noise that keyframes smooth": [noisy(1, 1, [1, 0.2], [1.52, 7], [0.2, 1], [1.52, 7], [1, 0.2]), [1, 4.24]],
  },
  passes: {
    "film grain": noisy(1, 1, [20, 4]),
    "grass all over the picture": noisy(0.5, 1, [20, 8]),
    "a still texture as fine as noise": noisy(1.1, 0.05, [20, 12]),
    "half a second of sparks": noisy(1, 1, [2, 0.2], [0.52, 20], [2, 0.2]),
  },
});
