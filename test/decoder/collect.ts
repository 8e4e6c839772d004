import { createHash } from "node:crypto";
import { decode } from "../../src/decoder/decode.js";
import type { DecodeOutcome, DecodeRequest, FrameMemory, MediaInfo, VideoFrame } from "../../src/decoder/index.js";
import { probe } from "../../src/decoder/probe.js";
import type { MediaInput } from "../../src/ingest/index.js";

/** A frame without its pixels, which are gone after the sink returns: their MD5 stands for them. */
export interface SeenFrame extends Omit<VideoFrame, "planes"> {
  readonly md5: string;
  readonly planeSizes: readonly string[];
}

export interface SeenSound {
  readonly pts: number;
  readonly samples: number;
  readonly sampleRate: number;
  readonly discontinuityBefore: boolean;
  readonly previousEndSeconds?: number;
}

export interface Decoded {
  readonly media: MediaInfo;
  readonly outcome: DecodeOutcome;
  /** Frames of the run-in, and those that count. */
  readonly runIn: readonly SeenFrame[];
  readonly frames: readonly SeenFrame[];
  /** Runs of sound, per track. */
  readonly sound: readonly (readonly SeenSound[])[];
  /** Root mean square of each channel of each track. */
  readonly rms: readonly (readonly number[])[];
}

/** How a test reads a local file. */
export function fileInput(url: string): MediaInput {
  return { kind: "file", url, inputOptions: ["-protocol_whitelist", "file"], environment: {} };
}

/** Plain memory of two places. */
export function openMemory(): FrameMemory {
  let places = [new Uint8Array(0), new Uint8Array(0)];
  return {
    frame(slot, bytes) {
      if ((places[slot]?.length ?? 0) < bytes) places = [new Uint8Array(bytes), new Uint8Array(bytes)];
      return (places[slot] ?? new Uint8Array(bytes)).subarray(0, bytes);
    },
  };
}

/** Probes and decodes a file; everything of it unless the request says otherwise. */
export async function decodeFile(file: string, request: Partial<DecodeRequest> = {}): Promise<Decoded> {
  const signal = request.stallSeconds === undefined ? AbortSignal.timeout(50_000) : new AbortController().signal;
  const input = fileInput(file);
  const media = request.media ?? (await probe(input, { signal }));
  const runIn: SeenFrame[] = [];
  const frames: SeenFrame[] = [];
  const sound: SeenSound[][] = media.audio.map(() => []);
  const squares: number[][] = media.audio.map(() => []);
  const outcome = await decode(
    {
      input,
      media,
      picture: true,
      sound: true,
      startSeconds: 0,
      runInSeconds: 0,
      profile: "full",
      decoder: "cpu",
      live: false,
      ...request,
    },
    {
      memory: openMemory(),
      frame({ planes, ...facts }, inside) {
        const hash = createHash("md5");
        for (const plane of planes) hash.update(plane.data);
        const planeSizes = planes.map((plane) => `${plane.width}x${plane.height}`);
        (inside ? frames : runIn).push({ ...facts, md5: hash.digest("hex"), planeSizes });
      },
      sound({ track, samples, pts, sampleRate, discontinuityBefore, previousEndSeconds }) {
        sound[track]?.push({
          pts,
          samples: samples[0]?.length ?? 0,
          sampleRate,
          discontinuityBefore,
          ...(previousEndSeconds === undefined ? {} : { previousEndSeconds }),
        });
        for (const [channel, values] of samples.entries()) {
          const sums = squares[track] ?? [];
          sums[channel] = values.reduce((sum, value) => sum + value * value, sums[channel] ?? 0);
        }
      },
    },
    signal,
  );
  const rms = squares.map((channels, track) => {
    const samples = sound[track]?.reduce((sum, run) => sum + run.samples, 0) ?? 0;
    return channels.map((sum) => Math.sqrt(sum / samples));
  });
  return { media, outcome, runIn, frames, sound, rms };
}
