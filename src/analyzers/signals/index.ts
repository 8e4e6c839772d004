import type {
  CaptionMeasurer,
  ManifestMeasurer,
  PictureMeasurer,
  SoundMeasurer,
  StillMeasurer,
  TransportMeasurer,
} from "../measurer.js";
import { pictureArrival, soundArrival } from "./arrival.js";
import { banding } from "./banding.js";
import { color } from "./color.js";
import { blockDamage } from "./block-damage.js";
import { blockiness } from "./blockiness.js";
import { pictureDecodeErrors, soundDecodeErrors } from "./decode-errors.js";
import { information } from "./information.js";
import { detail } from "./detail.js";
import { difference } from "./difference.js";
import { dots } from "./dots.js";
import { echo } from "./echo.js";
import { edges } from "./edges.js";
import { exposure } from "./exposure.js";
import { gamut } from "./gamut.js";
import { fields } from "./fields.js";
import { flash } from "./flash.js";
import { flickerChanges } from "./flicker.js";
import { levels } from "./levels.js";
import { loudness } from "./loudness.js";
import { luma } from "./luma.js";
import { motion } from "./motion.js";
import { scene } from "./scene.js";
import { standing } from "./standing.js";
import { mosaic } from "./mosaic.js";
import { timing } from "./timing.js";
import { bars } from "./bars.js";
import { borders } from "./borders.js";
import { plain } from "./plain.js";
import { captionContent, pictureCaptions } from "./captions.js";
import { manifest } from "./manifest.js";
import { transport } from "./transport.js";
import { truePeak } from "./true-peak.js";
import { tone } from "./tone.js";
import { dropout } from "./dropout.js";
import { bands } from "./bands.js";
import { pair } from "./pair.js";
import { dcOffset } from "./dc-offset.js";
import { clipping } from "./clipping.js";
import { brightening } from "./brightening.js";
import { onsets } from "./onsets.js";
import { stripes } from "./stripes.js";

/** All measurers of frames. A new one gets its line here. */
export const pictureMeasurers: readonly PictureMeasurer[] = [
  // One on each line.
  luma,
  difference,
  edges,
  timing,
  pictureDecodeErrors,
  bars,
  borders,
  plain,
  fields,
  flickerChanges,
  motion,
  scene,
  blockDamage,
  pictureArrival,
  brightening,
  flash,
  standing,
  pictureCaptions,
  stripes,
];

/** All measurers of stills. A new one gets its line here. */
export const stillMeasurers: readonly StillMeasurer[] = [
  // One on each line.
  gamut,
  exposure,
  color,
  banding,
  information,
  detail,
  mosaic,
  dots,
  echo,
  blockiness,
];

/** All measurers of sound. A new one gets its line here. */
export const soundMeasurers: readonly SoundMeasurer[] = [
  // One on each line.
  levels,
  soundDecodeErrors,
  loudness,
  truePeak,
  soundArrival,
  tone,
  dropout,
  bands,
  pair,
  dcOffset,
  clipping,
  onsets,
];

/** What is told of the playlists of a source. */
export const manifestMeasurers: readonly ManifestMeasurer[] = [manifest];

/** What is measured of the packets of transport streams. */
export const transportMeasurers: readonly TransportMeasurer[] = [transport];

/** What is told of tracks of captions. */
export const captionMeasurers: readonly CaptionMeasurer[] = [captionContent];

/** How far before its start a segment of the picture has to be decoded, so that all measurers are right from the start. */
export const longestLookbackSeconds = Math.max(
  ...[...pictureMeasurers, ...stillMeasurers].map((measurer) => measurer.lookbackSeconds),
);
