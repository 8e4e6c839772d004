import type { ManifestFaultKind } from "../manifest/facts.js";
import type { PlaylistEvent } from "../manifest/watch-playlist.js";

/** Faults of a moment: they are told once and last no longer. */
const momentary: ReadonlySet<ManifestFaultKind> = new Set(["sequence", "discontinuity"]);

/**
 * What is wrong with the playlists of a source at this time. It outlives connections, so that a fault that outlasts one is told
 * once.
 */
export interface FaultBook {
  /** Faults that last open and resolve once each; `by` tells apart who finds faults of the same kind. */
  set(
    by: string,
    kind: ManifestFaultKind,
    url: string,
    fault: { readonly reason: string; readonly line?: number } | undefined,
  ): void;
  /** Passes on what a watch tells. */
  take(event: PlaylistEvent): void;
  /** A playlist came again, and is as it should be. */
  clear(url: string, kinds: readonly ManifestFaultKind[]): void;
}

/** @param now seconds since the book was opened */
export function openFaultBook(tell: (event: PlaylistEvent) => void, now: () => number): FaultBook {
  const open = new Map<string, string>();

  function change(key: string, event: PlaylistEvent): void {
    const isOpen = open.has(key);
    if (event.event === "opened" && momentary.has(event.kind)) tell(event);
    else if (event.event === "opened" && !isOpen) {
      open.set(key, event.reason);
      tell(event);
    } else if (event.event === "resolved" && isOpen) {
      open.delete(key);
      tell(event);
    }
  }

  return {
    set(by, kind, url, fault) {
      const key = `${by} ${kind} ${url}`;
      const place = { kind, url, atSeconds: now() };
      if (fault === undefined) change(key, { event: "resolved", ...place, reason: open.get(key) ?? "" });
      else change(key, { event: "opened", ...place, ...fault });
    },
    take: (event) => change(`watch ${event.kind} ${event.url}`, { ...event, atSeconds: now() }),
    clear(url, kinds) {
      for (const kind of kinds) {
        const key = `watch ${kind} ${url}`;
        change(key, { event: "resolved", kind, url, atSeconds: now(), reason: open.get(key) ?? "" });
      }
    },
  };
}
