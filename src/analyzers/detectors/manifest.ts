import { z } from "zod";
import { type DefectHandle, defineDetector, type Emit, type Judging, type Values } from "../detector.js";

/** What each signal counts, by the kind of defect that it makes. */
const kinds = [
  ["manifest.syntaxErrors", "syntax"],
  ["manifest.missingPlaylists", "missing-playlist"],
  ["manifest.missingSegments", "missing-segment"],
  ["manifest.wrongDurations", "wrong-duration"],
  ["manifest.longSegments", "target-duration"],
  ["manifest.sequenceErrors", "sequence"],
  ["manifest.discontinuityErrors", "discontinuity"],
  ["manifest.stepErrors", "out-of-step"],
  ["manifest.stalePlaylists", "stale"],
] as const;

/** So many reasons are told of one defect. */
const mostReasons = 5;

/**
 * A playlist, or what it names, is not as players need it: segments are missing or last other than said, media time jumps
 * unannounced, renditions are out of step, the text breaks the standard.
 *
 * Not this: what is wrong inside of the media that the segments hold.
 */
export const manifest = defineDetector({
  type: "manifest",
  version: "1.0.0",
  medium: "stream",
  summary: "Playlists or their segments are not as players need them",
  standard:
    "RFC 8216, sections 4.3, 6.2.1 and 6.2.4; a segment that lasts more than 0.5 s other than its EXTINF, renditions whose segments begin more than 0.2 s apart",
  signals: kinds.map(([signal]) => signal),

  parameters: z.object({
    minimumFaults: z.number().int().min(1).default(1).describe("So many faults at the same time are a defect"),
  }),

  begin: ({ minimumFaults }, media) => {
    const threshold = { minimumFaults };
    const open = new Map<string, { readonly handle: DefectHandle; readonly measured: Values }>();

    /** The faults of a kind that follow each other without a pause, from a time on. */
    function runOf(kind: string, seconds: number) {
      let endSeconds = seconds;
      return (media.manifest?.faults ?? []).filter((fault) => {
        if (fault.kind !== kind || fault.endSeconds < seconds || fault.startSeconds > endSeconds) return false;
        endSeconds = Math.max(endSeconds, fault.endSeconds);
        return true;
      });
    }

    function openOne(kind: string, seconds: number, emit: Emit): void {
      const faults = runOf(kind, seconds);
      const [first] = faults;
      const measured = {
        faults: Math.max(1, faults.length),
        ...(first?.rendition === undefined ? {} : { rendition: first.rendition }),
        ...(first?.line === undefined ? {} : { line: first.line }),
      };
      const told = faults
        .slice(0, mostReasons)
        .map(({ url, line, reason }) => `${url}${line === undefined ? "" : `:${line}`} ${reason}`);
      const rest = faults.length - told.length;
      const causes = rest > 0 ? [...told, `and ${rest} more`] : told;
      const handle = emit.open({ startSeconds: seconds, measured, threshold, kind, ...(causes.length === 0 ? {} : { causes }) });
      open.set(kind, { handle, measured });
    }

    function close(kind: string, seconds: number, emit: Emit): void {
      const known = open.get(kind);
      if (known !== undefined) emit.close(known.handle, seconds, known.measured);
      open.delete(kind);
    }

    const judging: Judging = {
      push({ pts, signals, discontinuityBefore, previousEndSeconds }, emit) {
        if (discontinuityBefore) for (const kind of [...open.keys()]) close(kind, previousEndSeconds ?? pts[0] ?? 0, emit);
        for (const [index, seconds] of pts.entries()) {
          for (const [signal, kind] of kinds) {
            const holds = (signals[signal]?.[index] ?? 0) >= minimumFaults;
            if (holds && !open.has(kind)) openOne(kind, seconds, emit);
            else if (!holds) close(kind, seconds, emit);
          }
        }
      },
      end(endSeconds, emit) {
        for (const kind of [...open.keys()]) close(kind, endSeconds, emit);
      },
    };
    return judging;
  },
});
