import type { TransportFacts } from "./transport/indicators.js";

/** One kind of message that ffmpeg gave while decoding, with how often and when; a structured view of its stderr. */
export interface DecodeErrorKind {
  /** The message with its numbers and addresses taken out, so that like ones count together. */
  readonly kind: string;
  readonly medium: "video" | "audio" | "container";
  readonly count: number;
  readonly firstSeconds: number;
  readonly lastSeconds: number;
  /** The first message as ffmpeg wrote it. */
  readonly example: string;
}

/** What decoding one request gave; plain data, so that it may cross threads and lie in the store. */
export interface DecodeOutcome {
  /** Frames delivered inside [from, until). */
  readonly frames: number;
  /** Seconds of sound delivered, per track in the order of `media.audio`. */
  readonly audioSeconds: readonly number[];
  /** When the last frame and the last sample delivered end; absent when there were none. */
  readonly pictureEndSeconds?: number;
  readonly soundEndSeconds?: number;
  /** When each sound track's last sample delivered ends, in the order of `media.audio`; null where there was none. */
  readonly trackEndSeconds: readonly (number | null)[];
  /** The size and scan of the picture as decoded, of the first frame delivered. */
  readonly picture?: {
    readonly width: number;
    readonly height: number;
    readonly pixelFormat: string;
    readonly scan: "progressive" | "tff" | "bff";
  };
  /** pts of the last frame before `from` and of the first one at or after `until`: where segments meet, both must say the same. */
  readonly seam: {
    readonly lastBeforeSeconds?: number;
    readonly lastInsideSeconds?: number;
    readonly firstInsideSeconds?: number;
    readonly firstAfterSeconds?: number;
  };
  /**
   * Time ran backwards, or damage made ffmpeg guess at that of the picture: cutting by time is not sound, so the picture
   * is analysed uncut.
   */
  readonly backwardJump: boolean;
  readonly errors: readonly DecodeErrorKind[];
  /** Why the media is not whole, where this decode has shown that; absent otherwise. */
  readonly incompleteReason?: string;
  /** What was seen of a transport stream's packets; only of the one segment that watches them. */
  readonly transport?: TransportFacts;
  readonly decoder: "nvdec" | "cpu";
}
