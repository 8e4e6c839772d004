import type { DecodeRequest } from "./decode-request.js";
import type { MediaInfo } from "./media-info.js";

/**
 * Containers that say how long a frame lasts, by its own duration or by the next one's time: a long frame is a still,
 * not a gap. In all others (transport and program streams, FLV, raw streams) time runs freely.
 */
const timedContainers = /^(mov|matroska|webm|mxf|avi|gif|apng|image2.*|.*_pipe)$/;

/** Rates that frames are shown at are not known better than this; sound is missing if more of it is. */
const soundGapSeconds = 0.05;
/** Keyframes of a healthy stream may lie so far apart. */
const keyframeGapSeconds = 15;

/** Where media time jumps or is missing. */
export interface Discontinuity {
  readonly discontinuityBefore: boolean;
  readonly previousEndSeconds?: number;
}

/** The present frame or run follows the one before it. */
export const continuous: Discontinuity = { discontinuityBefore: false };

/** Longest honest distance of two frames, in seconds; infinite where frames last until the next one. */
export function longestFrameDistance(media: MediaInfo, profile: DecodeRequest["profile"]): number {
  if (timedContainers.test(media.container)) return Infinity;
  if (profile === "keyframes") return keyframeGapSeconds;
  return Math.max(1, 3 * nominalFrameSeconds(media));
}

/**
 * How long a frame lasts that no next one ends: from the declared frame rate, so that it is the same wherever decoding
 * began; 0 where none is declared.
 */
export function nominalFrameSeconds(media: MediaInfo): number {
  const rate = media.video?.frameRate ?? 0;
  return rate > 0 ? 1 / rate : 0;
}

/** What lies between two frames. */
export function betweenFrames(previous: number | undefined, present: number, longest: number, nominal: number): Discontinuity {
  if (previous === undefined || (present >= previous && present - previous <= longest)) return continuous;
  return { discontinuityBefore: true, previousEndSeconds: previous + nominal };
}

/** What lies between two runs of sound. */
export function betweenSounds(previousEnd: number | undefined, present: number): Discontinuity {
  if (previousEnd === undefined || Math.abs(present - previousEnd) <= soundGapSeconds) return continuous;
  return { discontinuityBefore: true, previousEndSeconds: previousEnd };
}
