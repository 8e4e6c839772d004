import { once } from "node:events";
import { getPriority } from "node:os";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

test.runIf(process.platform === "linux")(
  "only the thread that gives way, and its children, leave the processor to others",
  async () => {
    const own = getPriority();
    const thread = new Worker(
      `
    const { parentPort } = require("node:worker_threads");
    const { execFileSync } = require("node:child_process");
    import(${JSON.stringify(new URL("../dist/thread-priority.js", import.meta.url).href)}).then(({ giveWay }) => {
      giveWay();
      parentPort.postMessage(Number(execFileSync("nice", { encoding: "utf8" })));
    });
  `,
      { eval: true },
    );
    const [ofChild] = await once(thread, "message");
    expect(ofChild).toBe(10);
    expect(getPriority()).toBe(own);
  },
);
