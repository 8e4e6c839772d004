import type { MediaInput } from "../ingest/index.js";
import type { AudioBlock, FrameMemory, VideoFrame } from "./frame.js";
import type { MediaInfo } from "./media-info.js";

/** What to decode; plain data. Times are seconds on the media's clock. */
export interface DecodeRequest {
  readonly input: MediaInput;
  readonly media: MediaInfo;
  /** Decode the picture track, all sound tracks, or both, in one child. */
  readonly picture: boolean;
  readonly sound: boolean;
  /** Frames and samples of [startSeconds, endSeconds) count; without an end to the end of the media. */
  readonly startSeconds: number;
  readonly endSeconds?: number;
  /** So many seconds of frames before the start are delivered too, with `inside` false. */
  readonly runInSeconds: number;
  /** `fast`: scaled to at most 640 wide. `keyframes`: keyframes only. */
  readonly profile: "full" | "fast" | "keyframes";
  /** `nvdec` falls back to the CPU where codec, machine or driver refuse, and in mid-decode when the GPU fails. */
  readonly decoder: "nvdec" | "cpu";
  readonly live: boolean;
  /** Longest wait for media; default 60 s, 20 s when live. */
  readonly stallSeconds?: number;
}

/** Where decoded media goes. A promise makes the child wait until it settles, so that memory stays flat. */
export interface DecodeSinks {
  readonly memory: FrameMemory;
  /** Frames in the order in which they are presented. `inside` is false for those before the start. */
  frame(frame: VideoFrame, inside: boolean): void | Promise<void>;
  sound(block: AudioBlock): void | Promise<void>;
}
