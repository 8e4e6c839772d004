/** So many times a fault begins or ends within `flapWindowMilliseconds`, then it flaps. */
export const flapChanges = 4;
export const flapWindowMilliseconds = 10 * 60_000;
/** A fault that flapped has to stay as it is for so long before it is told again. */
export const stableMilliseconds = 10 * 60_000;

/** Most alerts of one defect type that a stream sends within `limitWindowMilliseconds`. */
export const alertLimit = 6;
export const limitWindowMilliseconds = 60 * 60_000;

/** For so long after media runs again, what the loss of the input may still do to picture and sound is held back. */
export const settlingMilliseconds = 10_000;

/** A fault that a predecessor told is found again within so long after media runs again, and the time its definition needs. */
export const graceMilliseconds = 30_000;

/**
 * What follows from a lost input. Without media a picture is black or still and the sound silent, in what comes from upstream
 * and when a connection comes back; the tear itself is in packets, times and the first pictures. Not here: `manifest`, which
 * is rather why the input is lost, and all that a loss does not make, such as `format-change` or `loudness`.
 */
export const followsLostInput: ReadonlySet<string> = new Set([
  "black",
  "freeze",
  "silence",
  "solid-color",
  "slate",
  "block-corruption",
  "decode-error",
  "dropout",
  "frame-drop",
  "timestamp-gap",
  "transport",
  "caption-missing",
  "channel-missing",
]);

/** Why a change was not told. */
export const heldBackReasons = [
  "flapping",
  "limit",
  "lost-input",
  "origin-lost",
  "gathering",
  "maintenance",
  "acknowledged",
] as const;
/**
 * `flapping` and `limit`: too many. `lost-input`: it follows from it. `origin-lost`: told for many streams at once. `gathering`:
 * for a second, to see whether other streams of the origin are lost as well. `maintenance`, `acknowledged`: people asked for it.
 */
export type HeldBackReason = (typeof heldBackReasons)[number];
