import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { paintShots } from "../../../dist/demo/film.js";

export const framesPerSecond = 30;
/** Pieces begin at keyframes, last whole groups of pictures, and whole frames of AAC: a programme of them has no seam in its times. */
export const pieceSeconds = 8;
const cleanPieces = 8;
const groupSeconds = 2;
/** A fault begins so far into its piece, and lasts so long. */
const faultAtSeconds = 2;
export const faultLastsSeconds = 4;
/** The first frame of AAC is what the encoder needs to begin: all sound is later by it. */
const soundDelaySeconds = 1024 / 48_000;

const folder = path.join(os.tmpdir(), "framewatch-bench-media", "live");

/**
 * A programme of the given length, H.264 of 30 frames per second with B-frames and stereo AAC, with faults at known times:
 * pieces are encoded once and joined without encoding again. Kept for the next run.
 * @param faults `{ type: "black" | "freeze" | "silence", piece }`: what is wrong in which piece of 8 s
 * @param fromPiece the piece that it begins with: those before it come last. (A sender that begins in the middle of a file and then
 *   goes round would jump in time.)
 * @returns the file, its length and each fault's beginning in seconds
 */
export async function makeProgramme({ width, height, kilobits, seconds, faults: plan = [], fromPiece = 0 }) {
  if (seconds % pieceSeconds !== 0) throw new Error(`a programme lasts whole pieces of ${pieceSeconds} s`);
  mkdirSync(folder, { recursive: true });
  const shape = `${width}x${height}-${kilobits}k`;
  const pieceCount = seconds / pieceSeconds;
  const faults = plan.map(({ type, piece }) => ({ type, piece: (piece - fromPiece + pieceCount) % pieceCount }));
  const planted = faults.map(({ type, piece }) => ({
    type,
    atSeconds: piece * pieceSeconds + faultAtSeconds + (type === "silence" ? soundDelaySeconds : 0),
  }));
  const name = [shape, `${seconds}s`, ...faults.map(({ type, piece }) => `${type}${piece}`)].join("-");
  const file = path.join(folder, `${name}.mp4`);
  const programme = { file, seconds, faults: planted, groupSeconds };
  if (existsSync(file)) return programme;

  const pieces = await makePieces(shape, { width, height, kilobits });
  const faulty = new Map(faults.filter(({ type }) => type !== "silence").map(({ type, piece }) => [piece, type]));
  const list = Array.from({ length: pieceCount }, (_, index) => {
    const name = faulty.get(index) ?? index % cleanPieces;
    return `file '${pieces}/${name}.mp4'\n`;
  });
  const listFile = `${file}.txt`;
  const sound = `${file}.aac`;
  const unfinished = `${file}.part.mp4`;
  writeFileSync(listFile, list.join(""));
  const silences = faults
    .filter(({ type }) => type === "silence")
    .map(({ piece }) => piece * pieceSeconds + faultAtSeconds)
    .map((from) => `between(t,${from},${from + faultLastsSeconds})`);
  const tones =
    "aevalsrc='0.2*sin(2*PI*330*t)*(0.6+0.4*sin(t))+0.02*(random(0)-0.5)|0.2*sin(2*PI*331*t)+0.02*(random(1)-0.5)':s=48000";
  const gain = silences.length === 0 ? "" : `,volume=0:enable='${silences.join("+")}'`;
  ffmpeg(["-f", "lavfi", "-i", `${tones}${gain}`, "-t", `${seconds + 1}`, "-c:a", "aac", "-b:a", "128k", sound]);
  ffmpeg([
    ...["-f", "concat", "-safe", "0", "-i", listFile, "-i", sound, "-map", "0:v", "-map", "1:a"],
    ...["-c", "copy", "-t", `${seconds}`, unfinished],
  ]);
  rmSync(listFile);
  rmSync(sound);
  renameSync(unfinished, file);
  return programme;
}

/** `0.mp4` … are clean; `black.mp4` and `freeze.mp4` hold one fault each. */
async function makePieces(shape, { width, height, kilobits }) {
  const pieces = path.join(folder, `pieces-${shape}`);
  if (existsSync(pieces)) return pieces;
  const unfinished = `${pieces}.part`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  const [shot] = await paintShots(unfinished);
  const until = faultAtSeconds + faultLastsSeconds;
  const stopped = `loop=loop=${faultLastsSeconds * framesPerSecond}:size=1:start=${faultAtSeconds * framesPerSecond}`;
  const faults = {
    black: `,drawbox=c=black:t=fill:enable='between(t,${faultAtSeconds},${until - 0.5 / framesPerSecond})'`,
    freeze: `,${stopped}`,
  };
  const encode = (name, fromSeconds, seconds, fault, output) => {
    const camera = `crop=${width}:${height}:x='(iw-ow)*(0.5+0.5*sin((t+${fromSeconds})/3))':y='(ih-oh)*(0.5+0.5*cos((t+${fromSeconds})/4))'`;
    const grain = `noise=alls=8:allf=t:all_seed=5,format=yuv420p${fault},setpts=N/FRAME_RATE/TB`;
    ffmpeg([
      ...[
        "-loop",
        "1",
        "-framerate",
        `${framesPerSecond}`,
        "-i",
        shot,
        "-vf",
        `scale=${Math.round(width * 1.5)}:-2,${camera},${grain}`,
      ],
      ...["-t", `${seconds}`, "-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-flags", "+cgop", "-sc_threshold", "0"],
      ...["-g", `${groupSeconds * framesPerSecond}`, "-keyint_min", `${groupSeconds * framesPerSecond}`],
      ...["-b:v", `${kilobits}k`, "-maxrate", `${Math.round(kilobits * 1.2)}k`, "-bufsize", `${kilobits}k`, ...output(name)],
    ]);
  };
  const whole = (name) => [path.join(unfinished, `${name}.mp4`)];
  // One encoder each: joined, they need no more than what stands in the header that all have in common.
  for (let index = 0; index < cleanPieces; index++) encode(index, index * pieceSeconds, pieceSeconds, "", whole);
  for (const [name, fault] of Object.entries(faults)) encode(name, 0, pieceSeconds, fault, whole);
  renameSync(unfinished, pieces);
  return pieces;
}

function ffmpeg(options) {
  execFileSync("ffmpeg", ["-v", "error", "-y", ...options], { stdio: "inherit" });
}
