import { timeChild } from "./child.mjs";
import { benchFilm } from "./film.mjs";

/** Small enough that an hour of it takes a few minutes; the frames' own memory does not depend on the length. */
const [width, height] = [640, 360];

/** Peak memory of the process for a minute and an hour of film: it must not grow with the length. */
export async function benchMemory(framewatch) {
  const peaks = [];
  console.log(`Memory: peak resident memory of the framewatch process, ${width}x${height}, no models`);
  for (const seconds of [60, 3600]) {
    const film = await benchFilm({ seconds, width, height });
    const { peakBytes, wallSeconds } = await timeChild(process.execPath, [framewatch, "check", film, "--json", "--no-models"]);
    peaks.push(peakBytes);
    console.log(
      `  ${String(seconds).padStart(4)} s of film   ${(peakBytes / 2 ** 20).toFixed(0).padStart(5)} MiB   (${wallSeconds.toFixed(1)} s)`,
    );
  }
  console.log(`  ratio            ${(peaks[1] / peaks[0]).toFixed(2)}`);
}
