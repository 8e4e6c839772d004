import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { matchFaults, percentile, tellDelays } from "./delays.mjs";
import { measurePace } from "./pace.mjs";
import { memoryOf, processTree, stillRunning } from "./processes.mjs";
import { startService } from "./service.mjs";
import { makeProgrammes, startStreams, stopAll } from "./streams.mjs";

const programmeSeconds = 1200;
/** Each kind three times an hour: six alerts, which is what one type of one stream may give. */
const faults = [
  { type: "black", piece: 20 },
  { type: "freeze", piece: 70 },
  { type: "silence", piece: 120 },
];
const sampleSeconds = 5;
/** A sixth of the time, at most ten minutes, is for warming up. */
const warmUpShare = 1 / 6;
const mostWarmUpSeconds = 600;
/** What a message that was not kept, or a claim that was not, leaves in the log. */
const missedHeartbeats = [
  "a message's visibility could not be extended",
  "the job is not ours any more",
  "the continuation of a live job could not be sent, it is tried again",
  "it cannot be told whether another process wants a live job",
];

/**
 * Follows streams with a fault now and then for so long, and looks for what grows, what is missed and what is left over.
 * @param resultFile gets all of it as JSON, also while it runs
 */
export async function benchSoak(framewatch, load, { minutes, resultFile, nodeOptions = [] }) {
  const programmes = await makeProgrammes(load, { seconds: programmeSeconds, faults, apartPieces: 31 });
  const service = await startService(framewatch, { nodeOptions });
  const began = Date.now();
  const samples = [];
  const seen = new Map();
  let senders = [];
  let result;
  try {
    senders = await startStreams(service, load, programmes);
    const pacing = measurePace(service, senders, minutes * 60);
    const until = Date.now() + minutes * 60_000;
    const tell = (pace) => {
      result = summary({ service, senders, samples, load, minutes, pace, began });
      if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify(result, null, 1));
    };
    for (let count = 1; Date.now() < until; count++) {
      await pause(sampleSeconds * 1000);
      const tree = processTree(service.pid);
      for (const process of tree) seen.set(`${process.pid} ${process.began}`, process);
      const atSeconds = (Date.now() - began) / 1000;
      samples.push({ atSeconds, ...memoryOf(service.pid), children: tree.length - 1, ...(await mainThread(service)) });
      await service.readAlerts();
      if (count % 12 === 0) tell(undefined);
    }
    const { eventLoopDelayP99Seconds } = await service.health();
    const pace = await pacing;
    await service.readAlerts();
    tell({ ...pace, eventLoopDelayP99Seconds });
  } finally {
    await stopAll(service, senders);
  }
  const orphans = stillRunning([...seen.values()]);
  const whole = { ...result, orphans };
  if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify(whole, null, 1));
  print(whole);
  return whole;
}

function summary({ service, senders, samples, load, minutes, pace, began }) {
  const warmUpSeconds = Math.min(mostWarmUpSeconds, minutes * 60 * warmUpShare);
  const warm = samples.filter(({ atSeconds }) => atSeconds >= warmUpSeconds);
  const [first = samples[0], last] = [warm[0], samples.at(-1)];
  const complaints = Object.fromEntries(service.complaints);
  return {
    load,
    minutes,
    startedAt: new Date(began).toISOString(),
    minutesSoFar: (Date.now() - began) / 60_000,
    ...(pace === undefined ? {} : { pace }),
    rssSlopeMebibytesPerHour: slope(warm, "rssBytes"),
    anonymousSlopeMebibytesPerHour: slope(warm, "anonymousBytes"),
    rssMebibytes: { first: first?.rssBytes / 2 ** 20, last: last?.rssBytes / 2 ** 20 },
    files: { first: first?.files, last: last?.files },
    children: { first: first?.children, last: last?.children },
    longestWaitSeconds: samples.reduce((most, { longestWaitSeconds }) => Math.max(most, longestWaitSeconds), 0),
    missedHeartbeats: missedHeartbeats.reduce((sum, name) => sum + (complaints[name] ?? 0), 0),
    faults: matchFaults(senders, service.alerts, Date.now() - 20_000),
    senderStarts: Object.fromEntries(senders.map(({ name, starts }) => [name, starts])),
    complaints,
    examples: service.examples,
    samples,
  };
}

/** Memory of the main thread, and the longest that anything waited for it since the sample before. */
async function mainThread(service) {
  const metrics = await service.metrics();
  return {
    heapBytes: metrics.get("nodejs_heap_size_used_bytes"),
    externalBytes: metrics.get("nodejs_external_memory_bytes"),
    longestWaitSeconds: metrics.get("nodejs_eventloop_lag_max_seconds"),
  };
}

/** By least squares, in MiB per hour. */
function slope(samples, field) {
  const count = samples.length;
  if (count < 2) return undefined;
  const meanAt = samples.reduce((sum, { atSeconds }) => sum + atSeconds, 0) / count;
  const mean = samples.reduce((sum, sample) => sum + sample[field], 0) / count;
  const top = samples.reduce((sum, sample) => sum + (sample.atSeconds - meanAt) * (sample[field] - mean), 0);
  const bottom = samples.reduce((sum, { atSeconds }) => sum + (atSeconds - meanAt) ** 2, 0);
  return ((top / bottom) * 3600) / 2 ** 20;
}

function print(result) {
  const { pace, faults: found, rssMebibytes, files, children } = result;
  const mebibytes = (value) => value.toFixed(1);
  console.log(
    `  ${result.load.length} streams for ${result.minutes} minutes: pace ${pace.pace.toFixed(4)}, ${pace.cores.toFixed(2)} cores, behind by ${pace.growthSeconds.toFixed(2)} s, lost ${pace.lost}`,
  );
  console.log(
    `  resident memory ${mebibytes(rssMebibytes.first)} MiB after the warm-up, ${mebibytes(rssMebibytes.last)} at the end, slope ${mebibytes(result.rssSlopeMebibytesPerHour)} MiB/h`,
  );
  console.log(
    `  files open ${files.first} and ${files.last}; children ${children.first} and ${children.last}; orphans ${result.orphans.length}`,
  );
  console.log(
    `  missed heartbeats ${result.missedHeartbeats}; event loop p99 ${(1000 * pace.eventLoopDelayP99Seconds).toFixed(0)} ms, longest wait ${result.longestWaitSeconds.toFixed(2)} s`,
  );
  console.log(
    `  faults ${found.planted}, opened ${found.opened}, resolved ${found.resolved}, surplus ${found.surplus.length}; others ${JSON.stringify(found.others)}`,
  );
  const seconds = found.fromEvidence.map((delay) => delay.seconds);
  tellDelays("from the last picture needed, as sent", seconds);
  tellDelays("from the evidence as the service says", found.asTold);
  console.log(
    `  of all of them late by more than a second: ${seconds.filter((one) => one > 1).length}; half come within ${percentile(seconds, 0.5).toFixed(2)} s`,
  );
  if (Object.keys(result.complaints).length > 0) console.log(`  warnings: ${JSON.stringify(result.complaints)}`);
}
