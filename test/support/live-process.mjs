// A process that takes live jobs from a queue, to be killed. Its first message tells which queue, where jobs keep their
// state, and its times. It says {begins} with the job's run and {ends} for each stream.
import { once } from "node:events";

const ingest = await import("../../dist/ingest/index.js");
const { openLog } = await import("../../dist/log.js");
const { openStore } = await import("../../dist/open-store.js");

const [{ url, folder, times }] = await once(process, "message");
const log = openLog("error");
const live = ingest.openLiveLeases({ streams: 4, log, times: times.live });

async function run(job, hold) {
  const { id, source, profile } = job;
  const store = openStore(folder).under(`${id}/`);
  const claim = await ingest.claimLive({ store, job: { id, source, policyHash: "p1", profile }, hold, log, times: times.claim });
  if (claim.kind !== "owner") return;
  process.send({ begins: claim.run });
  try {
    await once(claim.signal, "abort");
    throw claim.signal.reason;
  } finally {
    process.send({ ends: claim.run });
    await claim.release();
  }
}

const queue = ingest.openQueue(url);
const poller = ingest.openPoller({
  queues: [{ queue, slots: 2, isFull: live.isFull }],
  log,
  times: times.poller,
  handle(delivery) {
    const job = ingest.identifyLive(ingest.parseJob(JSON.parse(delivery.message.body)), "p1");
    return live.attend(job, delivery, (hold) => run(job, hold));
  },
});

process.on("SIGTERM", async () => {
  await Promise.all([live.close(), poller.stop()]);
  queue.close();
  process.disconnect();
});
