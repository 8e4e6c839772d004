import type { CodedPictures } from "../../analyzers/index.js";
import type { TransportFacts } from "../../decoder/index.js";
import type { ManifestFacts } from "../../ingest/index.js";
import { redact } from "../../log.js";
import { roundSeconds, roundValue } from "../rounding.js";
import type { ReportMedia } from "./json.js";
import type { Report } from "./schema.js";

type Stream = NonNullable<Report["stream"]>;

/** The most kinds of complaints that a report tells of: a stream of noise makes a new one with every packet. */
const mostErrors = 40;
/** The most faults of playlists. */
const mostManifestFaults = 100;

/** The stream itself as the report tells it: what is declared beside what was found, and what the decoder complained of. */
export function streamEntry({ info, outcome, range }: ReportMedia, pictures: CodedPictures | undefined): Stream {
  const ends = [outcome.pictureEndSeconds, outcome.soundEndSeconds].filter((end) => end !== undefined);
  const found = ends.length === 0 ? undefined : Math.max(...ends);
  const declared = info.durationDeclared ? info.durationSeconds : undefined;
  const lasts = declared ?? info.durationSeconds ?? found;
  return {
    ...(declared === undefined ? {} : { durationDeclaredSeconds: roundSeconds(declared) }),
    ...(found === undefined || range !== undefined ? {} : { durationSeconds: roundSeconds(found) }),
    ...(info.bytes === undefined || lasts === undefined || lasts <= 0
      ? {}
      : { bitsPerSecond: roundValue((8 * info.bytes) / lasts) }),
    ...(pictures === undefined ? {} : { video: videoEntry(pictures, info) }),
    audio: info.audio.map(({ declaredBitsPerSecond }, track) => ({
      track,
      ...(declaredBitsPerSecond === undefined ? {} : { bitsPerSecondDeclared: roundValue(declaredBitsPerSecond) }),
    })),
    ...(outcome.transport === undefined ? {} : { transport: transportEntry(outcome.transport) }),
    ...(info.manifest === undefined ? {} : { manifest: manifestEntry(info.manifest) }),
    errors: (outcome.errors ?? [])
      .toSorted((one, other) => one.firstSeconds - other.firstSeconds || other.count - one.count)
      .slice(0, mostErrors)
      .map(({ medium, kind, count, firstSeconds, lastSeconds, example }) => ({
        medium,
        kind: redact(kind),
        count,
        firstSeconds: roundSeconds(firstSeconds),
        lastSeconds: roundSeconds(lastSeconds),
        example: redact(example),
      })),
  };
}

function manifestEntry({ ended, renditions, faults }: ManifestFacts): Stream["manifest"] {
  return {
    ended,
    renditions: renditions.map((rendition) => ({
      ...rendition,
      durationSeconds: roundSeconds(rendition.durationSeconds),
      targetSeconds: roundValue(rendition.targetSeconds),
    })),
    faults: faults.slice(0, mostManifestFaults).map((fault) => ({
      ...fault,
      reason: redact(fault.reason),
      startSeconds: roundSeconds(fault.startSeconds),
      endSeconds: roundSeconds(fault.endSeconds),
    })),
  };
}

function transportEntry({ tracks, indicators, longestSeconds, bitsPerSecond, ...facts }: TransportFacts): Stream["transport"] {
  const rate = (bits: number | undefined) => (bits === undefined ? {} : { bitsPerSecond: roundValue(bits) });
  const { pat, pmt, pcr } = longestSeconds;
  return {
    ...facts,
    nullRatio: roundValue(facts.nullRatio),
    ...rate(bitsPerSecond),
    tracks: tracks.map(({ bitsPerSecond: bits, ...track }) => ({ ...track, ...rate(bits) })),
    indicators: indicators.map((indicator) => ({ ...indicator })),
    longestSeconds: { pat: roundSeconds(pat), pmt: roundSeconds(pmt), pcr: roundSeconds(pcr) },
  };
}

function videoEntry(pictures: CodedPictures, { video }: ReportMedia["info"]): Stream["video"] {
  const { frames, frameRate, irregularRatio, keyframes, otherIntraFrames, gop } = pictures;
  const { frameRate: declaredRate = 0, declaredFrames, declaredBitsPerSecond } = video ?? {};
  return {
    ...(frameRate === undefined ? {} : { frameRate: roundValue(frameRate) }),
    ...(declaredRate > 0 && video?.still !== true ? { frameRateDeclared: roundValue(declaredRate) } : {}),
    ...(irregularRatio === undefined ? {} : { irregularRatio: roundValue(irregularRatio) }),
    ...(declaredFrames === undefined ? {} : { framesDeclared: declaredFrames }),
    frames,
    keyframes,
    otherIntraFrames,
    ...(gop === undefined
      ? {}
      : {
          gop: {
            shortestSeconds: roundSeconds(gop.shortestSeconds),
            meanSeconds: roundSeconds(gop.meanSeconds),
            longestSeconds: roundSeconds(gop.longestSeconds),
            longestFrames: gop.longestFrames,
          },
        }),
    ...(declaredBitsPerSecond === undefined ? {} : { bitsPerSecondDeclared: roundValue(declaredBitsPerSecond) }),
  };
}
