/** Sizes of transport packets: plain, with the time stamps of M2TS before them, with the parity bytes of DVB behind them. */
const sizes = [188, 192, 204] as const;
const syncByte = 0x47;
/** So many packets one behind the other prove that they are packets (ETSI TR 101 290, 5.2.1, 1.1: regained after five). */
const provenPackets = 5;

/** What a transport stream's bytes hold. */
export interface PacketSink {
  /** A packet begins at `at`; its sync byte may be wrong. */
  packet(bytes: Uint8Array, at: number): void;
  syncLost(): void;
  /** Bytes that are in no packet. With the packets, each of `packetBytes`, they are all the bytes there were, in their order. */
  skipped?(bytes: Uint8Array, from: number, to: number): void;
}

/** Cuts bytes into transport packets, and finds their places again where they were lost. */
export interface Framing {
  push(chunk: Uint8Array): void;
  /** The bytes are over: gives away the last packets. */
  end(): void;
  /** Bytes from one packet to the next; undefined until known. */
  readonly packetBytes: number | undefined;
}

/** Where at or behind `from` packets begin, so many of them that it is proven, and how far apart they lie. */
function findPackets(bytes: Uint8Array, from: number, known: number | undefined): { at: number; size: number } | undefined {
  for (let at = from; at < bytes.length; at++) {
    if (bytes[at] !== syncByte) continue;
    for (const size of known === undefined ? sizes : [known]) {
      let packets = 1;
      while (packets < provenPackets && bytes[at + packets * size] === syncByte) packets++;
      if (packets === provenPackets) return { at, size };
    }
  }
  return undefined;
}

/** Two wrong sync bytes one behind the other are a loss (ETSI TR 101 290, 5.2.1, 1.1). */
export function openFraming(sink: PacketSink): Framing {
  let rest = new Uint8Array(0);
  let packetBytes: number | undefined;
  let isLocked = false;

  return {
    push(chunk) {
      const bytes = new Uint8Array(rest.length + chunk.length);
      bytes.set(rest);
      bytes.set(chunk, rest.length);
      let at = 0;
      for (;;) {
        if (!isLocked || packetBytes === undefined) {
          const found = findPackets(bytes, at, packetBytes);
          const next = found?.at ?? Math.max(at, bytes.length - provenPackets * 204);
          if (next > at) sink.skipped?.(bytes, at, next);
          at = next;
          if (found === undefined) break;
          packetBytes = found.size;
          isLocked = true;
        }
        const size = packetBytes ?? 188;
        // The next packet is looked at as well, to tell one wrong sync byte from a loss.
        if (at + size + 188 > bytes.length) break;
        if (bytes[at] !== syncByte && bytes[at + size] !== syncByte) {
          sink.syncLost();
          isLocked = false;
          continue;
        }
        sink.packet(bytes, at);
        at += size;
      }
      rest = bytes.slice(at);
    },
    end() {
      const size = packetBytes ?? 188;
      let at = 0;
      for (; isLocked && at + 188 <= rest.length; at += size) sink.packet(rest, at);
      if (at < rest.length) sink.skipped?.(rest, at, rest.length);
      rest = new Uint8Array(0);
    },
    get packetBytes() {
      return packetBytes;
    },
  };
}
