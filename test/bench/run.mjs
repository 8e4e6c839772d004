// npm run bench [-- speed | audio | memory | kernels | corpus]: figures as ratios against a peer in the same run. On Linux all of it runs on two cores.
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const framewatch = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));

if (process.platform === "linux" && process.env.BENCH_PINNED === undefined) {
  const pinned = spawnSync("taskset", ["-c", "0,1", process.execPath, self, ...process.argv.slice(2)], {
    stdio: "inherit",
    env: { ...process.env, BENCH_PINNED: "1" },
  });
  if (pinned.error === undefined) process.exit(pinned.status ?? 1);
}
console.log(
  process.env.BENCH_PINNED === undefined
    ? `Not pinned: ${availableParallelism()} cores (no taskset here). ${version()}`
    : `Pinned to cores 0 and 1 by taskset. ${version()}`,
);

function version() {
  const { stdout } = spawnSync("ffmpeg", ["-version"], { encoding: "utf8" });
  const [named] = stdout.match(/ffmpeg version \S+/) ?? [];
  return `${cpus()[0]?.model ?? "unknown processor"}, node ${process.version}, ${named}.`;
}

const benches = {
  kernels: async () => (await import("./kernels.mjs")).benchKernels(),
  speed: async () => (await import("./speed.mjs")).benchSpeed(framewatch),
  audio: async () => (await import("./audio.mjs")).benchAudio(framewatch),
  memory: async () => (await import("./memory.mjs")).benchMemory(framewatch),
  corpus: async () => (await import("./corpus.mjs")).benchCorpus(framewatch),
};
const asked = process.argv.slice(2);
// Real clips are in nobody's checkout: that bench runs when it is asked for.
const names = asked.length > 0 ? asked : Object.keys(benches).filter((name) => name !== "corpus");
for (const name of names) {
  if (benches[name] === undefined) {
    console.error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
    process.exit(2);
  }
  await benches[name]();
}
