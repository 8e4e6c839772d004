import { type Complaint, damagedRows, type openErrorCounts } from "./decode-errors.js";
import type { DecodeOutcome } from "./decode-outcome.js";
import type { DecodeRequest, DecodeSinks } from "./decode-request.js";
import { arrivalOf, type VideoFrame } from "./frame.js";
import type { ExpectedFrame } from "./picture-reader.js";
import { deliveredFormat, layOutFrame } from "./pixel-format.js";
import type { PlaneLayout } from "./pixel-format.js";
import { openRunIn } from "./run-in.js";
import type { FilterLine } from "./showinfo.js";
import { betweenFrames, longestFrameDistance, nominalFrameSeconds } from "./timeline.js";

type PictureLine = Extract<FilterLine, { kind: "picture" }>;
type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** What a frame's line says about decoding: go on, or this child began too late and must be started earlier. */
export type LaneVerdict = "goes on" | "began too late";

/** The picture of one request over all the children that it takes: where it stands, and what was delivered. */
export interface PictureLane {
  /** A new child begins. `fromStart`: it did not seek, so what it gives is right from its first frame. */
  begin(fromStart: boolean): void;
  /** The next frame of the child, with the complaints since the one before it, how long the source let us wait for it, and whether it has captions. */
  frame(
    line: PictureLine,
    seconds: number | undefined,
    complaints: readonly Complaint[],
    extras?: { readonly waitedSeconds: number | undefined; readonly captions: boolean },
  ): { frame: ExpectedFrame; verdict: LaneVerdict };
  /** Complaints after the child's last frame. */
  end(complaints: readonly Complaint[]): void;
  /** Time of the last frame that the child gave, if any. */
  readonly reachedSeconds: number | undefined;
  /** The frames that come now count. */
  readonly isInside: boolean;
  /** The first frame at or after the end has come. */
  readonly isPast: boolean;
  /** Time of the last frame that reached the sink: a further child goes on behind it. */
  readonly deliveredSeconds: number | undefined;
  /** Complaints about the child's last frames. */
  readonly lastComplaints: readonly Complaint[];
  /** The child complained behind its last frame: what came then could not be decoded, and no frame shows it. */
  readonly endsDamaged: boolean;
  readonly longestFrameSeconds: number;
  result(): Pick<DecodeOutcome, "frames" | "seam" | "backwardJump" | "pictureEndSeconds" | "picture">;
}

/** Frames that a decoder may hold back: the last access unit's errors stand before so many of the last frames. */
const reorderedFrames = 4;
/** A change from one kind of time to the other moves a frame by whole frames; rounding to milliseconds by much less. */
const irregularShare = 0.25;

