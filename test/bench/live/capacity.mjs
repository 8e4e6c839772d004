import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { measurePace, untilUp } from "./pace.mjs";
import { treeSeconds } from "./processes.mjs";
import { protocols, startSender } from "./senders.mjs";
import { stopAll } from "./streams.mjs";
import { serviceCores, startService } from "./service.mjs";

const settleSeconds = 12;
const windowSeconds = 30;
/** A stream that falls behind by more than this in a window does not keep up: 1.7 %. */
const mostGrowthSeconds = 0.5;
const mostStreams = 16;

/**
 * How many streams run in real time on two cores: one more is added until they fall behind, or bytes are lost.
 * @param width, height, kilobits of the programme, which has no faults
 */
export async function benchCapacity(framewatch, programme, profiles = ["full", "fast"]) {
  const decoding = await decodeAlone(programme);
  console.log(`  ffmpeg that only decodes, in real time: ${decoding.toFixed(3)} cores per stream`);
  console.log("  profile  streams   pace   falls behind   cores   per stream   decoding alone   lost");
  const results = { decodingCoresPerStream: decoding, profiles: {} };
  for (const profile of profiles) results.profiles[profile] = await raise(framewatch, programme, profile, decoding);
  return results;
}

async function raise(framewatch, programme, profile, decoding) {
  const service = await startService(framewatch);
  const senders = [];
  const steps = [];
  let idle;
  try {
    idle = treeSeconds(service.pid);
    for (let streams = 1; streams <= mostStreams; streams++) {
      const protocol = protocols[(streams - 1) % protocols.length];
      const name = `${profile}-${streams}`;
      const sender = await startSender({ protocol, programme, name });
      senders.push(sender);
      await service.watch(sender, profile);
      await untilUp(service, senders);
      await pause(settleSeconds * 1000);
      const step = { streams, ...(await measurePace(service, senders, windowSeconds)) };
      steps.push(step);
      tell(profile, step, decoding);
      if (step.growthSeconds > mostGrowthSeconds || step.lost > 0 || step.anew > 0) break;
    }
  } finally {
    await stopAll(service, senders);
  }
  const held = steps.filter(({ growthSeconds, lost, anew }) => growthSeconds <= mostGrowthSeconds && lost + anew === 0);
  return { streams: held.at(-1)?.streams ?? 0, startSeconds: idle, steps };
}

function tell(profile, { streams, pace, growthSeconds, cores, lost, anew }, decoding) {
  const columns = [
    profile.padEnd(7),
    String(streams).padStart(7),
    pace.toFixed(3).padStart(6),
    `${growthSeconds.toFixed(2)} s`.padStart(13),
    cores.toFixed(2).padStart(7),
    (cores / streams).toFixed(3).padStart(12),
    (decoding * streams).toFixed(2).padStart(16),
    String(lost + anew).padStart(6),
  ];
  console.log(`  ${columns.join(" ")}`);
}

/** Cores that ffmpeg takes to decode one such stream, and to do nothing with it. */
async function decodeAlone({ file }) {
  const options = ["-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i", file, "-t", "20", "-f", "null", "-"];
  const child = spawn("taskset", ["-c", serviceCores, "ffmpeg", ...options], { stdio: "inherit" });
  const ended = once(child, "close");
  await pause(2000);
  const [from, since] = [treeSeconds(child.pid), performance.now()];
  await pause(15_000);
  const cores = (treeSeconds(child.pid) - from) / ((performance.now() - since) / 1000);
  await ended;
  return cores;
}
