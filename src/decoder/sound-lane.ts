import type { Complaint, openErrorCounts } from "./decode-errors.js";
import type { DecodeRequest, DecodeSinks } from "./decode-request.js";
import { arrivalOf, type AudioBlock } from "./frame.js";
import type { LaneVerdict } from "./picture-lane.js";
import type { FilterLine } from "./showinfo.js";
import type { ExpectedSound } from "./sound-reader.js";
import { betweenSounds, continuous } from "./timeline.js";

type SoundLine = Extract<FilterLine, { kind: "sound" }>;
type SoundSource = Extract<FilterLine, { kind: "source" }>;

/** One sound track of one request over all the children that it takes. Cut to the sample at start and end. */
export interface SoundLane {
  /** A new child begins. `fromStart`: it did not seek, so it cannot have begun too late. */
  begin(fromStart: boolean): void;
  /** The format of what the decoder gives from now on; the runs that come next are made of it. */
  source(format: Pick<SoundSource, "sampleRate" | "channels">): void;
  /** The next run of the child, with the complaints since the one before it, and how long the source let us wait for it. */
  run(
    line: SoundLine,
    seconds: number | undefined,
    complaints: readonly Complaint[],
    waitedSeconds?: number,
  ): { run: ExpectedSound; verdict: LaneVerdict };
  /** Complaints after the child's last run. */
  end(complaints: readonly Complaint[]): void;
  /** Time at which the last run that the child gave ends, if any. */
  readonly reachedSeconds: number | undefined;
  readonly isInside: boolean;
  /** The first run at or after the end has come. */
  readonly isPast: boolean;
  readonly deliveredSeconds: number | undefined;
  /** Complaints about the child's last run. */
  readonly lastComplaints: readonly Complaint[];
  /** Seconds of sound delivered. */
  readonly soundSeconds: number;
  /** Time ran backwards among the runs delivered. */
  readonly backwardJump: boolean;
}

const streamContainers = /^(mpegts|mpeg)$/;
/** Some decoders (MPEG audio) say of their first frame what the probe said of the track, and only then what it is. */
const settlingRuns = 2;
/** The decoder's own, and ffmpeg's that it was given a packet in vain. */
const complaintsOfOnePacket = 2;

export function openSoundLane(
  request: DecodeRequest,
  sinks: DecodeSinks,
  track: number,
  errors: ReturnType<typeof openErrorCounts>,
): SoundLane {
  const { startSeconds } = request;
  const endSeconds = request.endSeconds ?? Infinity;
  let fromStart = true;
  let begun = false;
  let inside = false;
  let past = false;
  let previousEnd: number | undefined;
  let resumeAfter: number | undefined;
  let delivered: number | undefined;
  let lastComplaints: readonly Complaint[] = [];
  let source: AudioBlock["source"];
  let isNewFormat = false;
  /** What the child gave so far. */
  let runs = 0;
  let soundSeconds = 0;
  let backwardJump = false;

  /** A recording of a stream begins anywhere, also in the middle of a packet of sound: that one packet is no damage. */
  function isJoined(complaints: readonly Complaint[]): boolean {
    return streamContainers.test(request.media.container) && complaints.length <= complaintsOfOnePacket;
  }

  /** What rounding can make of one time, in seconds. */
  const roundingSeconds = 1e-6;

  return {
    begin(nextFromStart) {
      fromStart = nextFromStart;
      begun = false;
      runs = 0;
      resumeAfter = delivered;
      previousEnd = delivered;
      // What was announced and never delivered has not happened.
      inside = delivered !== undefined;
      past = delivered !== undefined && delivered >= endSeconds - roundingSeconds;
    },

    source({ sampleRate, channels }) {
      if (source?.sampleRate === sampleRate && source.channels === channels) return;
      isNewFormat = source !== undefined && runs >= settlingRuns;
      source = { sampleRate, channels };
    },

    run(line, knownSeconds, allComplaints, waitedSeconds) {
      const { samples, channels, sampleRate } = line;
      runs++;
      const complaints = !begun && fromStart && isJoined(allComplaints) ? [] : allComplaints;
      const start = knownSeconds ?? previousEnd ?? 0;
      const end = start + samples / sampleRate;
      const dropped: ExpectedSound = { samples, channels, deliver: undefined };
      // Half a sample is what rounding can make of one time.
      const half = 0.5 / sampleRate;
      const from = resumeAfter ?? startSeconds;
      const beganLate = !begun && !fromStart && start > from + half;
      begun = true;
      if (beganLate) return { run: dropped, verdict: "began too late" };
      lastComplaints = complaints;
      const cutting = resumeAfter !== undefined || (!inside && startSeconds > 0);
      if (past || (cutting && end <= from + half)) {
        if (resumeAfter === undefined) previousEnd = end;
        return { run: dropped, verdict: "goes on" };
      }
      const skipped = cutting ? Math.max(0, Math.round((from - start) * sampleRate)) : 0;
      const kept = Math.min(samples, Math.round((endSeconds - start) * sampleRate));
      const between = skipped > 0 ? continuous : betweenSounds(previousEnd, start);
      if (between.previousEndSeconds !== undefined && start < between.previousEndSeconds) backwardJump = true;
      inside = true;
      resumeAfter = undefined;
      previousEnd = end;
      past = end >= endSeconds - half;
      if (kept <= skipped) return { run: dropped, verdict: "goes on" };

      const pts = start + skipped / sampleRate;
      const facts = {
        ...arrivalOf(knownSeconds, isNewFormat, waitedSeconds),
        ...(source === undefined ? {} : { source }),
      };
      isNewFormat = false;
      return {
        verdict: "goes on",
        run: {
          samples,
          channels,
          deliver: (planes) => {
            delivered = start + kept / sampleRate;
            soundSeconds += (kept - skipped) / sampleRate;
            for (const complaint of complaints) errors.add(complaint, pts);
            return sinks.sound({
              pts,
              track,
              sampleRate,
              channels,
              samples: kept - skipped === samples ? planes : planes.map((plane) => plane.subarray(skipped, kept)),
              ...between,
              decodeErrors: complaints.length,
              ...facts,
            });
          },
        },
      };
    },

    end(complaints) {
      lastComplaints = [...lastComplaints, ...complaints];
      if (!inside || past) return;
      for (const complaint of complaints) errors.add(complaint, previousEnd ?? 0);
    },

    get reachedSeconds() {
      return previousEnd;
    },
    get isInside() {
      return inside && !past && resumeAfter === undefined;
    },
    get isPast() {
      return past;
    },
    get deliveredSeconds() {
      return delivered;
    },
    get lastComplaints() {
      return lastComplaints;
    },
    get soundSeconds() {
      return soundSeconds;
    },
    get backwardJump() {
      return backwardJump;
    },
  };
}
