import { setTimeout as pause } from "node:timers/promises";
import { displaySource } from "../../display-source.js";
import type { ReadResource } from "../read-resource.js";
import { timeLimited } from "../time-limited.js";
import { fetchPlaylist } from "./check-manifest.js";
import { nameOf } from "./check-playlist.js";
import type { ManifestFaultKind } from "./facts.js";
import type { MediaPlaylist } from "./parse-playlist.js";

/** A fault of a playlist that rolls: when it was seen, and when it was over. */
export interface PlaylistEvent {
  readonly event: "opened" | "resolved";
  readonly kind: ManifestFaultKind;
  /** Of the playlist; without its query and credentials. */
  readonly url: string;
  readonly line?: number;
  /** Wall clock since the watch began. */
  readonly atSeconds: number;
  /** For people. */
  readonly reason: string;
}

export interface PlaylistWatch {
  readonly url: URL;
  readonly read: ReadResource;
  readonly signal: AbortSignal;
  /** Faults that last open and resolve; those of a moment only open. */
  tell(event: PlaylistEvent): void;
  /** Ask for what is new before it is there, where the server holds such requests back until it is. */
  readonly asksAhead?: boolean;
  /** The playlist as it was fetched each time it had changed. */
  changed?(playlist: MediaPlaylist): void;
}

/** RFC 8216, 6.2.2: a playlist changes no later than 1.5 target durations after it did before. */
const staleTargets = 1.5;
/** Until the first playlist says how often it changes. */
const firstWaitSeconds = 1;
/** Parts may come faster: whoever wants each at once asks ahead. */
const shortestWaitSeconds = 0.5;
/** A server that holds requests back is asked again so soon: no parts are shorter. */
const heldWaitSeconds = 0.1;
/** A server that did not hold so many requests back, one after the other, as it says it would is not asked ahead any more. */
const mostFailedHolds = 3;

/**
 * Follows a media playlist while it rolls, until it ends (EXT-X-ENDLIST): that it can be had, keeps to the standard, gets new
 * segments in time, and changes as it may: what was once named stays what it was (RFC 8216, 6.2.1 and 6.2.2). Of LL-HLS a new
 * part counts as a change.
 *
 * @throws the signal's reason
 */
