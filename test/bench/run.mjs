// npm run bench [-- speed | audio | stream | memory | kernels | corpus | live | live-soak]: figures as ratios against a peer in the same run.
// On Linux all of it runs on two cores; those of live streams start the service on cores 0 and 1, and run beside it on 2 and 3.
import { spawnSync } from "node:child_process";
import { availableParallelism, cpus } from "node:os";
import { fileURLToPath } from "node:url";

const self = fileURLToPath(import.meta.url);
const framewatch = fileURLToPath(new URL("../../bin/framewatch.js", import.meta.url));

const asked = process.argv.slice(2);
const isLive = asked[0]?.startsWith("live") === true;
const cores = isLive ? "2,3" : "0,1";

// The AWS SDK's reminder about Node 20 would stand between the rows.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
if (process.platform === "linux" && process.env.BENCH_PINNED === undefined) {
  const pinned = spawnSync("taskset", ["-c", cores, process.execPath, self, ...asked], {
    stdio: "inherit",
    env: { ...process.env, BENCH_PINNED: "1" },
  });
  if (pinned.error === undefined) process.exit(pinned.status ?? 1);
}
console.log(
  process.env.BENCH_PINNED === undefined
    ? `Not pinned: ${availableParallelism()} cores (no taskset here). ${version()}`
    : `Pinned to cores 0 and 1 by taskset${isLive ? ", senders and AWS to 2 and 3" : ""}. ${version()}`,
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
  stream: async () => (await import("./stream.mjs")).benchStream(framewatch),
  memory: async () => (await import("./memory.mjs")).benchMemory(framewatch),
  corpus: async () => (await import("./corpus.mjs")).benchCorpus(framewatch),
};
// These take options of their own, and minutes to hours.
const liveBenches = {
  "live": async () => (await import("./live.mjs")).benchLive(framewatch, asked.slice(1)),
  "live-soak": async () => (await import("./live.mjs")).benchLiveSoak(framewatch, asked.slice(1)),
};
if (isLive) {
  await liveBenches[asked[0]]?.();
  process.exit(asked[0] in liveBenches ? 0 : 2);
}
// Real clips are in nobody's checkout: that bench runs when it is asked for.
const names = asked.length > 0 ? asked : Object.keys(benches).filter((name) => name !== "corpus");
for (const name of names) {
  if (benches[name] === undefined) {
    console.error(`There is no bench ${name}; there are ${Object.keys(benches).join(", ")}.`);
    process.exit(2);
  }
  await benches[name]();
}
