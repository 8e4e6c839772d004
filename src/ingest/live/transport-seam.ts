const packetBytes = 188;

/** Joins pieces of MPEG-TS, each with counters of its own, into one stream. */
export interface TransportSeam {
  /** What comes next is another piece. */
  begin(): void;
  /** Changes bytes of the piece in place; whole packets. */
  join(packets: Uint8Array): void;
}

/**
 * Packagers begin the continuity counters of each segment as they like (RFC 8216 asks for nothing else), and so does a child that
 * begins anew; a demultiplexer takes the break for lost packets, and the frame there for a damaged one. So each counter is moved on
 * by as much as lets it follow the piece before; what breaks within a piece stays broken.
 */
export function openTransportSeam(): TransportSeam {
  const last = new Map<number, number>();
  const shifts = new Map<number, number>();
  return {
    begin: () => shifts.clear(),
    join(packets) {
      for (let at = 0; at + packetBytes <= packets.length; at += packetBytes) {
        if (packets[at] !== 0x47) continue;
        const flags = packets[at + 3] ?? 0;
        const pid = (((packets[at + 1] ?? 0) & 0x1f) << 8) | (packets[at + 2] ?? 0);
        const counter = flags & 0x0f;
        const hasPayload = (flags & 0x10) !== 0;
        let shift = shifts.get(pid);
        if (shift === undefined) {
          // ISO/IEC 13818-1, 2.4.3.3: it counts packets with payload, those without repeat it.
          const before = last.get(pid);
          shift = before === undefined ? 0 : (before + (hasPayload ? 1 : 0) - counter) & 0x0f;
          shifts.set(pid, shift);
        }
        const moved = (counter + shift) & 0x0f;
        packets[at + 3] = (flags & 0xf0) | moved;
        last.set(pid, moved);
      }
    },
  };
}

/** Cuts bytes that come in any pieces into whole packets; their memory is new where they lay in two pieces. */
export function openPacketCutter(packets: (whole: Uint8Array) => void): (bytes: Uint8Array) => void {
  let rest: Uint8Array = new Uint8Array(0);
  return (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const whole = all.length - (all.length % packetBytes);
    rest = all.slice(whole);
    if (whole > 0) packets(all.subarray(0, whole));
  };
}

/**
 * The tracks that a segment declares: the streams of its first program table (ISO/IEC 13818-1, 2.4.4.8), as text to compare.
 * Undefined where it holds none.
 */
export function declaredTracks(segment: Uint8Array): string | undefined {
  let tablePid: number | undefined;
  for (let at = 0; at + packetBytes <= segment.length; at += packetBytes) {
    const byte = (offset: number): number => segment[at + offset] ?? 0;
    if (byte(0) !== 0x47 || (byte(1) & 0x40) === 0 || (byte(3) & 0x10) === 0) continue;
    const pid = ((byte(1) & 0x1f) << 8) | byte(2);
    const payload = 4 + ((byte(3) & 0x20) === 0 ? 0 : 1 + byte(4));
    const table = payload + 1 + byte(payload);
    if (pid === 0 && byte(table) === 0 && tablePid === undefined) {
      // Programs begin after eight bytes; number 0 is that of the network.
      const first = (byte(table + 8) << 8) | byte(table + 9) ? table + 8 : table + 12;
      tablePid = ((byte(first + 2) & 0x1f) << 8) | byte(first + 3);
    } else if (pid === tablePid && byte(table) === 2) {
      const end = Math.min(packetBytes, table + 3 + (((byte(table + 1) & 0x0f) << 8) | byte(table + 2)) - 4);
      const streams = table + 12 + (((byte(table + 10) & 0x0f) << 8) | byte(table + 11));
      const tracks: string[] = [];
      for (let stream = streams; stream + 5 <= end; stream += 5 + (((byte(stream + 3) & 0x0f) << 8) | byte(stream + 4)))
        tracks.push(`${byte(stream)}@${((byte(stream + 1) & 0x1f) << 8) | byte(stream + 2)}`);
      return tracks.join(" ");
    }
  }
  return undefined;
}
