import type { ListedSegment } from "../manifest/parse-playlist.js";
import type { ReceiverSink } from "./receiver.js";
import { openRemux } from "./remux.js";
import { openRemuxClock } from "./remux-clock.js";
import { inputOf } from "./remux-input.js";
import type { PartOfSegment } from "./segment-feed.js";
import type { ReadSegment } from "./segment-reader.js";
import { openPacketCutter, type TransportSeam } from "./transport-seam.js";

/** A segment that was read, or a part of one. */
export interface Arrival {
  readonly listed: ListedSegment;
  readonly segment: ReadSegment;
  /** Absent where it is a whole segment. */
  readonly part?: PartOfSegment;
  /** Its media is that of another start than what came before. */
  readonly restarted: boolean;
  /** What lies between it and the one before could not be had. */
  readonly afterLoss: boolean;
}

/** It goes on within the segment of the one before. */
export function goesOnWithin({ part }: Pick<Arrival, "part">): boolean {
  return part === "next" || part === "rest";
}

/** What is kept of a segment, to hold the next one against it. */
export interface Before {
  readonly arrival: Arrival;
  readonly tracks?: string;
}

/** A stretch of segments that one child packs, or that go through as they are. */
export interface Run {
  readonly previous: Map<number, Before>;
  /** A child packs it anew. */
  readonly isPacked: boolean;
  /** A rendition has come to its end, at this discontinuity sequence number. */
  leavesAt?: number;
  /** Segments of another rendition since then. */
  late: number;
  /** Media that its child has packed, of one rendition. */
  packedSeconds: number;
  /** A segment begins, or a part of one. */
  open(feed: number, arrival: Arrival): Promise<void>;
  /** A piece of it. */
  write(feed: number, bytes: Uint8Array): Promise<void>;
  end(feed: number): void;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** Begins with the first segment of each rendition. @throws FramewatchError `media-unreadable`, `program-missing` */
export function openRun(first: ReadonlyMap<number, Arrival>, seam: TransportSeam, sink: ReceiverSink, signal: AbortSignal): Run {
  const arrivals = [...first].toSorted(([one], [other]) => one - other);
  const [main] = arrivals;
  const previous = new Map<number, Before>();
  if (arrivals.length === 1 && main?.[1].segment.packing === "transport") {
    return {
      previous,
      isPacked: false,
      late: 0,
      packedSeconds: 0,
      async open(_, arrival) {
        const { listed, segment } = arrival;
        if (listed.programMilliseconds !== undefined && segment.times !== undefined)
          sink.wallClock?.(segment.times.firstSeconds, listed.programMilliseconds);
        if (!goesOnWithin(arrival)) seam.begin();
        seam.join(segment.bytes);
      },
      write: async (_, bytes) => sink.bytes(bytes),
      end: () => undefined,
      ended: Promise.resolve(),
      close: async () => undefined,
    };
  }

  const clock = openRemuxClock(sink);
  const cut = openPacketCutter((packets) => {
    clock.out(packets);
    seam.join(packets);
    sink.bytes(packets);
  });
  seam.begin();
  const remux = openRemux(
    arrivals.map(([, { segment }]) => inputOf(segment)),
    cut,
    signal,
  );
  const inputs = new Map(arrivals.map(([feed], index) => [feed, index]));
  const started = new Set<number>();
  return {
    previous,
    isPacked: true,
    late: 0,
    packedSeconds: 0,
    async open(feed, { listed, segment }) {
      const input = inputs.get(feed);
      if (input === undefined) return;
      if (feed === main?.[0]) {
        clock.in(listed, segment);
        this.packedSeconds += listed.seconds;
      }
      if (!started.has(feed) && segment.header !== undefined) await remux.write(input, segment.header.bytes);
      started.add(feed);
    },
    async write(feed, bytes) {
      const input = inputs.get(feed);
      if (input !== undefined) await remux.write(input, bytes);
    },
    end(feed) {
      const input = inputs.get(feed);
      if (input !== undefined) remux.end(input);
    },
    ended: remux.ended,
    close: remux.close,
  };
}
