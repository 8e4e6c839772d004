import type { ManifestFacts, ManifestFault, ManifestFaultKind, PlaylistEvent } from "../../ingest/index.js";
import { emptyBlock, type LaneSignals, type SignalBlock } from "../signal-block.js";
import { manifestSignal } from "./manifest.js";

/** Faults of a moment, which nobody resolves: a number that goes back, media time that jumps. They count for so long. */
const momentary: ReadonlySet<ManifestFaultKind> = new Set(["sequence", "discontinuity"]);
const momentSeconds = 1;
/** Of a stream that runs for ever the latest are kept. */
const mostFaults = 200;

/** The playlists of a live stream as a lane. Times are those of the stream, and never go back. */
export interface LiveManifest {
  /** For `MediaInfo.manifest`, from the start on: it grows as faults are told, so that the detector can say their reasons. */
  readonly facts: ManifestFacts;
  /** A fault began or is over. */
  take(event: PlaylistEvent, atSeconds: number): void;
  /** Time went on: a fault of a moment may be over. Call it a few times a second. */
  tick(atSeconds: number): void;
}

/**
 * Turns what is told of playlists that roll into signals: a block of one sample whenever a count changes, and one at the start.
 * @param emit receives every block; its arrays belong to the receiver
 */
export function openLiveManifest({ lane, signals }: LaneSignals, emit: (block: SignalBlock) => void): LiveManifest {
  const faults: ManifestFault[] = [];
  /** Those that last, by kind: how many are open. */
  const lasting = new Map<ManifestFaultKind, number>();
  /** Those of a moment, by kind: until when. */
  const moments = new Map<ManifestFaultKind, number>();
  let startIndex = 0;
  let latestSeconds = 0;

  function tell(atSeconds: number): void {
    const block = emptyBlock(signals, 1);
    block.pts[0] = atSeconds;
    const count = (kind: ManifestFaultKind, faultsNow: number): void => {
      const column = block.signals[manifestSignal(kind)];
      if (column !== undefined) column[0] = (column[0] ?? 0) + faultsNow;
    };
    for (const [kind, open] of lasting) count(kind, open);
    for (const kind of moments.keys()) count(kind, 1);
    emit({ lane, startIndex: startIndex++, ...block, discontinuityBefore: false });
  }

  /** Ends the moments that are over, each at its own time. */
  function pass(untilSeconds: number): void {
    if (startIndex === 0) tell(latestSeconds);
    const over = [...moments].filter(([, seconds]) => seconds <= untilSeconds).toSorted(([, one], [, other]) => one - other);
    for (const [kind, seconds] of over) {
      moments.delete(kind);
      tell(Math.max(latestSeconds, seconds));
    }
    latestSeconds = Math.max(latestSeconds, untilSeconds);
  }

  function remember({ kind, url, line, reason }: PlaylistEvent): void {
    const place = { startSeconds: latestSeconds, endSeconds: latestSeconds + (momentary.has(kind) ? momentSeconds : 0) };
    faults.push({ kind, url, ...(line === undefined ? {} : { line }), ...place, reason });
    if (faults.length > mostFaults) faults.shift();
  }

  return {
    facts: { ended: false, renditions: [], faults },
    take(event, atSeconds) {
      pass(atSeconds);
      const { kind, url } = event;
      if (event.event === "opened") {
        remember(event);
        if (momentary.has(kind)) moments.set(kind, latestSeconds + momentSeconds);
        else lasting.set(kind, (lasting.get(kind) ?? 0) + 1);
      } else {
        const open = lasting.get(kind) ?? 0;
        if (open === 0) return;
        lasting.set(kind, open - 1);
        const index = faults.findLastIndex((fault) => fault.kind === kind && fault.url === url);
        const known = faults[index];
        if (known !== undefined) faults[index] = { ...known, endSeconds: latestSeconds };
      }
      tell(latestSeconds);
    },
    tick: pass,
  };
}
