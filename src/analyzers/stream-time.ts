import { laneKey, type SignalBlock } from "./signal-block.js";

/** Time of the source that runs back by more than this, or on by more than that, begins anew: it no longer says when something was. */
const mostBackwardSeconds = 1;
const mostForwardSeconds = 10;
/** What is kept of the past: reports look back an hour. */
const keptEpochs = 1000;
/** Over so many seconds of stream time the least delay is looked for, at which samples arrive: what is more is waiting. */
const delayWindowSeconds = 30;

/** The time stamps of one connection. */
export interface SourceClock {
  /** Time stamp of the first presented frame or sample, in seconds. */
  readonly originSeconds: number;
  /** Wall clock (milliseconds) of a time stamp, where the source says so itself. */
  wallClockOf?(stampSeconds: number): number | undefined;
}

/** Source time and stream time differ by one number for as long as the source's own time runs on. */
interface Epoch {
  /** Stream seconds minus the source's. */
  readonly offsetSeconds: number;
  readonly startSeconds: number;
  /** As far as any lane has come, in the source's time. */
  reachedSeconds: number;
  readonly clock: SourceClock;
}

/** The time of a live stream. It runs on over reconnects and over jumps of the source's clock, and stays near the wall clock. */
export interface StreamTime {
  /**
   * Media of another connection comes now, whose first presented frame or sample has the time 0.
   * @param atSeconds stream time of its first byte's arrival
   */
  begin(atSeconds: number, clock: SourceClock): void;
  /**
   * Puts a block of the present connection into stream time. Its arrays are changed in place. Blocks of a lane come in order.
   * @param arrivedSeconds stream time of now
   */
  place(block: SignalBlock, arrivedSeconds: number): SignalBlock;
  /** Stream time of a moment of the present connection, by its own clock; undefined before anything of it was placed. */
  placeMoment(sourceSeconds: number): number | undefined;
  /** Wall clock (milliseconds) of a moment of the stream: as the source says, else when it arrived. */
  wallClockAt(seconds: number): number;
  /** Wall clock (milliseconds) at which what is shown at a moment of the stream arrived here. */
  arrivedAt(seconds: number): number;
  /** The source's time stamp (seconds) of a moment of the stream, of whichever connection that was. */
  stampAt(seconds: number): number | undefined;
  /** The source's time runs on from one moment to the other: their time stamps can be compared. */
  runsOn(fromSeconds: number, untilSeconds: number): boolean;
  /** Stream time up to which anything was measured. */
  readonly reachedSeconds: number;
}

