import { createHash } from "node:crypto";
import type { DecodeOutcome, MediaInfo } from "../decoder/index.js";
import type { Profile } from "./job.js";
import type { PictureShare } from "./picture-share.js";

/** A part of the media that one analysis worker decodes and measures. */
export interface Segment {
  /** Counts the segments of one plan: pictures in order of time, then the sound. */
  readonly index: number;
  /** `picture` and `sound` alone, or `whole`: both by one child, for media that cannot be cut, or is too short for two. */
  readonly what: "picture" | "sound" | "whole";
  /** First media time that belongs to the segment, in seconds; 0 is the first presented frame or sample. */
  readonly startSeconds: number;
  /** First media time that no longer does; absent where the segment lasts to the end of the media. */
  readonly endSeconds?: number;
  /** How far before `startSeconds` decoding begins; those frames are decoded, not counted. */
  readonly runInSeconds: number;
}

/** All segments of one analysis. */
export type SegmentPlan = readonly Segment[];

export interface PlanRequest {
  readonly media: MediaInfo;
  readonly profile: Profile;
  /** How many pieces are analysed side by side, 1 or more. */
  readonly cores: number;
  /** What a picture segment decodes before its start: open groups of pictures, late seeks, the measurers' look back. */
  readonly runInSeconds: number;
  /** Where the wanted range begins; 0 when absent. */
  readonly startSeconds?: number;
  /** How long the wanted range is; to the end of the media when absent. */
  readonly durationSeconds?: number;
  /** Longest range that the job allows; 0 or absent is no limit. */
  readonly maxDurationSeconds?: number;
  /** One piece of picture: what remains when `segmentsJoin` says that cutting this media by time is not sound. */
  readonly uncutPicture?: boolean;
}

/** A piece should last long against the start of its child and its run-in, and be short against what a crash repeats. */
const pieceSeconds: Readonly<Record<Profile, number>> = { full: 60, fast: 60, keyframes: 300 };

/** Shorter pieces than this, run-in included, give no core more work: starting and running in costs as much. */
const shortestPieceSeconds = 4;

/** What a track of sound takes, its thread's start included, of the time that a picture of 1080p takes: less of a larger one. */
const soundShare = 0.04;
const pixelsOf1080p = 1920 * 1080;

/** A week. A file that declares to last longer is damaged, and its pieces would be more than there is memory for. */
const longestBelievedSeconds = 7 * 24 * 3600;

/**
 * Cuts media into segments: its picture at plain times into about 60 s (300 s where only keyframes are decoded), shorter
 * for short media so that every core has work, into a multiple of `cores` pieces so that none is idle at the end; its
 * sound not at all. The last piece of picture has no end, so that frames past the declared duration are not lost, unless
 * the range has one.
 */
export function planSegments(request: PlanRequest): SegmentPlan {
  const { media, runInSeconds, startSeconds = 0 } = request;
  const limits = [request.durationSeconds, request.maxDurationSeconds || undefined].filter((limit) => limit !== undefined);
  const endSeconds = limits.length === 0 ? undefined : microseconds(startSeconds + Math.min(...limits));
  const piece = (what: Segment["what"], start: number, end: number | undefined): Omit<Segment, "index"> => ({
    what,
    startSeconds: start,
    ...(end === undefined ? {} : { endSeconds: end }),
    runInSeconds: Math.min(runInSeconds, start),
  });

  const pieces: Omit<Segment, "index">[] = [];
  const { video, audio, durationSeconds, seekable } = media;
  // One child and one worker do both in less time than two take to start.
  const isShort = startSeconds === 0 && durationSeconds !== undefined && durationSeconds < 2 * shortestPieceSeconds;
  const isCutNowhere = !seekable || durationSeconds === undefined || isShort;
  if (video !== undefined && !video.still && audio.length > 0 && isCutNowhere) {
    pieces.push(piece("whole", startSeconds, endSeconds));
  } else {
    if (video !== undefined) {
      const cuts =
        video.still || !seekable || durationSeconds === undefined || isUnwitnessed(media) || request.uncutPicture === true
          ? []
          : cutTimes(startSeconds, Math.min(endSeconds ?? Infinity, durationSeconds), request);
      const starts = [startSeconds, ...cuts];
      for (const [index, start] of starts.entries()) pieces.push(piece("picture", start, starts[index + 1] ?? endSeconds));
    }
    if (audio.length > 0) pieces.push(piece("sound", startSeconds, endSeconds));
  }
  return pieces.map((segment, index) => ({ index, ...segment }));
}

/**
 * True where nothing would show that a segment began in the wrong place. Where the time of a transport stream runs
 * backwards, a seek lands before or behind the jump, as its bisection has it; only a pass that is not cut is sure to see
 * the jump: that of the sound, if there is any. Other containers find their places by an index.
 */
