import { openFraming } from "../../transport/framing.js";
import {
  indicatorNames,
  limitSeconds,
  type TransportFacts,
  type TransportIndicator,
  transportIndicators,
  type TransportSample,
} from "./indicators.js";
import { openRepetition, type Repetition } from "./repetition.js";
import {
  type ElementaryStream,
  mediumOf,
  openSections,
  programMapIn,
  programMapsIn,
  sectionCrc,
} from "../../transport/sections.js";
import { pcrAt, ptsAt, unwrap } from "./stamps.js";

const nullPid = 0x1fff;
/** Media time that goes on by more than this, or runs back by more than a second, is torn. */
const tornSeconds = 10;
/**
 * A clock that goes on by so much more or less than the time stamps beside it has jumped; one that only came late has not. Writers
 * of files without stuffing set it back by some hundredths of a second without harm, so that 0.1 s (the standard's step) is not enough.
 */
const clockJumpSeconds = 0.3;
const mostBackwardSeconds = 0.1;

/** Watches the packets of a transport stream. */
export interface TransportMonitor {
  push(chunk: Uint8Array): void;
  /** The bytes are over. Undefined where no packets were found. */
  end(): TransportFacts | undefined;
}

interface Track extends ElementaryStream {
  readonly medium: ReturnType<typeof mediumOf>;
  packets: number;
  continuityErrors: number;
  lastSeenSeconds: number;
  isMissing: boolean;
  lastPts: number | undefined;
  readonly ptsRepetition: Repetition;
}

/**
 * Reads the headers of transport packets, program tables and time stamps; never a payload.
 *
 * Times: what the limits are held against is the stream's own clock (PCR), which goes on over jumps; where on the media's clock
 * something is, follows from the time stamps of the picture (else the first sound) around it, which need no model of a buffer.
 *
 * @param originSeconds source time of the first presented frame or sample
 * @param emit receives a sample for each picture (or run of sound); its objects are its own
 */
