import { type Framing, openFraming } from "../../transport/framing.js";
import { openTrackWatch, type TrackWatch } from "./track-watch.js";

/** Where the stretches of a connection go. */
export interface CutSink {
  /** A stretch begins with the next bytes. */
  begin(): void;
  /**
   * All bytes of the stretch in their order, as a rule whole packets.
   * @param tables packets of the program tables as they are in force before these bytes
   */
  bytes(run: Uint8Array, tables: () => Uint8Array): void;
  /** The stretch goes over into another one. */
  changed(reason: string): void;
}

/** Cuts the bytes of one connection into stretches: each begins with a packet, and keeps its tracks. */
export interface StretchCutter {
  push(chunk: Uint8Array): void;
  /** What comes next belongs to a new stretch. */
  renew(reason: string): void;
  /** The connection is over; `sink` hears of its last bytes. */
  end(): void;
  /** Bytes that came before the first packet was found. */
  readonly foreignBytes: number;
}

export function openStretchCutter(sink: CutSink): StretchCutter {
  let framing: Framing;
  let watch: TrackWatch;
  let isBegun = false;
  let foreignBytes = 0;
  /** The bytes that the framing works on at the moment, and which part of them has not been given on. */
  let current = new Uint8Array(0);
  let from = 0;
  let until = 0;

  function flush(): void {
    if (until > from) sink.bytes(current.subarray(from, until), watch.tables);
    from = until;
  }

  /** These bytes belong to the stretch, behind those before. */
  function extend(bytes: Uint8Array, start: number, end: number): void {
    if (bytes !== current) {
      flush();
      current = bytes as Uint8Array<ArrayBuffer>;
      from = start;
    }
    until = Math.min(end, bytes.length);
  }

  function restart(): void {
    watch = openTrackWatch();
    framing = openFraming({
      packet(bytes, at) {
        if (!isBegun) sink.begin();
        isBegun = true;
        const change = watch.packet(bytes, at);
        const end = at + (framing.packetBytes ?? 188);
        if (change === undefined) return extend(bytes, at, end);
        flush();
        sink.changed(change);
        sink.begin();
        // With the association table of before and the new map, whose packets these are, a reader can begin at once.
        sink.bytes(watch.tables(), watch.tables);
        current = bytes as Uint8Array<ArrayBuffer>;
        from = Math.min(end, bytes.length);
        until = from;
      },
      skipped(bytes, start, end) {
        if (isBegun) extend(bytes, start, end);
        else foreignBytes += end - start;
      },
      syncLost: () => undefined,
    });
  }

  function finish(): void {
    framing.end();
    flush();
  }

  restart();
  return {
    push(chunk) {
      framing.push(chunk);
      flush();
    },
    renew(reason) {
      finish();
      if (isBegun) sink.changed(reason);
      isBegun = false;
      restart();
    },
    end: finish,
    get foreignBytes() {
      return foreignBytes;
    },
  };
}
