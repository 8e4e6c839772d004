import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

/** `SCHED_IDLE` of sched(7). */
const idle = 5;
/** The 41st field of proc_pid_stat(5); the second ends with the last bracket. */
const policyIn = (stat: string) => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38]);

test.runIf(process.platform === "linux")(
  "only the thread that gives way, and its children, leave the processor to others",
  async () => {
    const thread = new Worker(
      `
    const { parentPort } = require("node:worker_threads");
    const { execFileSync } = require("node:child_process");
    import(${JSON.stringify(new URL("../dist/thread-priority.js", import.meta.url).href)}).then(({ giveWay }) => {
      giveWay();
      parentPort.postMessage(execFileSync("cat", ["/proc/self/stat"], { encoding: "utf8" }));
    });
  `,
      { eval: true },
    );
    const [ofChild] = await once(thread, "message");
    expect(policyIn(String(ofChild))).toBe(idle);
    expect(policyIn(await readFile("/proc/self/stat", "utf8"))).not.toBe(idle);
  },
);