/** @param startedAtMilliseconds wall clock of stream time 0 */
export function openStreamTime(startedAtMilliseconds: number): StreamTime {
  /** Of this connection and of earlier ones, in order of stream time. */
  const epochs: Epoch[] = [];
  let ofConnection: Epoch[] = [];
  const lanes = new Map<
    string,
    { epoch: Epoch | undefined; endSeconds: number | undefined; samples: number; isFirst: boolean }
  >();
  let reachedSeconds = 0;
  let clock: SourceClock = { originSeconds: 0 };
  const delay = openLeastDelay();

  function open(sourceSeconds: number, atSeconds: number): Epoch {
    const startSeconds = Math.max(atSeconds, reachedSeconds);
    const epoch = { offsetSeconds: startSeconds - sourceSeconds, startSeconds, reachedSeconds: sourceSeconds, clock };
    epochs.push(epoch);
    if (epochs.length > keptEpochs) epochs.shift();
    ofConnection.push(epoch);
    return epoch;
  }

  /** Another lane may have come to the new time already: what was sent together stays together. */
  function epochFor(sourceSeconds: number, present: Epoch | undefined, atSeconds: number): Epoch {
    const later = ofConnection.slice(present === undefined ? 0 : ofConnection.indexOf(present) + 1);
    const known = later.find((epoch) => Math.abs(sourceSeconds - epoch.reachedSeconds) <= mostForwardSeconds);
    return known ?? open(sourceSeconds, atSeconds);
  }

  function epochAt(seconds: number): Epoch | undefined {
    return epochs.findLast(({ startSeconds }) => startSeconds <= seconds);
  }

  function stampAt(seconds: number): number | undefined {
    const epoch = epochAt(seconds);
    return epoch === undefined ? undefined : seconds - epoch.offsetSeconds + epoch.clock.originSeconds;
  }

  function arrivedAt(seconds: number): number {
    return startedAtMilliseconds + (seconds + delay.leastSeconds) * 1000;
  }

  return {
    begin(atSeconds, nextClock) {
      ofConnection = [];
      clock = nextClock;
      delay.restart();
      for (const lane of lanes.values()) {
        lane.epoch = undefined;
        lane.isFirst = true;
      }
      open(0, atSeconds);
    },

    place(block, arrivedSeconds) {
      const first = block.pts[0];
      if (first === undefined) return block;
      const key = laneKey(block.lane);
      const lane = lanes.get(key) ?? { epoch: undefined, endSeconds: undefined, samples: 0, isFirst: false };
      lanes.set(key, lane);
      const torn = tornSeconds(block, first);
      const begins = lane.epoch === undefined;
      const isNewTime = torn !== undefined && (torn < -mostBackwardSeconds || torn > mostForwardSeconds);
      const before = lane.epoch;
      const epoch = before === undefined || isNewTime ? epochFor(first, before, arrivedSeconds) : before;
      lane.epoch = epoch;
      for (let index = 0; index < block.pts.length; index++) {
        const source = block.pts[index] ?? 0;
        epoch.reachedSeconds = Math.max(epoch.reachedSeconds, source);
        block.pts[index] = source + epoch.offsetSeconds;
      }
      const last = block.pts.at(-1) ?? 0;
      reachedSeconds = Math.max(reachedSeconds, last);
      delay.note(last, arrivedSeconds - last);
      const { previousEndSeconds, discontinuityBefore, ...rest } = block;
      const endedSeconds =
        previousEndSeconds !== undefined && before !== undefined ? previousEndSeconds + before.offsetSeconds : lane.endSeconds;
      const isTorn = discontinuityBefore || (begins && lane.isFirst);
      const startIndex = lane.samples;
      lane.samples += block.pts.length;
      lane.endSeconds = last;
      lane.isFirst = false;
      return {
        ...rest,
        startIndex,
        discontinuityBefore: isTorn,
        ...(isTorn && endedSeconds !== undefined ? { previousEndSeconds: endedSeconds } : {}),
        // A connection that was lost says nothing about the source's time.
        ...(isNewTime ? { tornSeconds: torn } : begins && isTorn ? { tornSeconds: 0 } : {}),
      };
    },

    placeMoment(sourceSeconds) {
      const near = ofConnection.findLast((epoch) => Math.abs(sourceSeconds - epoch.reachedSeconds) <= mostForwardSeconds);
      const epoch = near ?? ofConnection.at(-1);
      return epoch === undefined ? undefined : sourceSeconds + epoch.offsetSeconds;
    },

    wallClockAt(seconds) {
      const stamp = stampAt(seconds);
      return (stamp && epochAt(seconds)?.clock.wallClockOf?.(stamp)) ?? arrivedAt(seconds);
    },
    arrivedAt,
    stampAt,
    runsOn: (fromSeconds, untilSeconds) => epochAt(fromSeconds) === epochAt(untilSeconds),

    get reachedSeconds() {
      return reachedSeconds;
    },
  };
}

function tornSeconds(block: SignalBlock, first: number): number | undefined {
  if (!block.discontinuityBefore || block.previousEndSeconds === undefined) return undefined;
  return first - block.previousEndSeconds;
}

/**
 * The least delay between a sample's stream time and its arrival, of this window or the one before: the source's clock may run
 * faster or slower than ours, by seconds a day.
 */
function openLeastDelay() {
  let windowFrom = Number.NEGATIVE_INFINITY;
  let present = Number.POSITIVE_INFINITY;
  let before = Number.POSITIVE_INFINITY;
  return {
    restart() {
      windowFrom = Number.NEGATIVE_INFINITY;
      present = before = Number.POSITIVE_INFINITY;
    },
    note(seconds: number, delaySeconds: number) {
      if (seconds - windowFrom >= delayWindowSeconds) {
        before = present;
        present = Number.POSITIVE_INFINITY;
        windowFrom = seconds;
      }
      present = Math.min(present, delaySeconds);
    },
    get leastSeconds() {
      const least = Math.min(present, before);
      return Number.isFinite(least) ? least : 0;
    },
  };
}
