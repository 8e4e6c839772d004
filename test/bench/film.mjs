import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { paintShots } from "../../dist/demo/film.js";

export const framesPerSecond = 30;

const folder = path.join(os.tmpdir(), "framewatch-bench-media");

/**
 * A film of the given length, H.264 with stereo AAC, 30 frames per second, made by code: a camera over painted landscapes
 * with film grain, at a broadcaster's bit rate. Kept for the next run.
 */
export async function benchFilm({ seconds, width = 1920, height = 1080 }) {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `film-${width}x${height}-${seconds}s.mp4`);
  if (existsSync(file)) return file;
  const piece = path.join(folder, `piece-${width}x${height}.mp4`);
  if (!existsSync(piece)) await makePiece(piece, width, height);
  const unfinished = `${file}.part.mp4`;
  // One piece, repeated without encoding again: an hour of film is made in seconds.
  ffmpeg(["-stream_loop", "-1", "-i", piece, "-t", `${seconds}`, "-c", "copy", unfinished]);
  renameSync(unfinished, file);
  return file;
}

async function makePiece(file, width, height) {
  const [shot] = await paintShots(folder);
  const graph = `[0:v]scale=${Math.round(width * 1.5)}:-2,crop=${width}:${height}:x='(iw-ow)*(0.5+0.5*sin(t/3))':y='(ih-oh)*(0.5+0.5*cos(t/4))',noise=alls=8:allf=t:all_seed=5,format=yuv420p[v]`;
  const unfinished = `${file}.part.mp4`;
  ffmpeg([
    ...["-loop", "1", "-framerate", `${framesPerSecond}`, "-t", "20", "-i", shot],
    ...[
      "-f",
      "lavfi",
      "-t",
      "20",
      "-i",
      "aevalsrc='0.2*sin(2*PI*330*t)*(0.6+0.4*sin(t))+0.02*(random(0)-0.5)|0.2*sin(2*PI*331*t)':s=48000",
    ],
    ...["-filter_complex", graph, "-map", "[v]", "-map", "1:a", "-c:v", "libx264", "-preset", "veryfast", "-g", "60"],
    ...["-b:v", `${Math.round((width * height) / 350)}k`, "-c:a", "aac", unfinished],
  ]);
  renameSync(unfinished, file);
}

function ffmpeg(options) {
  execFileSync("ffmpeg", ["-v", "error", "-y", ...options], { stdio: "inherit" });
}
