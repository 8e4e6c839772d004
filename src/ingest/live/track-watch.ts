import { openSections, programMapIn, programMapsIn, sectionCrc } from "../../transport/sections.js";

/** Knows which tracks a transport stream has, and sees when they change. */
export interface TrackWatch {
  /**
   * Looks at the packet that begins at `at`.
   * @returns what changed, for people, where with this packet (and the ones behind it) the tracks are others than before
   */
  packet(bytes: Uint8Array, at: number): string | undefined;
  /** The packets of the last program tables: in front of other packets they let a reader begin there. Empty before they came. */
  tables(): Uint8Array;
}

interface Table {
  readonly sections: (payload: Uint8Array, begins: boolean) => void;
  /** Packets of the section that is coming in. */
  coming: Uint8Array[];
  /** Packets of the last section that came in whole. */
  whole: readonly Uint8Array[];
}

/** A section of 4096 bytes ends in its 23rd packet. */
const mostPackets = 24;

/**
 * Watches the program tables (ISO/IEC 13818-1, 2.4.4). Tracks are told by PID and stream type; a table that is sent again, or under
 * another version with the same tracks, is no change. A program that is added counts once its map is there, one that is taken away at once.
 */
export function openTrackWatch(): TrackWatch {
  const tables = new Map<number, Table>();
  /** Tracks of each program's map, by the PID of the map and the program's number. */
  const programs = new Map<string, string>();
  let listed: readonly number[] | undefined;
  /** Maps that a later association table added: their programs are new. */
  const added = new Set<number>();
  let change: string | undefined;

  function listenTo(pid: number): void {
    tables.set(pid, { sections: openSections((section) => take(pid, section)), coming: [], whole: [] });
  }

  function take(pid: number, section: Uint8Array): void {
    // Not the tables that will only be in force later (current_next_indicator).
    const isSound = section.length >= 12 && sectionCrc(section) === 0 && ((section[5] ?? 0) & 1) === 1;
    if (!isSound || section[0] !== (pid === 0 ? 0 : 2)) return;
    const table = tables.get(pid);
    if (table !== undefined) table.whole = [...table.coming];
    if (pid === 0) takeAssociation(programMapsIn(section));
    else takeMap(pid, section);
  }

  function takeAssociation(maps: readonly number[]): void {
    for (const pid of maps) {
      if (tables.has(pid)) continue;
      listenTo(pid);
      if (listed !== undefined) added.add(pid);
    }
    for (const pid of listed ?? []) {
      if (maps.includes(pid)) continue;
      tables.delete(pid);
      added.delete(pid);
      for (const key of programs.keys()) {
        if (!key.startsWith(`${pid} `)) continue;
        programs.delete(key);
        change = "a program was taken away";
      }
    }
    listed = maps;
  }

  function takeMap(pid: number, section: Uint8Array): void {
    const key = `${pid} ${((section[3] ?? 0) << 8) | (section[4] ?? 0)}`;
    const tracks = programMapIn(section)
      .streams.map((stream) => `${stream.pid} (type ${stream.streamType})`)
      .join(", ");
    const before = programs.get(key);
    programs.set(key, tracks);
    if (before !== undefined && before !== tracks) change = `its tracks were ${before}, now they are ${tracks || "none"}`;
    else if (before === undefined && added.has(pid)) change = `a program was added, with the tracks ${tracks}`;
  }

  listenTo(0);
  return {
    packet(bytes, at) {
      const table = tables.get((((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0));
      // Neither damaged packets nor those without a payload.
      if (table === undefined || ((bytes[at + 1] ?? 0) & 0x80) !== 0 || ((bytes[at + 3] ?? 0) & 0x10) === 0) return undefined;
      const packet = bytes.slice(at, at + 188);
      const payloadAt = 4 + (((packet[3] ?? 0) & 0x20) === 0 ? 0 : 1 + (packet[4] ?? 0));
      if (payloadAt >= packet.length) return undefined;
      const begins = ((packet[1] ?? 0) & 0x40) !== 0;
      if (begins) table.coming = [packet];
      else if (table.coming.length > 0 && table.coming.length < mostPackets) table.coming.push(packet);
      change = undefined;
      table.sections(packet.subarray(payloadAt), begins);
      return change;
    },
    tables: () => Buffer.concat([...tables.values()].flatMap(({ whole }) => whole)),
  };
}
