import { displaySource } from "../../display-source.js";
import { nameOf, round } from "../manifest/check-playlist.js";
import type { FaultBook } from "./fault-book.js";
import type { Arrival } from "./segment-run.js";

/** A playlist's duration may differ by this from what the segment holds; as for playlists that have ended. */
const toleranceSeconds = 0.5;

/** Holds what arrives of a rendition against its playlist: whether it is there, lasts as long as it should, and follows on. */
export function openSegmentCheck(
  playlist: URL,
  book: FaultBook,
): { missing(reason: string, line: number): void; arrived(arrival: Arrival): void } {
  const url = displaySource(playlist.href);
  let endsSeconds: number | undefined;
  return {
    missing(reason, line) {
      book.set("segment", "missing-segment", url, { reason, line });
    },
    arrived({ listed, segment, restarted, afterLoss }) {
      const { times } = segment;
      const { line } = listed;
      book.set("segment", "missing-segment", url, undefined);
      const lasts = times?.lastsSeconds;
      const isWrong = lasts !== undefined && Math.abs(lasts - listed.seconds) > toleranceSeconds;
      const wrong = { reason: `${nameOf(listed)} is to last ${listed.seconds} s, and lasts ${round(lasts ?? 0)} s.`, line };
      book.set("segment", "wrong-duration", url, isWrong ? wrong : undefined);

      const jump = times === undefined || endsSeconds === undefined ? 0 : times.firstSeconds - endsSeconds;
      const mayJump = listed.discontinuityBefore || restarted || afterLoss;
      // Time stamps begin again every 26.5 hours: that is no jump.
      if (!mayJump && Math.abs(jump) > toleranceSeconds && Math.abs(jump) < 2 ** 32 / 90_000) {
        const reason = `Media time ${jump > 0 ? "jumps" : "goes back"} by ${round(Math.abs(jump))} s before ${nameOf(listed)}, and no discontinuity is announced.`;
        book.set("segment", "discontinuity", url, { reason, line });
      }
      endsSeconds = times === undefined || lasts === undefined ? undefined : times.firstSeconds + lasts;
    },
  };
}
