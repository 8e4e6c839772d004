import { displaySource } from "../../display-source.js";
import type { ManifestFault } from "./facts.js";
import type { ListedSegment, MediaPlaylist } from "./parse-playlist.js";

/** A rendition whose playlist could be read. */
export interface ReadRendition {
  readonly index: number;
  readonly url: URL;
  readonly name: string;
  readonly role: "variant" | "audio" | "subtitles";
  readonly playlist: MediaPlaylist;
}

/** Boundaries of renditions that are meant to be switched between lie no further apart than a few frames. */
const stepToleranceSeconds = 0.2;

/** A fault of one segment, where it stands in its playlist. */
export function segmentFault(
  { index, url }: ReadRendition,
  segment: ListedSegment,
  kind: ManifestFault["kind"],
  reason: string,
): ManifestFault {
  return {
    kind,
    rendition: index,
    url: displaySource(url.href),
    ...(segment.line === 0 ? {} : { line: segment.line }),
    startSeconds: segment.startSeconds,
    endSeconds: segment.startSeconds + segment.seconds,
    reason,
  };
}

/** A segment's name for people. */
export function nameOf({ url }: ListedSegment): string {
  return displaySource(url.href).split("/").at(-1) ?? "";
}

/** What is wrong with one playlist by its text alone. */
export function checkPlaylist(rendition: ReadRendition): ManifestFault[] {
  const { segments, targetSeconds } = rendition.playlist;
  const faults: ManifestFault[] = [];
  const seen = new Map<string, number>();
  for (const segment of segments) {
    const { seconds, range, line, discontinuityBefore } = segment;
    // RFC 8216, 4.3.3.1: each EXTINF, rounded to whole seconds, is at most the target duration.
    if (Math.round(seconds) > targetSeconds) {
      const reason = `${nameOf(segment)} is to last ${seconds} s, more than the target duration of ${targetSeconds} s.`;
      faults.push(segmentFault(rendition, segment, "target-duration", reason));
    }
    if (seconds <= 0) {
      faults.push(segmentFault(rendition, segment, "wrong-duration", `${nameOf(segment)} has no duration (EXTINF).`));
    }
    const key = `${segment.url.href} ${range?.start ?? 0} ${range?.length ?? ""}`;
    const before = seen.get(key);
    if (before !== undefined && !discontinuityBefore) {
      faults.push(
        segmentFault(rendition, segment, "sequence", `${nameOf(segment)} comes again; it stands on line ${before} too.`),
      );
    }
    seen.set(key, line);
    if (segment.gap) {
      faults.push(segmentFault(rendition, segment, "missing-segment", `${nameOf(segment)} is said to be missing (EXT-X-GAP).`));
    }
  }
  return faults;
}

/**
 * Where a rendition is not in step with another one: a player that changes between them loses or repeats media (RFC 8216,
 * 6.2.4: matching content, matching timestamps). Tells the first place only: what follows is out of step by it.
 */
export function checkStep(rendition: ReadRendition, reference: ReadRendition): ManifestFault[] {
  const own = rendition.playlist.segments;
  const others = reference.playlist.segments;
  const fault = (segment: ListedSegment, reason: string): ManifestFault[] => [
    { ...segmentFault(rendition, segment, "out-of-step", reason), endSeconds: rendition.playlist.totalSeconds },
  ];
  // Sound and text are cut at their own boundaries, each at most a segment away from the picture's.
  if (rendition.role === "variant") {
    for (const [index, segment] of own.entries()) {
      const other = others[index];
      if (other === undefined) break;
      if (Math.abs(segment.startSeconds - other.startSeconds) <= stepToleranceSeconds) continue;
      return fault(
        own[index - 1] ?? segment,
        `Segment ${index} begins at ${round(segment.startSeconds)} s in ${rendition.name}, at ${round(other.startSeconds)} s in ${reference.name}.`,
      );
    }
  }
  const difference = rendition.playlist.totalSeconds - reference.playlist.totalSeconds;
  const tolerance =
    rendition.role === "variant"
      ? stepToleranceSeconds
      : Math.max(1, reference.playlist.targetSeconds, rendition.playlist.targetSeconds);
  const last = own.at(-1);
  if (last === undefined || Math.abs(difference) <= tolerance) return [];
  return fault(
    last,
    `${rendition.name} has ${own.length} segments of ${round(rendition.playlist.totalSeconds)} s, ${reference.name} has ${others.length} of ${round(reference.playlist.totalSeconds)} s.`,
  );
}

/** Seconds for people. */
export function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
