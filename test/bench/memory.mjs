import { timeChild } from "./child.mjs";
import { benchFilm } from "./film.mjs";

/** Peak memory of the process for a short and a long film: it must not grow with the length. */
export async function benchMemory(framewatch) {
  const peaks = [];
  console.log("Memory: peak resident memory of the framewatch process, 1920x1080");
  for (const seconds of [20, 600]) {
    const film = await benchFilm({ seconds });
    const { peakBytes, wallSeconds } = await timeChild(process.execPath, [framewatch, "check", film, "--json"]);
    peaks.push(peakBytes);
    console.log(
      `  ${String(seconds).padStart(4)} s of film   ${(peakBytes / 2 ** 20).toFixed(0).padStart(5)} MiB   (${wallSeconds.toFixed(1)} s)`,
    );
  }
  console.log(`  ratio            ${(peaks[1] / peaks[0]).toFixed(2)}`);
}
