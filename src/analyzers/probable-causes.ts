import type { Defect } from "./defect.js";

/** What lost or damaged packets, or missing segments, do to picture and sound. */
const consequences: ReadonlySet<string> = new Set([
  "block-corruption",
  "decode-error",
  "timestamp-gap",
  "freeze",
  "frame-drop",
  "dropout",
  "silence",
  "stall",
]);
/**
 * Kinds of `transport` that mean lost or damaged data, and no table or clock that came late; kinds of `manifest` that mean that
 * the origin does not have, or does not give, what it should.
 */
const damaging: Readonly<Record<string, ReadonlySet<string>>> = {
  transport: new Set(["sync-loss", "sync-byte-error", "continuity-count-error", "transport-error", "pid-error"]),
  manifest: new Set(["missing-segment", "discontinuity", "stale"]),
};
/** A lost packet shows in a picture that is shown by so much later, or earlier, than what was sent beside it. */
const reachSeconds = 1;

/** Names the layer below as the cause of what it did, where both were found in the same place. */
export function withProbableCauses(defects: readonly Defect[]): Defect[] {
  const losses = defects.filter(({ type, kind }) => kind !== undefined && damaging[type]?.has(kind));
  if (losses.length === 0) return [...defects];
  return defects.map((defect) => {
    if (!consequences.has(defect.type)) return defect;
    const kinds = new Set(losses.filter((loss) => began(loss, defect)).map(({ type, kind }) => `${type}: ${kind}`));
    return kinds.size === 0 ? defect : { ...defect, causes: [...(defect.causes ?? []), ...kinds] };
  });
}

/** The loss lies where the defect begins, or in it. */
function began(loss: Defect, { startSeconds, endSeconds = Number.POSITIVE_INFINITY }: Defect): boolean {
  return loss.startSeconds <= endSeconds && (loss.endSeconds ?? Number.POSITIVE_INFINITY) >= startSeconds - reachSeconds;
}
