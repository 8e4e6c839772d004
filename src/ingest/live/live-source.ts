import type { FramewatchError } from "../../errors.js";
import type { MediaInput } from "../media-input.js";

/**
 * A source without an end, opened once for all who read it: its bytes come to us, as MPEG-TS, and go from here to the
 * decoder, to who watches the packets, and to the ring on disk. It reconnects for as long as it is open.
 */
export interface LiveSource {
  /** The source for people: without user name, password, query and fragment. */
  readonly displayName: string;
  /**
   * Waits for the next stretch of media that is read without a break: the first, or the one after `ended` of the one before.
   * @throws FramewatchError `source-forbidden` and the like, where trying again can never help; the signal's reason
   */
  next(signal: AbortSignal): Promise<LiveStretch>;
  readonly status: LiveSourceStatus;
  /** The last minutes of what arrived, on disk. */
  readonly ring: LiveRing;
  /** Lets go of the source: nothing more is read of it. What the ring keeps stays until `close`. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

export interface LiveSourceStatus {
  /** Bytes are arriving. */
  readonly isUp: boolean;
  /** How often the source was connected anew. */
  readonly reconnects: number;
  readonly bytes: number;
  /** Wall clock, in milliseconds, of the last byte; absent before the first. */
  readonly lastByteAtMilliseconds?: number;
  /** Why it is not up, for people. */
  readonly reason?: string;
}

/** Media of one connection, or of a part of it between two changes of its tracks. */
export interface LiveStretch {
  /**
   * For children, as often as they like: a loopback address that gives the stretch's MPEG-TS from its start (as far back as is
   * kept), then as it arrives, and ends where the stretch ends.
   */
  readonly input: MediaInput;
  /** Wall clock, in milliseconds, of its first byte. */
  readonly beganAtMilliseconds: number;
  /** These are the packets as the source sent them, so that TR 101 290 can be measured. */
  readonly isTransport: boolean;
  /** Resolves when no more will come. */
  readonly ended: Promise<StretchEnd>;
  /** Wall clock, in milliseconds, of a time stamp of the source in seconds, where the source itself says so (EXT-X-PROGRAM-DATE-TIME). */
  wallClockOf?(ptsSeconds: number): number | undefined;
  /** Gives the stretch up, for example when it cannot be decoded: another connection is made. */
  abandon(reason: FramewatchError): void;
}

/** `over`: the source has an end and has come to it. `lost`: connection or bytes ceased. `changed`: tracks came or went, it goes on in the next stretch without a gap. */
export interface StretchEnd {
  readonly kind: "over" | "lost" | "changed";
  /** For people. */
  readonly reason: string;
}

/** The last minutes of the coded stream. */
export interface LiveRing {
  /**
   * Writes what arrived between two moments of the wall clock (milliseconds), as MPEG-TS, to a file; of one stretch only, that of
   * `fromMilliseconds` or the first after it. False where nothing of it is kept.
   */
  cut(fromMilliseconds: number, untilMilliseconds: number, file: string): Promise<boolean>;
}
