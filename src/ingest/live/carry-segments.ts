import { displaySource } from "../../display-source.js";
import type { ReadResource } from "../read-resource.js";
import { timeLimited } from "../time-limited.js";
import { openBacklogPace } from "./backlog-pace.js";
import type { FaultBook } from "./fault-book.js";
import { openSegmentCheck } from "./segment-check.js";
import type { SegmentFeed } from "./segment-feed.js";
import type { SegmentJoiner } from "./segment-joiner.js";
import { openSegmentReader } from "./segment-reader.js";

/** A segment, or a part of one, that takes longer than it lasts, several times over, comes too late for anybody. */
const segmentSeconds = { least: 10, times: 3 };

export interface Carrying {
  readonly playlist: URL;
  /** Which one of the joiner's renditions it is. */
  readonly feed: number;
  readonly from: SegmentFeed;
  readonly read: ReadResource;
  readonly joiner: SegmentJoiner;
  readonly book: FaultBook;
  readonly targetSeconds: () => number;
  /** A segment was read, or a part of one; the joiner has taken all of it. */
  arrived(): void;
  written(): void;
  readonly signal: AbortSignal;
}

/**
 * Reads the segments of a rendition in their order, to its end, of the one that is still being written the parts, and gives them to
 * the joiner; segments that cannot be had are told and left out.
 * @throws FramewatchError `media-encrypted`, `media-unreadable`; the signal's reason
 */
export async function carrySegments(carrying: Carrying): Promise<void> {
  const { playlist, feed, from, read, joiner, book, targetSeconds, signal } = carrying;
  const displayed = displaySource(playlist.href);
  const check = openSegmentCheck(playlist, book);
  const readers = { read };
  const pace = openBacklogPace();
  let restarted = false;
  let afterLoss = false;
  const readSegment = openSegmentReader((resource, request) => readers.read(resource, request));
  // Nobody has the parts any more that a segment of before was begun with.
  from.beginAnew();
  for (;;) {
    const next = await from.next(signal);
    if (next === undefined) break;
    if (next.completed !== undefined) check.completed(next.completed);
    if (next.waited) pace.caughtUp();
    restarted ||= next.restarted;
    afterLoss ||= next.lost > 0;
    if (next.lost > 0) {
      const reason = `${next.lost} segments are given up before number ${next.segment.mediaSequence}: reading is too far behind the end of the playlist.`;
      book.set("behind", "sequence", displayed, { reason });
    }
    const { segment: listed, part } = next;
    if (listed.gap) {
      afterLoss = true;
      continue;
    }
    readers.read = timeLimited(read, Math.max(segmentSeconds.least, segmentSeconds.times * listed.seconds));
    const answer = await readSegment(listed, signal, part);
    if ("missing" in answer && (part === "first" || part === "next")) {
      from.refusePart();
      continue;
    }
    if ("missing" in answer) {
      if (answer.isOther === true) from.leaveParts();
      check.missing(answer.missing, listed.line);
      afterLoss = true;
      continue;
    }
    const arrival = { listed, segment: answer.segment, restarted, afterLoss, ...(part === undefined ? {} : { part }) };
    check.arrived(arrival);
    carrying.arrived();
    await joiner.write(feed, arrival, (bytes, seconds) => pace.hold(bytes, seconds, targetSeconds(), signal));
    carrying.written();
    restarted = false;
    afterLoss = false;
  }
  joiner.finish(feed);
}
