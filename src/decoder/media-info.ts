import type { ManifestFacts } from "../ingest/index.js";

/** What the source says of itself, as ffprobe reads it; times in seconds, 0 at the first presented frame or sample. */
export interface MediaInfo {
  /** ffmpeg's demuxer name, first of its list: `mov`, `matroska`, `mpegts` … */
  readonly container: string;
  /** Declared duration; absent where the container declares none and it cannot be told. */
  readonly durationSeconds?: number;
  /** The duration is written in the container, not guessed from bit rate or last timestamps. */
  readonly durationDeclared: boolean;
  /** Source time, in seconds, of the first presented frame or sample: subtract it from source timestamps. */
  readonly originSeconds: number;
  /** It can be cut into segments: it seeks, and its duration is known. */
  readonly seekable: boolean;
  readonly bytes?: number;
  /** It is an MPEG transport stream whose packets can be watched beside the decoder. */
  readonly transport?: true;
  /** Why the media cannot be whole, where its size alone tells; absent otherwise. */
  readonly incompleteReason?: string;
  /** `HH:MM:SS:FF` (`;` before the frames for drop-frame) where the file carries one. */
  readonly startTimecode?: string;
  /** The first picture track that is no cover art; absent in sound-only media. */
  readonly video?: VideoTrack;
  readonly audio: readonly AudioTrack[];
  /** Tracks beside picture and sound that are read, if there are any. */
  readonly sideTracks?: readonly SideTrack[];
  /** What the playlists of an HLS source say, and what is wrong with them; absent for other sources. */
  readonly manifest?: ManifestFacts;
}

/** Captions, and marks of where something is to be spliced in. */
export interface SideTrack {
  /** `captions`: CEA-608 and CEA-708 in the user data of the picture; `text`: a track of its own (WebVTT, timed text …). */
  readonly kind: "captions" | "text" | "scte-35";
  /** Of the stream that carries it, as ffmpeg's `-map 0:N` takes it. */
  readonly streamIndex: number;
  readonly codec: string;
  /** Of the packets that carry it; only of transport streams. */
  readonly pid?: number;
  readonly language?: string;
}

export interface VideoTrack {
  /** Index among all of the source's streams, as ffmpeg's `-map 0:N` takes it. */
  readonly streamIndex: number;
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  /** Average frames per second; 0 where unknown. */
  readonly frameRate: number;
  readonly pixelFormat: string;
  readonly bitDepth: number;
  readonly fullRange: boolean;
  /** What turns luma and chroma into R, G, B, in ffmpeg's words (`bt709`, `smpte170m`, `bt2020nc` …); absent where the source does not say. */
  readonly colorMatrix?: string;
  /** How code values stand for light, in ffmpeg's words (`bt709`, `smpte2084`, `arib-std-b67` …); absent where the source does not say. */
  readonly colorTransfer?: string;
  readonly scan: "progressive" | "tff" | "bff";
  /** Clockwise degrees that a player turns the picture by; frames are measured as coded. */
  readonly rotationDegrees: number;
  /** A single still picture (PNG, JPEG …), which has no duration of its own. */
  readonly still: boolean;
  /** When the track ends by its own declaration: the only way to know how long its last frame lasts. */
  readonly declaredEndSeconds?: number;
  /** How many frames the container declares, and how many bits per second; absent where it does not. */
  readonly declaredFrames?: number;
  readonly declaredBitsPerSecond?: number;
}

export interface AudioTrack {
  readonly streamIndex: number;
  readonly codec: string;
  readonly channels: number;
  /** `stereo`, `5.1(side)` …; ffmpeg's default for the number of channels where the source names none. */
  readonly layout: string;
  readonly layoutGuessed: boolean;
  readonly sampleRateHz: number;
  readonly language?: string;
  /** What the container or the codec declares; absent where they do not. */
  readonly declaredBitsPerSecond?: number;
}