function isUnwitnessed({ container, audio }: MediaInfo): boolean {
  return container === "mpegts" && audio.length === 0;
}

/**
 * Where to cut between `start` and `end`, without these two. Where each core has one piece, all end at the same time: the first is
 * longer by what the others decode before their starts and it does not, the last is shorter by what its core does with the
 * sound before it.
 */
function cutTimes(start: number, end: number, { media, profile, cores, runInSeconds }: PlanRequest): number[] {
  const span = end - start;
  const wanted = Math.max(1, Math.round(span / pieceSeconds[profile] / cores)) * cores;
  const count = Math.min(wanted, Math.floor(span / shortestPieceSeconds));
  if (span > longestBelievedSeconds) return [];
  const longer = count > cores ? 0 : Math.min(Math.max(0, runInSeconds - start), span / count);
  const evenPiece = (span - longer) / count;
  const isWorthIt = count === cores && evenPiece >= 2 * shortestPieceSeconds;
  const shorter = isWorthIt ? Math.min(span * soundShareOf(media), evenPiece / 2) : 0;
  const piece = evenPiece + shorter / count;
  return Array.from({ length: Math.max(0, count - 1) }, (_, index) => microseconds(start + longer + piece * (index + 1)));
}

function soundShareOf({ video, audio }: MediaInfo): number {
  const pixels = video === undefined ? 0 : video.width * video.height;
  return audio.length * soundShare * Math.min(1, pixelsOf1080p / pixels);
}

/** The same number however it is computed, printed into an argument or carried as JSON. */
const microseconds = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

type Seam = DecodeOutcome["seam"];

/**
 * True when two neighbouring segments saw the same frames around the time where they meet, so that together they are
 * what one pass would have seen: none lost, none twice, and the second has measured its first frame against the right one.
 * A segment may be empty (a frame can last longer than it), or lie past the end of the media.
 */
export function seamsAgree(previous: Seam, next: Seam): boolean {
  const nextFrame = next.firstInsideSeconds ?? next.firstAfterSeconds;
  if (!isSameTime(previous.firstAfterSeconds, nextFrame)) return false;
  // Past the end of the picture nothing is measured, so it does not matter what was before.
  if (nextFrame === undefined) return true;
  return isSameTime(previous.lastInsideSeconds ?? previous.lastBeforeSeconds, next.lastBeforeSeconds);
}

/** Both times are one integer of the container's clock, scaled the same way: anything but rounding is another frame. */
function isSameTime(one: number | undefined, other: number | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Math.abs(one - other) < 1e-6;
}

/**
 * True when segments of a picture, in order, join to what one pass would have given: all seams agree and its time never
 * ran backwards. Otherwise the picture is analysed again, uncut.
 */
export function segmentsJoin(outcomes: readonly Pick<DecodeOutcome, "seam" | "backwardJump">[]): boolean {
  if (outcomes.length < 2) return true;
  return outcomes.every((outcome, index) => {
    const next = outcomes[index + 1];
    return !outcome.backwardJump && (next === undefined || seamsAgree(outcome.seam, next.seam));
  });
}

/** What else than the segments decides whether a finished segment can be used again. */
export interface PlanFacts {
  /** ETag of the source, or its size and date; absent when the source has none. */
  readonly sourceVersion?: string;
  readonly profile: Profile;
  /** The signals wanted; all when absent. */
  readonly signals?: readonly string[];
  readonly models: boolean;
  /** Parts of the picture that are not looked at. */
  readonly ignoredRegions: readonly PictureShare[];
  /** Version of what measures: of this program, and of the models. */
  readonly software: string;
}

/** Names a plan: 16 hexadecimal digits, the same on every machine, other ones where anything differs that matters. */
export function planHash(plan: SegmentPlan, facts: PlanFacts): string {
  const { sourceVersion = null, profile, models, ignoredRegions, software } = facts;
  const signals = facts.signals === undefined ? null : [...facts.signals].sort();
  const segments = plan.map(({ what, startSeconds, endSeconds = null, runInSeconds }) => [
    what,
    startSeconds,
    endSeconds,
    runInSeconds,
  ]);
  const ignored = ignoredRegions.map(({ leftRatio, topRatio, widthRatio, heightRatio }) => [
    leftRatio,
    topRatio,
    widthRatio,
    heightRatio,
  ]);
  const text = JSON.stringify([segments, sourceVersion, profile, signals, models, ignored, software]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

/** Where a finished segment's signals lie, under the job's folder in the output. */
export function segmentKey(run: number, plan: string, segment: Segment): string {
  return `.state/run-${run}/${plan}/${String(segment.index).padStart(5, "0")}-${segment.what}.signals`;
}
