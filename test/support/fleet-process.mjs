// A process of the fleet, for tests that share work among several or kill one. It logs what it does as JSON lines on stdout.
// Arguments: Redis' URL, its times as JSON, `work` or `hang` (never finishes a segment).
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openFleet } from "../../dist/ingest/run-on-fleet.js";
import { openSlots } from "../../dist/ingest/slots.js";
import { openLog } from "../../dist/log.js";
import { openStore } from "../../dist/open-store.js";

const [redisUrl, times, mode] = process.argv.slice(2);
const folder = await mkdtemp(path.join(tmpdir(), "fleet-process-"));
const say = (event, task) => process.stdout.write(`${JSON.stringify({ event, index: task?.segment.index, pid: process.pid })}\n`);

async function analyse(task, signal, onBlock) {
  say("started", task);
  if (mode === "hang") {
    const alive = setInterval(() => {}, 1_000);
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    clearInterval(alive);
    say("aborted", task);
    signal.throwIfAborted();
  }
  onBlock(task.segment.index);
  const file = path.join(folder, `${task.segment.index}`);
  await writeFile(file, `signals of ${task.segment.index}`);
  say("finished", task);
  return file;
}

const fleet = openFleet({
  analyse,
  openStore,
  slots: openSlots(1),
  log: openLog("warn"),
  redisUrl,
  software: "test",
  times: JSON.parse(times),
});
process.once("SIGTERM", () => fleet.close().then(() => process.exit(0)));
say("joined");
