import { setTimeout as pause } from "node:timers/promises";
import { framesPerSecond } from "./programme.mjs";
import { treeSeconds } from "./processes.mjs";

const lostBytesMessage = "a reader of a live stream was too slow and lost bytes";
const anewMessage = "the stream could not be read on, it is connected anew";

/**
 * How a service kept up over a while: pictures that were sent and pictures that it measured, counted by each of them by itself.
 * @returns `sentPace` 1 where the senders themselves came along, by how much the latest picture was sent too late; `growthSeconds` by how much the streams fell behind, the mean of them; `lagSeconds` of each at the end, where the
 *   service tells; processor seconds of the service and its children per second
 */
export async function measurePace(service, senders, seconds) {
  const before = await read(service, senders);
  await pause(seconds * 1000);
  const after = await read(service, senders);
  const elapsed = (after.at - before.at) / 1000;
  const sent = after.sent - before.sent;
  const measured = after.frames - before.frames;
  const lags = await service.lags();
  return {
    seconds: elapsed,
    sentPace: sent / (senders.length * framesPerSecond * elapsed),
    senderLateSeconds: Math.max(...senders.map((sender) => sender.lateSeconds)),
    pace: measured / sent,
    growthSeconds: (sent - measured) / (senders.length * framesPerSecond),
    ...(lags === undefined ? {} : { lagSeconds: lags }),
    cores: (after.cpu - before.cpu) / elapsed,
    lost: after.lost - before.lost,
    anew: after.anew - before.anew,
  };
}

async function read(service, senders) {
  const metrics = await service.metrics();
  return {
    at: performance.now(),
    frames: metrics.get("framewatch_frames_analyzed_total") ?? 0,
    sent: senders.reduce((sum, sender) => sum + sender.sent, 0),
    cpu: treeSeconds(service.pid),
    lost: service.complaints.get(lostBytesMessage) ?? 0,
    anew: service.complaints.get(anewMessage) ?? 0,
  };
}

/** Waits until every stream is measured. */
export async function untilUp(service, senders, patienceSeconds = 60) {
  const deadline = Date.now() + patienceSeconds * 1000;
  for (;;) {
    const metrics = await service.metrics();
    const down = senders.filter(({ name }) => metrics.get(`framewatch_stream_up{stream="${name}"}`) !== 1);
    if (down.length === 0) return;
    if (Date.now() > deadline) {
      throw new Error(`${down.map(({ name }) => name).join(", ")} did not come up: ${service.examples.join("\n")}`);
    }
    await pause(500);
  }
}
