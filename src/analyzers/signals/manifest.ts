import type { ManifestFacts, ManifestFaultKind } from "../../ingest/index.js";
import type { ManifestMeasurer, SignalDeclaration } from "../measurer.js";
import { emptyBlock, type LaneSignals, type SignalBlock } from "../signal-block.js";

/** The signal that counts each kind of fault, and what it means. */
const signalOf: Readonly<Record<ManifestFaultKind, readonly [name: string, meaning: string]>> = {
  "syntax": ["manifest.syntaxErrors", "Playlists that break RFC 8216"],
  "missing-playlist": ["manifest.missingPlaylists", "Playlists that are named and cannot be had"],
  "missing-segment": ["manifest.missingSegments", "Segments here that are named and cannot be had, over all renditions"],
  "wrong-duration": ["manifest.wrongDurations", "Segments here that last other than their playlist says"],
  "target-duration": ["manifest.longSegments", "Segments here that are to last longer than the target duration"],
  "sequence": ["manifest.sequenceErrors", "Segments here that come twice or out of order"],
  "discontinuity": ["manifest.discontinuityErrors", "Segments here before which media time jumps unannounced"],
  "out-of-step": ["manifest.stepErrors", "Renditions that are not in step with the first one here"],
  "stale": ["manifest.stalePlaylists", "Playlists that are due for new segments here and do not have them"],
};

/** The signal that counts faults of a kind. */
export function manifestSignal(kind: ManifestFaultKind): string {
  return signalOf[kind][0];
}

const declarations = Object.values(signalOf).map(([name, meaning]): [string, SignalDeclaration] => [
  name,
  { unit: "count", range: [0, 100], meaning },
]);

/** What is wrong with the playlists of a source, a sample wherever a fault begins or ends. */
export const manifest: ManifestMeasurer = {
  lane: "manifest",
  name: "HLS playlists",
  needs: "any",
  lookbackSeconds: 0,
  provides: Object.fromEntries(declarations),
};

/** The lane's signals for the faults of a source that lie between two times. */
export function manifestBlock(
  { faults }: ManifestFacts,
  { lane, signals }: LaneSignals,
  startSeconds: number,
  endSeconds = Number.POSITIVE_INFINITY,
): SignalBlock {
  const within = faults.filter((fault) => fault.startSeconds < endSeconds && fault.endSeconds >= startSeconds);
  const times = within.flatMap((fault) => [Math.max(startSeconds, fault.startSeconds), Math.min(endSeconds, fault.endSeconds)]);
  const pts = [...new Set([startSeconds, ...times])].toSorted((one, other) => one - other);
  const block = emptyBlock(signals, pts.length);
  for (const [index, seconds] of pts.entries()) {
    block.pts[index] = seconds;
    for (const { kind, ...fault } of within) {
      const begins = Math.max(startSeconds, fault.startSeconds);
      const column = block.signals[manifestSignal(kind)];
      if (column !== undefined && begins <= seconds && (seconds < fault.endSeconds || seconds === begins)) {
        column[index] = (column[index] ?? 0) + 1;
      }
    }
  }
  return { lane, startIndex: 0, ...block, discontinuityBefore: false };
}
