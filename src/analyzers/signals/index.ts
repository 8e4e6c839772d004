import type { PictureMeasurer, SoundMeasurer, StillMeasurer } from "../measurer.js";
import { pictureDecodeErrors, soundDecodeErrors } from "./decode-errors.js";
import { difference } from "./difference.js";
import { edges } from "./edges.js";
import { levels } from "./levels.js";
import { loudness } from "./loudness.js";
import { luma } from "./luma.js";
import { timing } from "./timing.js";
import { truePeak } from "./true-peak.js";

/** All measurers of frames. A new one gets its line here. */
export const pictureMeasurers: readonly PictureMeasurer[] = [
  // One on each line.
  luma,
  difference,
  edges,
  timing,
  pictureDecodeErrors,
];

/** All measurers of stills. A new one gets its line here. */
export const stillMeasurers: readonly StillMeasurer[] = [
  // One on each line.
];

/** All measurers of sound. A new one gets its line here. */
export const soundMeasurers: readonly SoundMeasurer[] = [
  // One on each line.
  levels,
  soundDecodeErrors,
  loudness,
  truePeak,
];

/** How far before its start a segment of the picture has to be decoded, so that all measurers are right from the start. */
export const longestLookbackSeconds = Math.max(
  ...[...pictureMeasurers, ...stillMeasurers].map((measurer) => measurer.lookbackSeconds),
);
