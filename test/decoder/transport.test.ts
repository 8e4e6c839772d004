import { readFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { TransportIndicator, TransportSample } from "../../src/decoder/index.js";
import { openTransportMonitor } from "../../src/decoder/transport/monitor.js";
import { openRepetition } from "../../src/decoder/transport/repetition.js";
import { h264, makeClip, movingPicture, warble } from "../media/make.js";

const packetBytes = 188;
let whole: Buffer;
let origin = 0;
beforeAll(async () => {
  const file = await makeClip({
    inputs: [movingPicture({ seconds: 8 }), warble({ seconds: 8 })],
    options: [
      ...h264,
      "-bf",
      "0",
      "-c:a",
      "mp2",
      "-muxrate",
      "1M",
      "-pcr_period",
      "40",
      "-muxdelay",
      "0.2",
      "-pat_period",
      "0.2",
    ],
    extension: "ts",
  });
  whole = await readFile(file);
  origin = watch(whole, 0).samples[0]?.pts ?? 0;
});

interface Watched {
  /** How often each indicator was counted; those at 0 left out. */
  readonly counts: Partial<Record<TransportIndicator, number>>;
  readonly samples: readonly TransportSample[];
  readonly facts: ReturnType<ReturnType<typeof openTransportMonitor>["end"]>;
}

function watch(bytes: Uint8Array, originSeconds = origin, chunkBytes = 65_536): Watched {
  const samples: TransportSample[] = [];
  const monitor = openTransportMonitor(originSeconds, (sample) => samples.push(sample));
  for (let at = 0; at < bytes.length; at += chunkBytes) monitor.push(bytes.subarray(at, at + chunkBytes));
  const facts = monitor.end();
  const counts: Partial<Record<TransportIndicator, number>> = {};
  for (const sample of samples) {
    for (const [name, count] of Object.entries(sample.counts) as [TransportIndicator, number][]) {
      if (count > 0) counts[name] = (counts[name] ?? 0) + count;
    }
  }
  return { counts, samples, facts };
}

const pidAt = (bytes: Uint8Array, at: number): number => (((bytes[at + 1] ?? 0) & 0x1f) << 8) | (bytes[at + 2] ?? 0);
const hasPcr = (bytes: Uint8Array, at: number): boolean =>
  ((bytes[at + 3] ?? 0) & 0x20) !== 0 && (bytes[at + 4] ?? 0) > 0 && ((bytes[at + 5] ?? 0) & 0x10) !== 0;

/** The stream with each packet as `change` gives it back; undefined leaves it out. `share` is its place in the stream, 0..1. */
function changed(change: (packet: Buffer, share: number) => Buffer | undefined): Buffer {
  const packets: Buffer[] = [];
  for (let at = 0; at + packetBytes <= whole.length; at += packetBytes) {
    const packet = change(Buffer.from(whole.subarray(at, at + packetBytes)), at / whole.length);
    if (packet !== undefined) packets.push(packet);
  }
  return Buffer.concat(packets);
}

describe("the packets of a transport stream", () => {
  it("have nothing wrong where nothing is, in chunks of any size", () => {
    const { counts, samples, facts } = watch(whole);
    expect(counts).toEqual({});
    expect(facts).toMatchObject({ packetBytes, packets: whole.length / packetBytes });
    expect(facts?.tracks.map(({ medium }) => medium)).toEqual(["picture", "sound"]);
    expect(facts?.bitsPerSecond).toBeGreaterThan(0.95e6);
    expect(facts?.bitsPerSecond).toBeLessThan(1.05e6);
    expect(facts?.nullRatio).toBeGreaterThan(0.1);
    expect(samples.length).toBeGreaterThan(190);
    expect(samples.at(-1)?.pts).toBeCloseTo(7.96, 2);
    expect(watch(whole, origin, 1000)).toEqual({ counts, samples, facts });
  });

  it("are watched in the wrappings of M2TS as well", () => {
    const wrapped = Buffer.concat(
      Array.from({ length: whole.length / packetBytes }, (_, n) =>
        Buffer.concat([Buffer.alloc(4), whole.subarray(n * packetBytes, (n + 1) * packetBytes)]),
      ),
    );
    expect(watch(wrapped)).toMatchObject({ counts: {}, facts: { packetBytes: 192, packets: whole.length / packetBytes } });
  });

  it.each<[string, TransportIndicator, number, () => Buffer]>([
    [
      "one packet of the picture that is lost",
      "continuityErrors",
      1,
      () => {
        let lost = false;
        return changed((packet, share) => {
          if (lost || share < 0.5 || pidAt(packet, 0) !== 256 || (packet[3] ?? 0) >> 4 !== 1) return packet;
          lost = true;
          return undefined;
        });
      },
    ],
    [
      "a wrong sync byte",
      "syncByteErrors",
      1,
      () => {
        const bytes = Buffer.from(whole);
        bytes[Math.round(bytes.length / 2 / packetBytes) * packetBytes] = 0;
        return bytes;
      },
    ],
    [
      "bytes that are missing in a packet",
      "syncLosses",
      1,
      () => {
        const at = Math.round(whole.length / 2 / packetBytes) * packetBytes + 50;
        return Buffer.concat([whole.subarray(0, at), whole.subarray(at + 40)]);
      },
    ],
    [
      "a packet that a receiver before us gave up",
      "transportErrors",
      1,
      () => {
        let marked = false;
        return changed((packet, share) => {
          if (!marked && share > 0.5) packet[1] = (packet[1] ?? 0) | 0x80;
          marked ||= share > 0.5;
          return packet;
        });
      },
    ],
    [
      "a table with a changed byte",
      "crcErrors",
      1,
      () => {
        let broken = false;
        return changed((packet, share) => {
          if (broken || share < 0.5 || pidAt(packet, 0) !== 0) return packet;
          broken = true;
          packet[14] = 255 - (packet[14] ?? 0);
          return packet;
        });
      },
    ],
    [
      "no table of programs for 1.5 s",
      "patErrors",
      1,
      () => changed((packet, share) => (share > 0.5 && share < 0.7 && pidAt(packet, 0) === 0 ? undefined : packet)),
    ],
    [
      "a clock that jumps by 5 s",
      "pcrDiscontinuityErrors",
      1,
      () =>
        changed((packet, share) => {
          if (share < 0.5 || !hasPcr(packet, 0)) return packet;
          packet.writeUInt32BE(packet.readUInt32BE(6) + 5 * 45_000, 6);
          return packet;
        }),
    ],
    [
      "a clock that is not told for 0.4 s",
      "pcrRepetitionErrors",
      1,
      () =>
        changed((packet, share) => {
          if (share > 0.5 && share < 0.55 && hasPcr(packet, 0)) packet[5] = (packet[5] ?? 0) & ~0x10;
          return packet;
        }),
    ],
    [
      "a sound track that ends in the middle",
      "ptsErrors",
      1,
      () => changed((packet, share) => (share > 0.3 && pidAt(packet, 0) === 257 ? undefined : packet)),
    ],
    [
      "a sound track that stays away for 5 s",
      "pidErrors",
      1,
      () => changed((packet, share) => (share > 0.2 && pidAt(packet, 0) === 257 ? undefined : packet)),
    ],
  ])("show %s", (_, indicator, count, damaged) => {
    expect(watch(damaged()).counts).toMatchObject({ [indicator]: count });
  });

  it("tell at which picture packets were lost", () => {
    let lost = 0;
    const damaged = changed((packet, share) => (share > 0.5 && pidAt(packet, 0) === 256 && lost++ < 3 ? undefined : packet));
    const [hit] = watch(damaged).samples.filter(({ counts }) => counts.continuityErrors > 0);
    expect(Math.abs((hit?.pts ?? 0) - 4)).toBeLessThan(0.4);
  });

  it("show where the tracks of the program change", () => {
    const { samples } = watch(Buffer.concat([whole, changed((packet) => packet)]));
    expect(samples.some(({ discontinuityBefore }) => discontinuityBefore)).toBe(true);
    expect(samples.every(({ programChanges }) => programChanges === 0)).toBe(true);
  });

  it("are none in a file that is none", () => {
    expect(watch(Buffer.alloc(100_000, 7)).facts).toBeUndefined();
  });
});

it("a clock that comes each 100 ms to the tick is not late, wherever one begins to read", () => {
  for (let start = 0; start < 200; start++) {
    const clock = openRepetition(0.1);
    let seconds = 0;
    for (let sent = 0; sent < 50; sent++) {
      const [before, now] = [(start * 3003 + sent * 9000) / 90_000, (start * 3003 + (sent + 1) * 9000) / 90_000];
      clock.seen(seconds);
      seconds += now - before;
      expect(clock.isLate(seconds)).toBe(false);
    }
  }
});
