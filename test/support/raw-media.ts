import { execFileSync } from "node:child_process";
import type { AudioBlock, FrameMemory, MediaInfo, VideoFrame } from "../../src/decoder/index.js";

/** A picture's shape as rawvideo has it: planes one behind the other, without padding. */
export interface RawShape {
  readonly pixelFormat: string;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly fullRange: boolean;
  /** How many times smaller chroma is across and down; absent for gray. */
  readonly chroma?: readonly [across: number, down: number];
}

export const yuv420 = (width: number, height: number): RawShape => ({
  pixelFormat: "yuv420p",
  width,
  height,
  bitDepth: 8,
  fullRange: false,
  chroma: [2, 2],
});

/** Runs ffmpeg, with `input` on standard input, and gives what it writes to standard output. */
export function ffmpegOutput(options: readonly string[], input: Uint8Array = new Uint8Array()): Buffer {
  return execFileSync("ffmpeg", ["-v", "error", "-bitexact", ...options], { input, maxBuffer: 1 << 28 });
}

/** The frames of a lavfi source, as bytes. */
export function rawFrames(source: string, shape: RawShape): Buffer[] {
  const bytes = ffmpegOutput(["-f", "lavfi", "-i", `${source},format=${shape.pixelFormat}`, "-f", "rawvideo", "-"]);
  const size = frameBytes(shape);
  if (bytes.length % size !== 0) throw new Error(`${source} gives no pictures of ${shape.width}x${shape.height}.`);
  return Array.from({ length: bytes.length / size }, (_, n) => bytes.subarray(n * size, (n + 1) * size));
}

/** One value per frame of what a filter writes into the frames' metadata, as `metadata=print` shows it. */
export function filterMetadata(printed: Buffer, key: string): number[] {
  return [...printed.toString().matchAll(new RegExp(`^${key.replaceAll(".", "\\.")}=(.*)$`, "gm"))].map((match) =>
    Number(match[1]),
  );
}

interface PlaneShape {
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

function planeShapes({ width, height, bitDepth, chroma }: RawShape): PlaneShape[] {
  const bytes = bitDepth > 8 ? 2 : 1;
  const plane = (across: number, down: number): PlaneShape => {
    const samples = Math.ceil(width / across);
    return { width: samples, height: Math.ceil(height / down), stride: samples * bytes };
  };
  return chroma ? [plane(1, 1), plane(...chroma), plane(...chroma)] : [plane(1, 1)];
}

export function frameBytes(shape: RawShape): number {
  return planeShapes(shape).reduce((sum, { stride, height }) => sum + stride * height, 0);
}

/** Puts frames into the memory's two slots in turn, as a decoder does. */
export function frameLoader(
  memory: FrameMemory,
): (bytes: Buffer, shape: RawShape, facts: Partial<VideoFrame> & { pts: number }) => VideoFrame {
  let slot: 0 | 1 = 1;
  return (bytes, shape, facts) => {
    slot = slot === 0 ? 1 : 0;
    const data = memory.frame(slot, bytes.length);
    data.set(bytes);
    let at = 0;
    const planes = planeShapes(shape).map((plane) => {
      const start = at;
      at += plane.stride * plane.height;
      return { ...plane, data: data.subarray(start, at) };
    });
    const { width, height, pixelFormat, bitDepth, fullRange } = shape;
    return {
      width,
      height,
      planes,
      pixelFormat,
      bitDepth,
      fullRange,
      keyframe: false,
      fieldOrder: "progressive",
      discontinuityBefore: false,
      decodeErrors: 0,
      ...facts,
    };
  };
}

/** What a probe says of media with this picture and this sound. */
export function mediaWith(picture: RawShape | undefined, ...audio: { sampleRate: number; channels: number }[]): MediaInfo {
  return {
    container: "mov",
    durationDeclared: false,
    originSeconds: 0,
    seekable: true,
    ...(picture && {
      video: {
        streamIndex: 0,
        codec: "rawvideo",
        width: picture.width,
        height: picture.height,
        frameRate: 25,
        pixelFormat: picture.pixelFormat,
        bitDepth: picture.bitDepth,
        fullRange: picture.fullRange,
        scan: "progressive",
        rotationDegrees: 0,
        still: false,
      },
    }),
    audio: audio.map(({ sampleRate, channels }, index) => ({
      streamIndex: index + 1,
      codec: "pcm_f32le",
      channels,
      layout: channels === 1 ? "mono" : "stereo",
      layoutGuessed: false,
      sampleRateHz: sampleRate,
    })),
  };
}

/** A block of sound from planar samples. */
export function audioBlock(
  samples: readonly Float32Array[],
  sampleRate: number,
  facts: Partial<AudioBlock> & { pts: number },
): AudioBlock {
  return { track: 0, sampleRate, channels: samples.length, samples, discontinuityBefore: false, decodeErrors: 0, ...facts };
}
