import type { Listen } from "./listen.js";
import type { Look } from "./look.js";

/** A stretch of a clip in seconds from its first frame. */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** What is known of the clip that a defect is planted into. */
export interface CleanClip {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** Frames per second, constant over the clip. */
  readonly frameRate: number;
  readonly durationSeconds: number;
  readonly hasSound: boolean;
}

/** A file as a source that is read from somewhere else. */
export interface Served {
  /** Path or URL of what is analysed. */
  readonly source: string;
  /** It goes on as it is written, and is watched for so many seconds of the wall clock; absent: it is checked. */
  readonly watchSeconds?: number;
  close(): Promise<void>;
}

/** How strongly, or for how long, a defect is planted: a row of the table. */
export interface Strength {
  /** Names the row, such as "2.5 s" or "30 % of the area". */
  readonly name: string;
  /** An operator would act on it: it counts for the targets. False: told in the table, to show where detection ends. */
  readonly actionable: boolean;
  /** How long the fault lasts; the harness chooses when it begins. Infinity damages the clip from its first frame to its last. */
  readonly lastsSeconds: number;
  /**
   * Whether a person would see the fault in this clip, by the clean picture of the span; absent: in any clip. One where nobody
   * would is left out: no dot shows on white, no colour is missed from grey.
   */
  isSeen?(look: Look, span: Span, clip: CleanClip): Promise<boolean>;
  /**
   * Filter chain for ffmpeg's -vf that damages the picture in `span` only (`enable='between(t,…)'`, or expressions of t). It is
   * applied to the clean clip (yuv420p, constant frame rate) before encoding. The bounds that it is given lie half a frame before
   * those of the fault, midway between two frames: no rounding moves them, and `between` leaves out the frame after the fault.
   */
  picture?(span: Span, clip: CleanClip): string;
  /** The same for -af, on 48 kHz stereo float. */
  sound?(span: Span, clip: CleanClip): string;
  /** A -filter_complex where one chain cannot do it: from [0:v] and [0:a] to [v] and/or [a]. What it leaves out stays as it is. Where it makes [v] its bounds are those of `picture`. */
  graph?(span: Span, clip: CleanClip): string;
  /** Damages the encoded file in place (packets dropped, bytes flipped). `random` gives 0..1 and is seeded. */
  damage?(file: string, span: Span, clip: CleanClip, random: () => number): Promise<void>;
  /** Delivers the file in a way of its own: over HTTP, as a playlist with its segments. What it writes lies beside the file. */
  serve?(file: string, span: Span, clip: CleanClip): Promise<Served>;
  /** Encoder arguments instead of the cycle of codecs. `-f mpegts` among them makes a transport stream, else it is an MP4. */
  readonly encode?: readonly string[];
  /** What must be found, where the definition does not open and close with `span`. */
  expected?(span: Span, clip: CleanClip): readonly Span[];
  /**
   * Whether a person would hear the fault in this clip, by its clean sound around the span; absent: in any clip. One where nobody
   * would is left out: nothing is missed from a pause.
   */
  isHeard?(listen: Listen, span: Span, clip: CleanClip): Promise<boolean>;
}

/** How a defect type is planted into clean clips, so that a detector can be held against what is known. */
export interface Planter {
  /** The defect type that must be found. */
  readonly type: string;
  /** What a clip must have for it. */
  readonly needs: "picture" | "sound" | "both";
  readonly strengths: readonly Strength[];
  /** The policy to judge by, for a detector that judges nothing by policy `default`. */
  readonly policy?: Record<string, unknown>;
  /** Other defect types that this fault rightly raises as well. */
  readonly alsoRaises?: readonly string[];
}

/** Declares a planter; each lies in `plant/TYPE.ts` and is exported as `planter`. */
export function definePlanter(planter: Planter): Planter {
  return planter;
}
