/** One plane of a frame. `data` starts at the first pixel; rows lie `stride` bytes apart; 9 to 16 bit are two bytes, little endian. */
export interface Plane {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/** How a frame or a run of sound came, where that was not as it should be. */
export interface Arrival {
  /** The source gives it no time; the one it has follows from what was before it. */
  readonly untimed?: boolean;
  /** The decoder gives another format (size, pixel format; rate, channels) from here on than before. */
  readonly formatChanged?: boolean;
  /** So many seconds of wall clock the source let us wait for it, where that was a second and more; never told of local files. */
  readonly waitedSeconds?: number;
}

/** Nothing but what is worth telling: most frames come as they should. */
export function arrivalOf(knownSeconds: number | undefined, formatChanged: boolean, waitedSeconds: number | undefined): Arrival {
  return {
    ...(knownSeconds === undefined ? { untimed: true } : {}),
    ...(formatChanged ? { formatChanged } : {}),
    ...(waitedSeconds === undefined ? {} : { waitedSeconds }),
  };
}

/** A decoded picture: views on reused memory, valid until the frame after the next one is delivered. */
export interface VideoFrame extends Arrival {
  /** Seconds, 0 at the media's first presented frame or sample. */
  readonly pts: number;
  readonly width: number;
  readonly height: number;
  /** Luma first, then Cb and Cr; luma alone for gray. */
  readonly planes: readonly Plane[];
  /** ffmpeg's name of the planar format delivered, such as `yuv420p` or `yuv422p10le`. */
  readonly pixelFormat: string;
  readonly bitDepth: number;
  readonly fullRange: boolean;
  readonly keyframe: boolean;
  /** It is coded by itself, also where decoding cannot be sure to begin at it. */
  readonly intra?: boolean;
  readonly fieldOrder: "progressive" | "tff" | "bff";
  /** Media time jumps or is missing between the frame before and this one. */
  readonly discontinuityBefore: boolean;
  /** With `discontinuityBefore`: when the frame before it ended, in seconds. */
  readonly previousEndSeconds?: number;
  /** It carries caption data (CEA-608, CEA-708), if only stuffing. */
  readonly captions?: true;
  /** How many error messages the decoder gave since the frame before it. */
  readonly decodeErrors: number;
  /** The rows of luma that those messages name, where they name any. */
  readonly damagedRows?: { readonly top: number; readonly height: number };
}

/** Decoded sound: planar samples, full scale ±1, views on reused memory, valid until the callback returns. */
export interface AudioBlock extends Arrival {
  /** Seconds, 0 at the media's first presented frame or sample. */
  readonly pts: number;
  /** Which audio track of the source, counted from 0. */
  readonly track: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly samples: readonly Float32Array[];
  readonly discontinuityBefore: boolean;
  /** With `discontinuityBefore`: when the sound before it ended, in seconds. */
  readonly previousEndSeconds?: number;
  /** How many error messages the decoder gave since the block before it. */
  readonly decodeErrors: number;
  /** Rate and channels as the decoder gave them; what is delivered is of one format for all of the track. */
  readonly source?: { readonly sampleRate: number; readonly channels: number };
}

/** Where the decoder puts pixels: memory that the kernels can reach, so that frames are never copied. */
export interface FrameMemory {
  /** Memory for one frame of `bytes`; `slot` 0 and 1 alternate. Called again when the frame size grows. */
  frame(slot: 0 | 1, bytes: number): Uint8Array;
}
