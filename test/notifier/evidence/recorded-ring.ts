import { readFile, writeFile } from "node:fs/promises";
import type { LiveRing } from "../../../src/ingest/index.js";
import { makeClip } from "../../media/make.js";

/** A stream that was recorded as it arrived: all of its bytes, and when each part of it came. */
export interface RecordedRing extends LiveRing {
  /** Wall clock, in milliseconds, of the arrival of a moment of the film, in seconds from its start. */
  arrivalOf(seconds: number): number;
  /** The time stamp of a moment of the film. */
  sourceSecondsOf(seconds: number): number;
  /** Gives all of it as it arrived, part by part; `tables` are its first packets, which tell of its tracks. */
  replay(take: (bytes: Buffer, atMilliseconds: number, tables: Buffer) => void): void;
  /** How often something was cut. */
  readonly cuts: number;
}

/** The film's first byte arrived then. */
const beganAtMilliseconds = Date.parse("2026-01-02T03:04:05Z");
const packetBytes = 188;
const pcrHertz = 27_000_000;
/** ffmpeg begins with the service description, the program association and the program map. */
const tablePackets = 3;

interface RecordedFilm {
  /** libavfilter's source of the picture. */
  readonly picture?: string;
  readonly seconds: number;
  readonly options?: readonly string[];
  /** The first time stamp, in seconds. */
  readonly originSeconds?: number;
}

/** 40 s of a test picture with a tone; from 20 s to `20 + blackSeconds` the picture is black. */
export function filmWithBlack(blackSeconds: number, size = "160x90"): RecordedFilm {
  return {
    picture: `testsrc=s=${size}:r=25:d=40,drawbox=color=black:thickness=fill:enable=between(t\\,20\\,${20 + blackSeconds - 0.02})`,
    seconds: 40,
  };
}

/** The clock references of a transport stream (ISO/IEC 13818-1, 2.4.3.5): where in the file they stand, and what they say in seconds. */
function clockReferences(bytes: Buffer): { readonly offset: number; readonly seconds: number }[] {
  const references: { offset: number; seconds: number }[] = [];
  for (let offset = 0; offset + packetBytes <= bytes.length; offset += packetBytes) {
    const hasAdaptation = ((bytes[offset + 3] ?? 0) & 0x20) !== 0 && (bytes[offset + 4] ?? 0) > 6;
    if (!hasAdaptation || ((bytes[offset + 5] ?? 0) & 0x10) === 0) continue;
    const base = bytes.readUInt32BE(offset + 6) * 2 + ((bytes[offset + 10] ?? 0) >> 7);
    references.push({ offset, seconds: (base * 300) / pcrHertz });
  }
  return references;
}

/** A ring that holds all of a film, sent at its own pace from `beganAt` on. */
export async function recordRing({ picture, seconds, options = [], originSeconds = 0 }: RecordedFilm): Promise<RecordedRing> {
  const tone = `sine=f=440:r=48000:d=${seconds}`;
  const file = await makeClip({
    inputs: picture === undefined ? [tone] : [picture, tone],
    options: [
      ...(picture === undefined ? [] : ["-c:v", "libx264", "-preset", "ultrafast", "-g", "50", "-bf", "0"]),
      ...["-c:a", "mp2", "-b:a", "64k", "-muxdelay", "0", "-muxpreload", "0"],
      ...["-output_ts_offset", String(originSeconds), ...options, "-f", "mpegts"],
    ],
    extension: "ts",
  });
  const bytes = await readFile(file);
  const references = clockReferences(bytes);
  const first = references[0]?.seconds ?? 0;
  /** The first byte that arrives at or after a moment. */
  const offsetAt = (atMilliseconds: number) =>
    references.find(({ seconds: at }) => (at - first) * 1000 >= atMilliseconds - beganAtMilliseconds)?.offset ?? bytes.length;
  let cuts = 0;
  return {
    get cuts() {
      return cuts;
    },
    arrivalOf: (at) => beganAtMilliseconds + at * 1000,
    sourceSecondsOf: (at) => originSeconds + at,
    replay(take) {
      for (const [index, { offset, seconds: at }] of references.entries()) {
        const part = bytes.subarray(index === 0 ? 0 : offset, references[index + 1]?.offset ?? bytes.length);
        take(part, beganAtMilliseconds + (at - first) * 1000, bytes.subarray(0, tablePackets * packetBytes));
      }
    },
    async cut(fromMilliseconds, untilMilliseconds, target) {
      cuts += 1;
      const part = bytes.subarray(offsetAt(fromMilliseconds), offsetAt(untilMilliseconds));
      if (part.length === 0) return false;
      await writeFile(target, part);
      return true;
    },
  };
}
