import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { ownerTimes } from "../../src/ingest/job-claim.js";
import { leaseTimes } from "../../src/ingest/lease.js";
import { liveClaimTimes } from "../../src/ingest/live-claim.js";
import { openAws, type TestAws } from "../support/aws.js";
import { compressed } from "../support/live-process.js";

const script = fileURLToPath(new URL("../support/live-process.mjs", import.meta.url));
const times = { ...compressed, live: { ...compressed.live, renewSeconds: 60 } };

let aws: TestAws;
let folder: string;
beforeAll(async () => {
  aws = await openAws();
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-live-take-over-"));
});
afterAll(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

/** Streams that begin in the process, one after the other. */
function start(test: TestContext, url: string): { readonly child: ChildProcess; readonly begins: Promise<number> } {
  const child = fork(script, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  test.onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  });
  const begins = new Promise<number>((resolve) => {
    child.on("message", (message: object) => {
      if ("begins" in message) resolve(Date.now());
    });
  });
  child.send({ url, folder, times });
  return { child, begins };
}

describe.concurrent("a live job whose process", () => {
  it("was killed is taken over as soon as its message comes back", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, JSON.stringify({ id: "killed", source: "udp://239.0.0.1:5000", mode: "live" }));
    const first = start(test, url);
    await first.begins;
    const second = start(test, url);
    first.child.kill("SIGKILL");
    const killedAt = Date.now();
    const { visibilitySeconds } = times.poller.lease;
    test.expect((await second.begins) - killedAt).toBeLessThan((visibilitySeconds + 2) * 1000);
    test.expect(aws.count(url)).toEqual({ visible: 0, inFlight: 1 });
  });

  it("was told to stop goes on in another at once, and the process ends", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, JSON.stringify({ id: "stopped", source: "udp://239.0.0.1:5001", mode: "live" }));
    const first = start(test, url);
    await first.begins;
    const second = start(test, url);
    const exited = once(first.child, "exit");
    first.child.kill("SIGTERM");
    const toldAt = Date.now();
    // A stopping process waits for the end of its long poll, but not with the job.
    test.expect((await second.begins) - toldAt).toBeLessThan(2_500);
    test.expect(await exited).toEqual([0, null]);
  });
});

describe("the real times", () => {
  it("let another process take a dead one's job over within 75 s", () => {
    // The message is hidden for one visibility after the last word at most; by then the claim is free, whose last word came
    // one beat before at the latest, and who received the message looks at it at once.
    const { visibilitySeconds } = leaseTimes;
    expect(ownerTimes.stale / 1000 + 5).toBeLessThan(visibilitySeconds);
    const receiveSeconds = 3;
    expect(visibilitySeconds + receiveSeconds + liveClaimTimes.wait / 1000).toBeLessThan(75);
  });
});
