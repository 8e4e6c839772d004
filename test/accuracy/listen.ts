import type { PreparedClip } from "./prepare.js";
import { ffmpegBytes } from "./program.js";

/** Samples per second of what is listened to. */
export const listenedRate = 48000;

/**
 * The clean sound of a clip between two of its times, through a filter chain of ffmpeg's where one is given: both sides, 1 is full scale.
 * What lies outside of the clip is missing.
 */
export type Listen = (fromSeconds: number, toSeconds: number, filters?: string) => Promise<readonly [Float32Array, Float32Array]>;

/** Opens the clean sound of a clip. @throws Error with the command that failed, when it is used */
export function listenTo({ file }: PreparedClip): Listen {
  return async (fromSeconds, toSeconds, filters = "anull") => {
    const from = Math.max(0, fromSeconds);
    const bytes = await ffmpegBytes([
      ...["-i", file, "-map", "0:a", "-af", `aresample=${listenedRate},${filters},atrim=${from}:${toSeconds}`],
      ...["-ac", "2", "-f", "f32le", "pipe:1"],
    ]);
    const samples = new Float32Array(Uint8Array.from(bytes).buffer, 0, Math.floor(bytes.length / 8) * 2);
    const side = (first: number) => Float32Array.from({ length: samples.length / 2 }, (_, n) => samples[2 * n + first] ?? 0);
    return [side(0), side(1)];
  };
}

/** Root mean square without the mean, in dBFS, where a square wave at full scale is 0; -Infinity where there is nothing. */
export function levelOf(samples: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const sample of samples) {
    sum += sample;
    squares += sample * sample;
  }
  const count = samples.length;
  return count === 0 ? Number.NEGATIVE_INFINITY : 10 * Math.log10(Math.max(0, squares / count - (sum / count) ** 2));
}
