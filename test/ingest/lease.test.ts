import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLease } from "../../src/ingest/lease.js";
import { openQueue, type Queue } from "../../src/ingest/sqs.js";
import { openLog } from "../../src/log.js";
import { openAws, type TestAws } from "../support/aws.js";
import { cutOff } from "../support/cut-off.js";

const log = openLog("error");
/** Hidden for 3 s, extended twice a second, given up after 2 s without success. */
const times = { visibilitySeconds: 3, extendSeconds: 0.5, guardSeconds: 1, longestSeconds: 60 };

let aws: TestAws;
beforeAll(async () => {
  aws = await openAws();
});
afterAll(() => aws.close());

/** Receives the one message of the queue, if it becomes visible within so many seconds. */
async function receive(queue: Queue, withinSeconds = 0) {
  const deadline = performance.now() + withinSeconds * 1000;
  for (;;) {
    const sinceMilliseconds = performance.now();
    const [message] = await queue.receive({
      maximumMessages: 1,
      waitSeconds: 0,
      visibilitySeconds: times.visibilitySeconds,
      deadlineSeconds: 5,
    });
    if (message) return { queue, receipt: message.receipt, sinceMilliseconds, log, times, message };
    if (performance.now() >= deadline) return undefined;
    await sleep(100);
  }
}

async function leased(queueUrl: string, queue = openQueue(queueUrl)) {
  await aws.send(queueUrl, "job");
  const received = await receive(queue);
  if (received === undefined) throw new Error("nothing received");
  return { queue, lease: openLease(received), message: received.message };
}

function lost(lease: { readonly signal: AbortSignal }): Promise<unknown> {
  return new Promise((resolve) => {
    lease.signal.addEventListener("abort", () => resolve(lease.signal.reason));
  });
}

describe("a lease", () => {
  it("keeps its message from others for longer than one visibility, and deletes it when it is done", async () => {
    const { url } = aws.queue();
    const { queue, lease, message } = await leased(url);
    expect(message).toMatchObject({ body: "job", receiveCount: 1, sentAtMilliseconds: expect.any(Number) });
    expect(await receive(queue, 4)).toBeUndefined();
    lease.check();
    await lease.done();
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 0 });
    expect(() => lease.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
    expect(lease.signal.aborted).toBe(false);
    queue.close();
  });

  it("gives its message back for others to receive at once", async () => {
    const { url } = aws.queue();
    const { queue, lease } = await leased(url);
    await lease.release(0);
    expect(await receive(queue)).toMatchObject({ message: { receiveCount: 2 } });
    expect(() => lease.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
    queue.close();
  });

  it("is lost before others get the message, when it cannot be extended any more", async () => {
    const { url } = aws.queue();
    const proxy = await cutOff(aws.server.port);
    const queue = proxy.openQueue(url);
    const { lease } = await leased(url, queue);
    proxy.cut();
    const reason = await lost(lease);
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 1 });
    expect(reason).toMatchObject({ code: "lease-lost" });
    expect(() => lease.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
    await expect(lease.done()).rejects.toMatchObject({ code: "lease-lost" });
    const other = openQueue(url);
    expect(await receive(other, 10)).toMatchObject({ message: { receiveCount: 2 } });
    other.close();
    queue.close();
    await proxy.close();
  });

  it("is lost when the queue says that the receipt holds no longer", async () => {
    const { url } = aws.queue();
    const { queue, lease, message } = await leased(url);
    await queue.delete(message.receipt);
    expect(await lost(lease)).toMatchObject({ code: "lease-lost", message: expect.stringContaining("no longer ours") });
    await lease.release(0);
    queue.close();
  });

  it("is lost after the longest time that a message may be held", async () => {
    const { url } = aws.queue();
    const queue = openQueue(url);
    await aws.send(url, "job");
    const received = await receive(queue);
    if (received === undefined) throw new Error("nothing received");
    const lease = openLease({ ...received, times: { ...times, longestSeconds: 1.5 } });
    expect(await lost(lease)).toMatchObject({ code: "lease-lost", message: expect.stringContaining("held for") });
    queue.close();
  });

  it("is found lost by a check when the process was too busy for any timer", async () => {
    const { url } = aws.queue();
    const { queue, lease } = await leased(url);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_200);
    expect(() => lease.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
    expect(lease.signal.aborted).toBe(true);
    queue.close();
  });

  it("is lost when the process was stopped and goes on, before anything else can happen", async () => {
    const { url } = aws.queue();
    const { queue, lease } = await leased(url);
    const pause = spawn("sh", ["-c", `kill -STOP ${process.pid}; sleep 3; kill -CONT ${process.pid}`], { stdio: "ignore" });
    const resumed = new Promise((resolve) => {
      pause.on("exit", resolve);
    });
    await Promise.all([lost(lease), resumed]);
    await expect(lease.done()).rejects.toMatchObject({ code: "lease-lost" });
    // The stopped process's emulator stood still as well; what counts is that the message was not deleted.
    expect(aws.count(url).visible + aws.count(url).inFlight).toBe(1);
    queue.close();
  });

  it("leaves no timer behind that could extend a message that was given back", async () => {
    const { url } = aws.queue();
    const { queue, lease } = await leased(url);
    await lease.release(1);
    expect(await receive(queue, 2.5)).toMatchObject({ message: { receiveCount: 2 } });
    queue.close();
  });
});