export function openTransportMonitor(originSeconds: number, emit: (sample: TransportSample) => void): TransportMonitor {
  const continuity = new Int8Array(8192).fill(-1);
  const isDuplicate = new Uint8Array(8192);
  const tracks = new Map<number, Track>();
  const sections = new Map<number, (payload: Uint8Array, begins: boolean) => void>();
  const programs = new Map<number, string>();
  const totals = zeroes();
  let counts = zeroes();
  let programChanges = 0;
  let packets = 0;
  let nulls = 0;
  let packetsInSample = 0;
  let hasCat = false;

  const pat = openRepetition(limitSeconds.pat);
  const pmt = openRepetition(limitSeconds.pmt);
  const pcr = openRepetition(limitSeconds.pcr);
  let pcrPid: number | undefined;
  let lastPcr: number | undefined;
  /** How far media time had come at the last PCR. */
  let mediaAtPcr: number | undefined;
  /** The stream's clock: starts at 0, goes on over jumps. */
  let clockSeconds = 0;

  let timePid: number | undefined;
  let mediaSeconds: number | undefined;
  let sampleSeconds: number | undefined;
  let torn: Pick<TransportSample, "discontinuityBefore" | "previousEndSeconds"> = { discontinuityBefore: false };

  const framing = openFraming({
    packet,
    syncLost: () => count("syncLosses"),
  });

  function count(indicator: TransportIndicator): void {
    counts[indicator]++;
    totals[indicator]++;
  }

  function giveSample(): void {
    if (sampleSeconds === undefined) return;
    const bytes = packetsInSample * (framing.packetBytes ?? 188);
    emit({ pts: sampleSeconds, counts, programChanges, bytes, ...torn });
    counts = zeroes();
    programChanges = packetsInSample = 0;
    torn = { discontinuityBefore: false };
  }

  /** Media time has come to this time stamp of the track that tells it. */
  function reach(stamp: number): void {
    const seconds = unwrap(stamp, originSeconds + (mediaSeconds ?? 0)) - originSeconds;
    const before = mediaSeconds;
    if (before === undefined) {
      sampleSeconds = mediaSeconds = seconds;
      return;
    }
    const step = seconds - before;
    const isTorn = step > tornSeconds || step < -1;
    // Pictures are sent in another order than they are shown in.
    if (!isTorn && step <= 0) return;
    giveSample();
    if (isTorn) torn = { discontinuityBefore: true, previousEndSeconds: before };
    sampleSeconds = mediaSeconds = seconds;
  }

  function takePcr(seconds: number, isAnnounced: boolean): void {
    if (lastPcr !== undefined) {
      const step = unwrap(seconds, lastPcr) - lastPcr;
      const stamped = mediaSeconds === undefined || mediaAtPcr === undefined ? step : mediaSeconds - mediaAtPcr;
      const isJump = step < -mostBackwardSeconds || step > tornSeconds || Math.abs(step - stamped) > clockJumpSeconds;
      if (!isAnnounced && isJump) count("pcrDiscontinuityErrors");
      if (!isJump) {
        clockSeconds += Math.max(0, step);
        if (!isAnnounced && pcr.isLate(clockSeconds)) count("pcrRepetitionErrors");
      }
    }
    lastPcr = seconds;
    mediaAtPcr = mediaSeconds;
    pcr.seen(clockSeconds);
    // A clock that comes seldom cannot tell half a second.
    const isFine = pcr.isKept;
    if (isFine && pat.isLate(clockSeconds)) count("patErrors");
    if (isFine && pmt.isLate(clockSeconds)) count("pmtErrors");
    for (const track of tracks.values()) {
      if (track.medium === "other") continue;
      if (!track.isMissing && clockSeconds - track.lastSeenSeconds > limitSeconds.pid) {
        track.isMissing = true;
        count("pidErrors");
      }
      if (isFine && track.ptsRepetition.isLate(clockSeconds)) count("ptsErrors");
    }
  }

  function takeSection(pid: number, section: Uint8Array): void {
    const [table] = section;
    if (sectionCrc(section) !== 0) return count("crcErrors");
    if (pid === 0) {
      if (table !== 0) return count("patErrors");
      pat.seen(clockSeconds);
      for (const map of programMapsIn(section)) if (!sections.has(map)) listenTo(map);
    } else if (table === 2) {
      pmt.seen(clockSeconds);
      takeProgram(pid, section);
    }
  }

  function takeProgram(pid: number, section: Uint8Array): void {
    const map = programMapIn(section);
    const text = map.streams.map(({ pid: of, streamType }) => `${of}:${streamType}`).join();
    const known = programs.get(pid);
    if (known === text) return;
    programs.set(pid, text);
    if (known !== undefined) {
      programChanges++;
      const gone = new Set(known.split(",").map((entry) => Number(entry.split(":")[0])));
      for (const old of gone) if (!map.streams.some((stream) => stream.pid === old)) tracks.delete(old);
    }
    if (pcrPid === undefined) {
      pcrPid = map.pcrPid;
      lastPcr = undefined;
    }
    for (const stream of map.streams) {
      if (tracks.get(stream.pid)?.streamType === stream.streamType) continue;
      tracks.set(stream.pid, {
        ...stream,
        medium: mediumOf(stream.streamType),
        packets: 0,
        continuityErrors: 0,
        lastSeenSeconds: clockSeconds,
        isMissing: false,
        lastPts: undefined,
        ptsRepetition: openRepetition(limitSeconds.pts),
      });
    }
    const all = [...tracks.values()];
    timePid = (all.find(({ medium }) => medium === "picture") ?? all.find(({ medium }) => medium === "sound"))?.pid;
  }

  function listenTo(pid: number): void {
    sections.set(
      pid,
      openSections((section) => takeSection(pid, section)),
    );
  }
  listenTo(0);

  function checkContinuity(pid: number, counter: number, hasPayload: boolean, isAnnounced: boolean): void {
    const before = continuity[pid] ?? -1;
    continuity[pid] = counter;
    if (before < 0 || isAnnounced || !hasPayload) return;
    const isRepeated = counter === before;
    const isWrong = isRepeated ? isDuplicate[pid] === 1 : counter !== ((before + 1) & 15);
    isDuplicate[pid] = isRepeated ? 1 : 0;
    if (!isWrong) return;
    count("continuityErrors");
    const track = tracks.get(pid);
    if (track !== undefined) track.continuityErrors++;
  }

  function packet(bytes: Uint8Array, at: number): void {
    packets++;
    packetsInSample++;
    if (bytes[at] !== 0x47) count("syncByteErrors");
    const second = bytes[at + 1] ?? 0;
    const fourth = bytes[at + 3] ?? 0;
    const pid = ((second & 0x1f) << 8) | (bytes[at + 2] ?? 0);
    if ((second & 0x80) !== 0) {
      // Nothing else of it can be trusted (ETSI TR 101 290, 5.2.2, 2.1).
      count("transportErrors");
      return;
    }
    if (pid === nullPid) {
      nulls++;
      return;
    }
    const hasField = (fourth & 0x20) !== 0;
    const hasPayload = (fourth & 0x10) !== 0;
    const fieldBytes = hasField ? (bytes[at + 4] ?? 0) : 0;
    const flags = fieldBytes > 0 ? (bytes[at + 5] ?? 0) : 0;
    const isAnnounced = (flags & 0x80) !== 0;
    if ((fourth & 0xc0) !== 0 && !hasCat && totals.catErrors === 0) count("catErrors");
    if (pid === 1) hasCat = true;
    checkContinuity(pid, fourth & 15, hasPayload, isAnnounced);
    if ((flags & 0x10) !== 0 && (pcrPid === undefined || pid === pcrPid)) takePcr(pcrAt(bytes, at + 5), isAnnounced);
    if (!hasPayload) return;

    const payload = at + 4 + (hasField ? 1 + fieldBytes : 0);
    const begins = (second & 0x40) !== 0;
    const track = tracks.get(pid);
    if (track !== undefined) {
      track.packets++;
      track.lastSeenSeconds = clockSeconds;
      track.isMissing = false;
      if (begins && payload + 14 <= at + 188) takeStamp(track, ptsAt(bytes, payload));
    } else if (payload < at + 188) {
      sections.get(pid)?.(bytes.subarray(payload, at + 188), begins);
    }
  }

  function takeStamp(track: Track, stamp: number | undefined): void {
    if (stamp === undefined) return;
    track.lastPts = stamp;
    track.ptsRepetition.seen(clockSeconds);
    if (track.pid === timePid) reach(stamp);
  }

  function applies(indicator: TransportIndicator): boolean {
    if (indicator === "patErrors") return pcr.isKept && pat.isKept;
    if (indicator === "pmtErrors") return pcr.isKept && pmt.isKept;
    return (indicator !== "pcrRepetitionErrors" && indicator !== "ptsErrors") || pcr.isKept;
  }

  return {
    push: framing.push,
    end() {
      framing.end();
      giveSample();
      if (packets === 0) return undefined;
      const packetBytes = framing.packetBytes ?? 188;
      const perSecond = (count: number) => (clockSeconds > 0 ? { bitsPerSecond: (8 * packetBytes * count) / clockSeconds } : {});
      return {
        packetBytes,
        packets,
        nullRatio: nulls / packets,
        ...perSecond(packets),
        tracks: [...tracks.values()].map((track) => ({
          pid: track.pid,
          streamType: track.streamType,
          medium: track.medium,
          packets: track.packets,
          ...perSecond(track.packets),
          continuityErrors: track.continuityErrors,
        })),
        indicators: [
          ...indicatorNames.map((indicator) => {
            const name = transportIndicators[indicator];
            if (applies(indicator) || totals[indicator] > 0) return { name, count: totals[indicator] };
            return { name, notApplicable: "The stream does not keep to the limit as a rule, as files and segments do not." };
          }),
          { name: "2.4 PCR_accuracy_error", notApplicable: "Bytes out of a file, or over HTTP, do not say when they were sent." },
        ],
        longestSeconds: { pat: pat.longestSeconds, pmt: pmt.longestSeconds, pcr: pcr.longestSeconds },
      };
    },
  };
}

function zeroes(): Record<TransportIndicator, number> {
  return {
    syncLosses: 0,
    syncByteErrors: 0,
    patErrors: 0,
    continuityErrors: 0,
    pmtErrors: 0,
    pidErrors: 0,
    transportErrors: 0,
    crcErrors: 0,
    pcrRepetitionErrors: 0,
    pcrDiscontinuityErrors: 0,
    ptsErrors: 0,
    catErrors: 0,
  };
}
