import { median, timeChild } from "./child.mjs";
import { benchFilm, framesPerSecond } from "./film.mjs";

const rounds = 3;
/** About as much work at each size. */
const sizes = [
  { width: 1280, height: 720, seconds: 120 },
  { width: 1920, height: 1080, seconds: 120 },
  { width: 3840, height: 2160, seconds: 40 },
];
const profiles = ["full", "fast"];
/** What ffmpeg itself measures of a picture, as others chain it. */
const filterChain = "blackdetect,freezedetect,signalstats,idet,blockdetect,blurdetect,siti,scdet";
/** It is slow: a part of the film tells. */
const chainSeconds = 4;

/**
 * `framewatch check` with all detectors and no models against ffmpeg that only decodes the same file, turn by turn, and
 * against ffmpeg's own filters. A share is the median of the turns' ratios: of time, which says what a user gets, and of
 * processor time, which other work on the machine hardly moves.
 */
export async function benchSpeed(framewatch) {
  console.log(`Speed: H.264 with stereo AAC, ${framesPerSecond} frames/s, all detectors, no models; median of ${rounds} turns`);
  console.log("  picture      what                   frames/s   share of decode-only: time   CPU   CPU ms per frame");
  const full = {};
  for (const { width, height, seconds } of sizes) {
    const film = await benchFilm({ seconds, width, height });
    const runs = { "ffmpeg, decoding only": () => timeChild("ffmpeg", [...decoding(film), "-f", "null", "-"]) };
    for (const profile of profiles) {
      const options = [framewatch, "check", film, "--json", "--no-models", "--profile", profile];
      runs[`check, profile ${profile}`] = () => timeChild(process.execPath, options);
    }
    const turns = await takeTurns(runs);
    const [decodes] = Object.values(turns);
    for (const [what, times] of Object.entries(turns)) {
      const fps = median(times.map(({ wallSeconds }) => (seconds * framesPerSecond) / wallSeconds));
      const share = median(times.map(({ wallSeconds }, turn) => decodes[turn].wallSeconds / wallSeconds));
      const cpuShare = median(times.map(({ cpuSeconds }, turn) => decodes[turn].cpuSeconds / cpuSeconds));
      const cpu = median(times.map(({ cpuSeconds }) => (1000 * cpuSeconds) / (seconds * framesPerSecond)));
      if (what === "check, profile full") full[height] = fps;
      console.log(
        `  ${`${width}x${height}`.padEnd(11)}  ${what.padEnd(21)}  ${fps.toFixed(0).padStart(8)}   ${share.toFixed(2).padStart(26)}  ${cpuShare.toFixed(2).padStart(4)}   ${cpu.toFixed(2).padStart(16)}`,
      );
    }
  }
  await againstFilters(full[1080]);
}

/** All of them once, and again, so that what else this machine does meets them all. */
async function takeTurns(runs) {
  const turns = Object.fromEntries(Object.keys(runs).map((what) => [what, []]));
  for (let turn = 0; turn < rounds; turn++) {
    for (const [what, run] of Object.entries(runs)) turns[what].push(await run());
  }
  return turns;
}

async function againstFilters(ours) {
  const film = await benchFilm({ seconds: 120 });
  const options = [...decoding(film), "-t", String(chainSeconds), "-vf", filterChain, "-f", "null", "-"];
  const { wallSeconds } = await timeChild("ffmpeg", options);
  const theirs = (chainSeconds * framesPerSecond) / wallSeconds;
  console.log(`  1920x1080    ffmpeg -vf ${filterChain}`);
  console.log(
    `               ${theirs.toFixed(1)} frames/s; check, profile full, is ${(ours / theirs).toFixed(0)} times as fast`,
  );
}

const decoding = (film) => ["-v", "error", "-i", film, "-map", "0:v:0", "-map", "0:a:0"];
