import { median, timeChild } from "./child.mjs";
import { benchFilm } from "./film.mjs";

const seconds = 120;
const framesPerSecond = 30;
const rounds = 3;

/** `framewatch check` against ffmpeg that only decodes, on the same file, turn by turn. */
export async function benchSpeed(framewatch) {
  const film = await benchFilm({ seconds });
  const decodeOnly = ["-v", "error", "-i", film, "-map", "0:v:0", "-map", "0:a:0", "-f", "null", "-"];
  const runs = { decode: [], check: [] };
  for (let round = 0; round < rounds; round++) {
    runs.decode.push((await timeChild("ffmpeg", decodeOnly)).wallSeconds);
    runs.check.push((await timeChild(process.execPath, [framewatch, "check", film, "--json"])).wallSeconds);
  }
  const frames = seconds * framesPerSecond;
  const rows = Object.entries(runs).map(([what, walls]) => ({ what, fps: frames / median(walls), walls }));
  console.log(`Speed: 1920x1080, ${seconds} s, ${frames} frames, H.264 and stereo AAC; median of ${rounds} turns`);
  for (const { what, fps, walls } of rows) {
    const name = what === "decode" ? "ffmpeg, decoding only" : "framewatch check";
    console.log(
      `  ${name.padEnd(24)} ${fps.toFixed(0).padStart(5)} frames/s   (${walls.map((wall) => wall.toFixed(1)).join(", ")} s)`,
    );
  }
  const ratios = runs.check.map((wall, round) => runs.decode[round] / wall);
  console.log(`  share of decode-only      ${median(ratios).toFixed(2)}`);
}
