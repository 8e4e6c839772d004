/** How light and dark are spread over a still, as the signals `exposure.shadow`, `exposure.median`, `exposure.highlight` say. */
export interface Exposure {
  readonly shadow: number;
  readonly median: number;
  readonly highlight: number;
}

/** The signals that tell whether a shot goes on. */
export const exposureSignals = ["exposure.shadow", "exposure.median", "exposure.highlight"] as const;

/** How much light may change within a shot in a fraction of a second: this much of the range, and this share of what there was. */
const mostOfRange = 0.03;
const mostOfValue = 0.12;

/**
 * Whether two stills, a fraction of a second apart, are of one shot by their light: a cut changes it, losing or tinting the colour
 * of a running picture hardly does. A cut to a picture of the same light is taken for the same shot.
 */
export function isSameShot(before: Exposure, now: Exposure): boolean {
  return isClose(before.shadow, now.shadow) && isClose(before.median, now.median) && isClose(before.highlight, now.highlight);
}

function isClose(before: number, now: number): boolean {
  return Math.abs(now - before) <= mostOfRange + mostOfValue * Math.max(before, now);
}