export async function watchPlaylist({ url, read, signal, tell, asksAhead = false, changed }: PlaylistWatch): Promise<void> {
  const began = performance.now();
  const open = new Map<ManifestFaultKind, string>();
  const displayed = displaySource(url.href);
  const now = (): number => (performance.now() - began) / 1000;
  let changedSeconds = 0;
  let previous: MediaPlaylist | undefined;
  let failedHolds = 0;

  const mayAskAhead = (): boolean => asksAhead && previous?.canBlockReload === true && failedHolds < mostFailedHolds;

  /** The playlist when it has something new, where the server waits for that; else as it is. */
  async function fetchNext() {
    if (previous === undefined || !mayAskAhead())
      return { ...(await fetchPlaylist(url, undefined, read, signal)), hold: "none" as const };
    // No longer than until it is known to be stale.
    const held = await fetchPlaylist(
      aheadOf(url, previous),
      undefined,
      timeLimited(read, staleTargets * previous.targetSeconds),
      signal,
    );
    if (held.parsed?.kind === "media") return { ...held, hold: "kept" as const };
    return { ...(await fetchPlaylist(url, undefined, read, signal)), hold: "failed" as const };
  }

  function set(kind: ManifestFaultKind, fault: { readonly reason: string; readonly line?: number } | undefined): void {
    const known = open.get(kind);
    const place = { kind, url: displayed, atSeconds: now() };
    if (fault !== undefined && known === undefined) {
      open.set(kind, fault.reason);
      const { reason, line } = fault;
      tell({ event: "opened", ...place, reason, ...(line === undefined ? {} : { line }) });
    } else if (fault === undefined && known !== undefined) {
      open.delete(kind);
      tell({ event: "resolved", ...place, reason: known });
    }
  }

  for (;;) {
    signal.throwIfAborted();
    const { parsed, faults, hold } = await fetchNext();
    for (const kind of ["missing-playlist", "syntax"] as const)
      set(
        kind,
        faults.find((fault) => fault.kind === kind),
      );
    const playlist = parsed?.kind === "media" ? parsed : undefined;
    const isNew = playlist !== undefined && (previous === undefined || progressOf(playlist) !== progressOf(previous));
    if (playlist !== undefined && isNew) {
      changedSeconds = now();
      for (const fault of previous === undefined ? [] : wrongChanges(previous, playlist)) {
        tell({ event: "opened", ...fault, url: displayed, atSeconds: changedSeconds });
      }
      previous = playlist;
      // A request that came to nothing while nothing new came says nothing of the server.
      if (hold !== "none") failedHolds = hold === "kept" ? 0 : failedHolds + 1;
      changed?.(playlist);
    }
    const target = previous?.targetSeconds ?? 0;
    const isStale = previous !== undefined && !previous.ended && now() - changedSeconds > staleTargets * target;
    set(
      "stale",
      isStale ? { reason: `Nothing new came within ${staleTargets * target} s, 1.5 times the target duration.` } : undefined,
    );
    if (playlist?.ended === true) return;
    // RFC 8216, 6.3.4: a target duration after a change, else half of one; parts come faster.
    const wait = previous?.partTargetSeconds ?? (target > 0 ? (isNew ? target : target / 2) : firstWaitSeconds);
    const seconds = mayAskAhead() && isNew ? heldWaitSeconds : Math.max(shortestWaitSeconds, wait);
    await pause(seconds * 1000, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** How far a playlist has come. */
function progressOf({ segments, open, ended }: MediaPlaylist): string {
  return `${segments.at(-1)?.mediaSequence ?? -1} ${open?.parts.length ?? 0} ${ended}`;
}

/** Where the playlist is with what comes next in it (draft-pantos-hls-rfc8216bis, 6.2.5.2). The query stays as it was: it may be signed. */
function aheadOf(url: URL, { segments, open, partTargetSeconds }: MediaPlaylist): URL {
  const last = segments.at(-1);
  if (last === undefined) return url;
  const part = partTargetSeconds === undefined ? "" : `&_HLS_part=${open?.parts.length ?? 0}`;
  const ahead = new URL(url);
  ahead.search = `${url.search === "" ? "?" : `${url.search}&`}_HLS_msn=${last.mediaSequence + 1}${part}`;
  return ahead;
}

/** What may not change between two fetches of a playlist, and did. */
export function wrongChanges(
  before: MediaPlaylist,
  after: MediaPlaylist,
): { readonly kind: ManifestFaultKind; readonly line?: number; readonly reason: string }[] {
  const [first] = after.segments;
  const [firstBefore] = before.segments;
  const last = before.segments.at(-1);
  if (first === undefined || firstBefore === undefined || last === undefined) return [];
  if (first.mediaSequence < firstBefore.mediaSequence) {
    const reason = `The media sequence goes back from ${firstBefore.mediaSequence} to ${first.mediaSequence}.`;
    return [{ kind: "sequence", reason }];
  }
  if (first.mediaSequence > last.mediaSequence + 1) {
    const lost = first.mediaSequence - last.mediaSequence - 1;
    return [{ kind: "sequence", reason: `${lost} segments after number ${last.mediaSequence} came and went unseen.` }];
  }
  const known = new Map(before.segments.map((segment) => [segment.mediaSequence, segment]));
  for (const segment of after.segments) {
    const was = known.get(segment.mediaSequence);
    if (was === undefined) continue;
    const place = { line: segment.line };
    if (was.url.href !== segment.url.href || was.range?.start !== segment.range?.start) {
      const reason = `Number ${segment.mediaSequence} was ${nameOf(was)} and is ${nameOf(segment)} now.`;
      return [{ kind: "sequence", ...place, reason }];
    }
    if (was.discontinuitySequence !== segment.discontinuitySequence) {
      const reason = `The discontinuity sequence of ${nameOf(segment)} was ${was.discontinuitySequence} and is ${segment.discontinuitySequence} now.`;
      return [{ kind: "discontinuity", ...place, reason }];
    }
  }
  return [];
}
