import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { median, timeChild } from "./child.mjs";

const rounds = 3;
const seconds = 1200;
const folder = path.join(os.tmpdir(), "framewatch-bench-media");

/**
 * `framewatch check` on stereo sound alone, all detectors of sound, against ffmpeg that only decodes it, turn by turn. Told
 * is how much sound a core gets through in a second of processor time, decoding, start and report included; which of several
 * cores do it makes no difference.
 */
export async function benchAudio(framewatch) {
  const file = benchSound();
  const runs = {
    "ffmpeg, decoding only": () => timeChild("ffmpeg", ["-v", "error", "-i", file, "-f", "null", "-"]),
    "check, everything on": () => timeChild(process.execPath, [framewatch, "check", file, "--json", "--no-models"]),
  };
  const turns = Object.fromEntries(Object.keys(runs).map((what) => [what, []]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const [what, run] of Object.entries(runs)) turns[what].push(await run());
  }
  console.log(
    `Audio: ${seconds / 60} minutes of AAC, stereo, 48 kHz; processor time of all processes, user and system; median of ${rounds} turns`,
  );
  for (const [what, times] of Object.entries(turns)) {
    const perCore = median(times.map(({ cpuSeconds }) => seconds / cpuSeconds));
    const cpu = median(times.map(({ cpuSeconds }) => (1000 * cpuSeconds) / seconds));
    console.log(
      `  ${what.padEnd(22)}  ${perCore.toFixed(0).padStart(6)} times real time per core, ${cpu.toFixed(2)} ms CPU per second of sound`,
    );
  }
}

/** Chords that come and go over noise, coded as broadcasters do; one minute, repeated. Kept for the next run. */
function benchSound() {
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `sound-${seconds}s.m4a`);
  if (existsSync(file)) return file;
  const piece = path.join(folder, "sound-piece.m4a");
  const chord = [220, 277, 330].map((hertz) => `sin(2*PI*${hertz}*t)`).join("+");
  const side = (other) => `0.08*(${chord}+sin(2*PI*${other}*t))*(0.6+0.4*sin(3*t))+0.05*(random(0)-0.5)`;
  ffmpeg(["-f", "lavfi", "-t", "60", "-i", `aevalsrc='${side(440)}|${side(550)}':s=48000`, "-c:a", "aac", "-b:a", "192k", piece]);
  const unfinished = `${file}.part.m4a`;
  // One piece, repeated without encoding again.
  ffmpeg(["-stream_loop", "-1", "-i", piece, "-t", `${seconds}`, "-c", "copy", unfinished]);
  renameSync(unfinished, file);
  return file;
}

function ffmpeg(options) {
  execFileSync("ffmpeg", ["-v", "error", "-y", ...options], { stdio: "inherit" });
}
