import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll } from "vitest";

/** How long things that were told to end may take until they count as left behind. */
const graceMilliseconds = 3_000;

/** Handles that keep a process alive and that only code under test opens. */
const countedHandles = ["TCPServerWrap", "PipeServerWrap", "FSEventWrap"];

/** Worker threads that were started and have not ended; node lists them nowhere, but tells of each new one. */
const workers = new Set<Worker>();
const noteWorker = (worker: Worker): void => {
  workers.add(worker);
  worker.once("exit", () => workers.delete(worker));
};
process.on("worker", noteWorker);

interface Process {
  readonly pid: number;
  readonly command: string;
}

/** Child processes of this one that still run; zombies that wait for node to reap them do not count. */
function childProcesses(): Process[] {
  if (process.platform !== "linux") return [];
  const children: Process[] = [];
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      // `pid (command) state parent …`; the command may hold spaces and brackets, so read on from its last one.
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (Number(parent) !== process.pid || state === "Z") continue;
      const command = readFileSync(`/proc/${entry}/cmdline`, "utf8").replaceAll("\0", " ").trim();
      children.push({ pid: Number(entry), command: command.slice(0, 120) });
    } catch (error) {
      // It ended while we looked at it.
      if (!(error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ESRCH"))) throw error;
    }
  }
  return children;
}

function handles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo().filter((name) => countedHandles.includes(name))) {
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}

const systemTemporaryFolder = tmpdir();
let ownTemporaryFolder: string;
let childrenBefore: ReadonlySet<number>;
let handlesBefore: ReadonlyMap<string, number>;
let workersBefore: ReadonlySet<Worker>;

function leftovers(): string[] {
  const children = childProcesses().filter(({ pid }) => !childrenBefore.has(pid));
  const more = [...handles()].filter(([type, count]) => count > (handlesBefore.get(type) ?? 0));
  const folders = readdirSync(ownTemporaryFolder).filter((name) => name.startsWith("framewatch-"));
  return [
    ...children.map(({ pid, command }) => `child process ${pid}: ${command}`),
    ...[...workers].filter((worker) => !workersBefore.has(worker)).map((worker) => `worker thread ${worker.threadId}`),
    ...more.map(([type, count]) => `${count - (handlesBefore.get(type) ?? 0)} open ${type}`),
    ...folders.map((name) => `temporary ${join(ownTemporaryFolder, name)}`),
  ];
}

beforeAll(() => {
  // Test files run side by side, so each gets a temporary folder of its own; children inherit it.
  ownTemporaryFolder = mkdtempSync(join(systemTemporaryFolder, "test-of-framewatch-"));
  process.env["TMPDIR"] = ownTemporaryFolder;
  childrenBefore = new Set(childProcesses().map(({ pid }) => pid));
  handlesBefore = handles();
  workersBefore = new Set(workers);
});

// Registered before every hook of the test file, so it runs after all of them.
afterAll(async () => {
  const deadline = Date.now() + graceMilliseconds;
  while (leftovers().length > 0 && Date.now() < deadline) await pause(50);
  const left = leftovers();
  // The process may go on with another test file.
  process.removeListener("worker", noteWorker);
  for (const { pid } of childProcesses().filter(({ pid: child }) => !childrenBefore.has(child))) process.kill(pid, "SIGKILL");
  rmSync(ownTemporaryFolder, { recursive: true, force: true });
  process.env["TMPDIR"] = systemTemporaryFolder;
  if (left.length > 0) throw new Error(`This test file left behind:\n- ${left.join("\n- ")}`);
});
