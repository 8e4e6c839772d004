/** What can be wrong with playlists and what they name. The order is that of the signals' meaning, and is kept. */
export const manifestFaultKinds = [
  "syntax",
  "missing-playlist",
  "missing-segment",
  "wrong-duration",
  "target-duration",
  "sequence",
  "discontinuity",
  "out-of-step",
  "stale",
] as const;

export type ManifestFaultKind = (typeof manifestFaultKinds)[number];

/** One thing that is wrong, and where. Times in seconds from the start of the playlist. */
export interface ManifestFault {
  readonly kind: ManifestFaultKind;
  /** Which rendition, counted from 0 in the order of the facts; the multivariant playlist itself has none. */
  readonly rendition?: number;
  /** Of the playlist, or of the segment; without its query and credentials. */
  readonly url: string;
  /** Line of the playlist, counted from 1; absent where it cannot be told. */
  readonly line?: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** For people. */
  readonly reason: string;
}

export interface RenditionFacts {
  readonly name: string;
  readonly url: string;
  readonly role: "variant" | "audio" | "subtitles";
  readonly segments: number;
  readonly durationSeconds: number;
  readonly targetSeconds: number;
  /** How many of its segments were asked for. */
  readonly sampledSegments: number;
}

/** What the playlists of a source say, and what was found wrong with them. */
export interface ManifestFacts {
  /** The playlist has an end. */
  readonly ended: boolean;
  readonly renditions: readonly RenditionFacts[];
  /** In order of time. */
  readonly faults: readonly ManifestFault[];
}