export function openPictureLane(
  request: DecodeRequest,
  sinks: DecodeSinks,
  errors: ReturnType<typeof openErrorCounts>,
): PictureLane {
  const { media, startSeconds } = request;
  const endSeconds = request.endSeconds ?? Infinity;
  const format = deliveredFormat(media.video?.pixelFormat ?? "yuv420p");
  const longest = longestFrameDistance(media, request.profile);
  const nominal = nominalFrameSeconds(media);

  const firstPhase = startSeconds <= 0 ? "inside" : "before";
  let phase: "before" | "run-in" | "inside" | "past" = firstPhase;
  let runIn = openRunIn();
  /** Frames from here on are delivered; before the start as what came before. */
  let runInFrom = startSeconds - request.runInSeconds;
  let fromStart = true;
  /** The child has given a frame. */
  let begun = false;
  let previous: number | undefined;
  // Time of the last frame that reached the sink, when a further child goes on behind it.
  let resumeAfter: number | undefined;
  let delivered: number | undefined;
  let lastComplaints: (readonly Complaint[])[] = [];
  let endsDamaged = false;
  let frames = 0;
  let longestFrameSeconds = 0;
  let backwardJump = false;
  // Where frames come out of order ffmpeg changes from their own times to their packets' for the rest of the stream
  // (`guess_correct_pts` in libavcodec/decode.c): what damage did earlier then moves frames that are whole.
  let isDamaged = false;
  let isIrregular = false;
  let ended = false;
  let picture: DecodeOutcome["picture"];
  const seam: Mutable<DecodeOutcome["seam"]> = {};
  let shape: { width: number; height: number; bytes: number; planes: readonly PlaneLayout[] } | undefined;

  function shapeOf(width: number, height: number) {
    if (shape?.width !== width || shape.height !== height) shape = { width, height, ...layOutFrame(format, width, height) };
    return shape;
  }

  /** Moves on to the phase that a frame of this time belongs to. */
  function enterPhase(line: PictureLine, seconds: number, complaints: readonly Complaint[]): LaneVerdict {
    if (phase === "before") {
      if (seconds < runInFrom) {
        runIn.frame(line.keyframe, complaints.length);
        return "goes on";
      }
      if (!fromStart && !runIn.isClean({ keyframe: line.keyframe, errors: complaints.length })) return "began too late";
      const before = request.runInSeconds > 0 && seconds >= startSeconds ? previous : undefined;
      if (before !== undefined && seconds - before <= longest) {
        // The frame before the first one that counts lasted for longer than the run-in, and is gone.
        runInFrom = before;
        return "began too late";
      }
      phase = "run-in";
    }
    if (phase === "run-in" && seconds >= startSeconds) phase = "inside";
    if (phase === "inside" && seconds >= endSeconds) {
      phase = "past";
      seam.firstAfterSeconds = seconds;
    }
    return "goes on";
  }

  /** Frames that the child before this one delivered are run-in for this one. */
  function goOnBehind(last: number, line: PictureLine, seconds: number, complaints: readonly Complaint[]): LaneVerdict | "seen" {
    if (seconds <= last) {
      runIn.frame(line.keyframe, complaints.length);
      return "seen";
    }
    if (!fromStart && !runIn.isClean({ keyframe: line.keyframe, errors: complaints.length })) return "began too late";
    resumeAfter = undefined;
    return "goes on";
  }

  function count(line: PictureLine, seconds: number, complaints: readonly Complaint[]): void {
    if (seam.lastInsideSeconds !== undefined)
      longestFrameSeconds = Math.max(longestFrameSeconds, seconds - seam.lastInsideSeconds);
    seam.firstInsideSeconds ??= seconds;
    seam.lastInsideSeconds = seconds;
    picture ??= { width: line.width, height: line.height, pixelFormat: format.name, scan: line.fieldOrder };
    frames++;
    for (const complaint of complaints) errors.add(complaint, seconds);
  }

  return {
    begin(nextFromStart) {
      fromStart = nextFromStart;
      begun = false;
      runIn = openRunIn();
      resumeAfter = delivered;
      previous = delivered;
      // What was announced and never delivered has not happened.
      phase = delivered === undefined ? firstPhase : delivered < startSeconds ? "run-in" : "inside";
      if (delivered === undefined) delete seam.lastBeforeSeconds;
      delete seam.firstAfterSeconds;
    },

    frame(line, knownSeconds, told, { waitedSeconds, captions } = { waitedSeconds: undefined, captions: false }) {
      // Who joins a stream in its middle has not what came before: that pictures refer to it is no fault of theirs.
      const complaints = request.live && previous === undefined ? [] : told;
      const formatChanged = line.first && begun;
      begun = true;
      const { bytes, planes } = shapeOf(line.width, line.height);
      const seconds = knownSeconds ?? (previous === undefined ? 0 : previous + nominal);
      const dropped: ExpectedFrame = { bytes, deliver: undefined };
      if (resumeAfter !== undefined) {
        const place = goOnBehind(resumeAfter, line, seconds, complaints);
        if (place === "seen") return { frame: dropped, verdict: "goes on" };
        if (place === "began too late") return { frame: dropped, verdict: place };
      }
      lastComplaints = [...lastComplaints.slice(1 - reorderedFrames), complaints];
      const verdict = enterPhase(line, seconds, complaints);
      const between = betweenFrames(previous, seconds, longest, nominal);
      const reached = phase;
      if (reached !== "before" && !(reached === "past" && ended)) {
        if (previous !== undefined && seconds < previous) backwardJump = true;
        if (complaints.length > 0) isDamaged = true;
        const distance = seconds - (previous ?? seconds - nominal);
        if (!between.discontinuityBefore && Math.abs(distance - nominal) > irregularShare * nominal) isIrregular = true;
        ended = reached === "past";
      }
      previous = seconds;
      if (reached === "before" || reached === "run-in") seam.lastBeforeSeconds = seconds;
      if (verdict === "began too late" || reached === "before" || reached === "past") return { frame: dropped, verdict };

      const rows = damagedRows(complaints, media.video?.height ?? line.height);
      const deliver = (data: Uint8Array): void | Promise<void> => {
        delivered = seconds;
        if (reached === "inside") count(line, seconds, complaints);
        const frame: VideoFrame = {
          pts: seconds,
          width: line.width,
          height: line.height,
          planes: planes.map(({ offset, width, height, stride }) => ({
            data: data.subarray(offset, offset + stride * height),
            width,
            height,
            stride,
          })),
          pixelFormat: format.name,
          bitDepth: format.bitDepth,
          fullRange: media.video?.fullRange ?? false,
          keyframe: line.keyframe,
          intra: line.intra,
          fieldOrder: line.fieldOrder,
          ...between,
          ...(captions ? { captions } : {}),
          decodeErrors: complaints.length,
          ...(rows === undefined ? {} : { damagedRows: rows }),
          ...arrivalOf(knownSeconds, formatChanged, waitedSeconds),
        };
        return sinks.frame(frame, reached === "inside");
      };
      return { frame: { bytes, deliver }, verdict };
    },

    end(complaints) {
      lastComplaints.push(complaints);
      if (phase !== "inside") return;
      endsDamaged = complaints.length > 0;
      for (const complaint of complaints) errors.add(complaint, (previous ?? 0) + nominal);
    },

    get reachedSeconds() {
      return previous;
    },
    get isInside() {
      return phase === "inside" && resumeAfter === undefined;
    },
    get isPast() {
      return phase === "past";
    },
    get deliveredSeconds() {
      return delivered;
    },
    get endsDamaged() {
      return endsDamaged;
    },
    get lastComplaints() {
      return lastComplaints.flat();
    },
    get longestFrameSeconds() {
      return longestFrameSeconds;
    },
    result: () => ({
      frames,
      seam,
      backwardJump: backwardJump || (isDamaged && isIrregular),
      ...(seam.lastInsideSeconds === undefined ? {} : { pictureEndSeconds: seam.lastInsideSeconds + nominal }),
      ...(picture === undefined ? {} : { picture }),
    }),
  };
}
