import { displaySource } from "../../display-source.js";
import { nameOf, round } from "../manifest/check-playlist.js";
import type { ListedSegment } from "../manifest/parse-playlist.js";
import type { FaultBook } from "./fault-book.js";
import { type Arrival, goesOnWithin } from "./segment-run.js";

/** Time stamps of 33 bits begin again every 26.5 hours: what differs by half of that and more differs by the wrap. */
const halfWrapSeconds = 2 ** 32 / 90_000;
/** A playlist's duration may differ by this from what the segment holds; as for playlists that have ended. */
const toleranceSeconds = 0.5;

/** Holds what arrives of a rendition against its playlist: whether it is there, lasts as long as it should, and follows on. */
export interface SegmentCheck {
  missing(reason: string, line: number): void;
  /** A segment was read, or a part of one. */
  arrived(arrival: Arrival): void;
  /** All parts of the segment that was read last were read, and this is how it is listed. */
  completed(listed: ListedSegment): void;
}

export function openSegmentCheck(playlist: URL, book: FaultBook): SegmentCheck {
  const url = displaySource(playlist.href);
  let beganSeconds: number | undefined;
  let endsSeconds: number | undefined;

  function checkDuration(listed: ListedSegment): void {
    const lasts = beganSeconds === undefined || endsSeconds === undefined ? undefined : endsSeconds - beganSeconds;
    const difference = lasts === undefined ? 0 : Math.abs(lasts - listed.seconds);
    const isWrong = difference > toleranceSeconds && difference < halfWrapSeconds;
    const reason = `${nameOf(listed)} is to last ${listed.seconds} s, and lasts ${round(lasts ?? 0)} s.`;
    book.set("segment", "wrong-duration", url, isWrong ? { reason, ...lineOf(listed) } : undefined);
  }

  return {
    missing(reason, line) {
      book.set("segment", "missing-segment", url, { reason, line });
    },
    arrived(arrival) {
      const { listed, segment, restarted, afterLoss, part } = arrival;
      const { times } = segment;
      book.set("segment", "missing-segment", url, undefined);
      const jump = times === undefined || endsSeconds === undefined ? 0 : times.firstSeconds - endsSeconds;
      const mayJump = listed.discontinuityBefore || restarted || afterLoss;
      if (!mayJump && Math.abs(jump) > toleranceSeconds && Math.abs(jump) < halfWrapSeconds) {
        const reason = `Media time ${jump > 0 ? "jumps" : "goes back"} by ${round(Math.abs(jump))} s before ${nameOf(listed)}, and no discontinuity is announced.`;
        book.set("segment", "discontinuity", url, { reason, ...lineOf(listed) });
      }
      if (!goesOnWithin(arrival)) beganSeconds = times?.firstSeconds;
      endsSeconds = times?.lastsSeconds === undefined ? undefined : times.firstSeconds + times.lastsSeconds;
      if (part === undefined || part === "rest") checkDuration(listed);
    },
    completed: checkDuration,
  };
}

/** The one that is still being written stands on no line. */
function lineOf({ line }: ListedSegment): { readonly line?: number } {
  return line === 0 ? {} : { line };
}
