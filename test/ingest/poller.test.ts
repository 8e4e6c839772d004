import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { type Delivery, openPoller, type Poller, type PollerRequest, pollerTimes } from "../../src/ingest/poller.js";
import { openQueue, type Queue } from "../../src/ingest/sqs.js";
import { openLog } from "../../src/log.js";
import { openAws, type TestAws } from "../support/aws.js";
import { type CutOff, cutOff } from "../support/cut-off.js";

const times = {
  ...pollerTimes,
  waitSeconds: 1,
  hangSeconds: 1,
  finishSeconds: 0.2,
  settleSeconds: 0.5,
  backOffSeconds: 0.2,
  retrySeconds: 0,
  lease: { visibilitySeconds: 3, extendSeconds: 0.5, guardSeconds: 1, longestSeconds: 60 },
};

let aws: TestAws;
beforeAll(async () => {
  aws = await openAws();
});
afterAll(() => aws.close());

function open(test: TestContext, url: string): Queue {
  const queue = openQueue(url);
  test.onTestFinished(() => queue.close());
  return queue;
}

/** The queue behind a door that can go deaf. */
async function openBehindDoor(test: TestContext, url: string): Promise<{ queue: Queue; door: CutOff }> {
  const door = await cutOff(aws.server.port);
  const queue = door.openQueue(url);
  test.onTestFinished(async () => {
    queue.close();
    await door.close();
  });
  return { queue, door };
}

/** Starts a poller that is stopped after the test; what it says in errors is kept away from the test's output. */
function start(test: TestContext, request: Omit<PollerRequest, "log">): Poller {
  const poller = openPoller({ times, ...request, log: openLog("error", () => undefined) });
  test.onTestFinished(() => poller.stop());
  return poller;
}

async function until(what: string, holds: () => boolean, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}

/** A handler that ends when it is told to, and remembers what it was given. */
function handler() {
  const deliveries: Delivery[] = [];
  const finish: ((outcome: "done" | "keep") => void)[] = [];
  return {
    deliveries,
    finishAll: (outcome: "done" | "keep") => finish.splice(0).forEach((end) => end(outcome)),
    handle: (delivery: Delivery) => {
      deliveries.push(delivery);
      return new Promise<"done" | "keep">((resolve) => {
        finish.push(resolve);
      });
    },
  };
}

const endsWhenInterrupted = ({ signal }: Delivery) =>
  new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });

describe.concurrent("the poller", () => {
  it("deletes a message when its handler is done with it", async (test) => {
    const { url } = aws.queue();
    const bodies: string[] = [];
    start(test, {
      queues: [{ queue: open(test, url), slots: 2 }],
      handle: async ({ message }) => (bodies.push(message.body), "done"),
    });
    for (const body of ["a", "b", "c"]) await aws.send(url, body);
    await until("all handled and deleted", () => bodies.length === 3 && aws.count(url).visible + aws.count(url).inFlight === 0);
    expect(bodies.sort()).toEqual(["a", "b", "c"]);
  });

  it("never has more messages than slots, and gives each queue its own", async (test) => {
    const [jobs, live] = [aws.queue(), aws.queue()];
    for (let index = 0; index < 12; index += 1) await aws.send(jobs.url, `job ${index}`);
    const { deliveries, finishAll, handle } = handler();
    let most = 0;
    const poller = start(test, {
      queues: [
        { queue: open(test, live.url), slots: 1 },
        { queue: open(test, jobs.url), slots: 3 },
      ],
      handle: (delivery) => {
        most = Math.max(most, poller.status().running);
        return handle(delivery);
      },
    });
    await until("slots are taken", () => deliveries.length === 3);
    expect(aws.count(jobs.url)).toEqual({ visible: 9, inFlight: 3 });
    await aws.send(live.url, "channel");
    await until("the live job runs beside the others", () => deliveries.length === 4);
    const finishing = setInterval(() => finishAll("done"), 20);
    await until("all is done", () => deliveries.length === 13 && poller.status().running === 0);
    clearInterval(finishing);
    expect(most).toBeLessThanOrEqual(4);
  });

  it("gives a slot to the next message when a handler needs it no more, and interrupts that one at once on a stop", async (test) => {
    const { url } = aws.queue();
    for (const body of ["endless", "endless", "endless"]) await aws.send(url, body);
    const signals: AbortSignal[] = [];
    const poller = start(test, {
      queues: [{ queue: open(test, url), slots: 1 }],
      handle: (delivery) => {
        delivery.detach();
        signals.push(delivery.signal);
        return endsWhenInterrupted(delivery);
      },
      times: { ...times, finishSeconds: 30 },
    });
    await until("all run", () => signals.length === 3);
    expect(poller.status().running).toBe(3);
    await poller.stop();
    expect(signals.every(({ reason }) => reason.code === "interrupted")).toBe(true);
    expect(aws.count(url)).toEqual({ visible: 3, inFlight: 0 });
  });

  it("only glances at a queue for which there is no room", async (test) => {
    const { url } = aws.queue();
    const queue = open(test, url);
    const waits: number[] = [];
    let isFull = true;
    const counting: Queue = { ...queue, receive: (request) => (waits.push(request.waitSeconds), queue.receive(request)) };
    start(test, {
      queues: [{ queue: counting, slots: 1, isFull: () => isFull }],
      handle: async () => "done",
      times: { ...times, glanceSeconds: 0.05 },
    });
    await until("it glanced", () => waits.length === 3);
    isFull = false;
    await until("it waits for messages", () => waits.includes(1));
    expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
  });

  it("keeps a long job's message from a second consumer", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, "job");
    const { deliveries, finishAll, handle } = handler();
    for (const queue of [open(test, url), open(test, url)]) start(test, { queues: [{ queue, slots: 1 }], handle });
    await until("one has it", () => deliveries.length === 1);
    await sleep(4_000);
    expect(deliveries).toHaveLength(1);
    finishAll("done");
    await until("it is deleted", () => aws.count(url).inFlight === 0);
  });

  it("aborts the handler whose lease is lost, and the message comes again", async (test) => {
    const { url } = aws.queue();
    const { queue, door } = await openBehindDoor(test, url);
    await aws.send(url, "job");
    const reasons: unknown[] = [];
    const first = start(test, {
      queues: [{ queue, slots: 1 }],
      handle: ({ signal, message }) => {
        door.cut();
        return new Promise<"done">((resolve) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason, message.receiveCount);
            resolve("done");
          });
        });
      },
    });
    await until("the lease is lost", () => reasons.length > 0);
    expect(reasons).toEqual([expect.objectContaining({ code: "lease-lost" }), 1]);
    const { deliveries, handle, finishAll } = handler();
    start(test, { queues: [{ queue: open(test, url), slots: 1 }], handle });
    await until("another gets it", () => deliveries.length === 1);
    expect(deliveries[0]?.message).toMatchObject({ body: "job", receiveCount: 2 });
    finishAll("done");
    door.mend();
    await first.stop();
  });

  it("leaves a message whose handler fails, and the queue sets it aside after maxReceiveCount", async (test) => {
    const { url, deadLetterUrl } = aws.queue({ maxReceiveCount: 2 });
    await aws.send(url, "job");
    let attempts = 0;
    start(test, {
      queues: [{ queue: open(test, url), slots: 1 }],
      handle: async () => {
        attempts += 1;
        throw new Error("the store is away");
      },
    });
    await until("it is in the dead-letter queue", () => aws.count(deadLetterUrl).visible === 1);
    expect(attempts).toBe(2);
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 0 });
  });

  it("is ready once the queue answers, and not while it does not", async (test) => {
    const { url } = aws.queue();
    const { queue, door } = await openBehindDoor(test, url);
    door.cut();
    const poller = start(test, {
      queues: [{ queue, slots: 1 }],
      handle: async () => "done",
      times: { ...times, readySeconds: 3 },
    });
    expect(poller.status()).toEqual({ ready: false, oldestMessageAgeSeconds: 0, running: 0 });
    door.mend();
    await until("ready", () => poller.status().ready);
    expect(poller.status().lastPollTimestampSeconds).toBeGreaterThan(Date.now() / 1000 - 10);
    door.cut();
    await until("not ready", () => !poller.status().ready);
  });

  it("stays ready while all slots are taken for long", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, "job");
    const { deliveries, handle, finishAll } = handler();
    const poller = start(test, { queues: [{ queue: open(test, url), slots: 1 }], handle, times: { ...times, readySeconds: 2 } });
    await until("it runs", () => deliveries.length === 1);
    for (let tenth = 0; tenth < 30; tenth += 1) {
      expect(poller.status().ready).toBe(true);
      await sleep(100);
    }
    finishAll("done");
  });

  it("gives up a receive that hangs, and receives again", async (test) => {
    const { url } = aws.queue();
    const { queue, door } = await openBehindDoor(test, url);
    const bodies: string[] = [];
    const poller = start(test, {
      queues: [{ queue, slots: 1 }],
      handle: async ({ message }) => (bodies.push(message.body), "done"),
    });
    await until("polling", () => poller.status().ready);
    door.cut();
    const before = door.connections();
    await until("it tries again", () => door.connections() >= before + 2);
    door.mend();
    await aws.send(url, "job");
    await until("it receives", () => bodies.length === 1);
  });

  it("tells the age of the oldest message it found", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, "job");
    await sleep(1_100);
    const { handle, finishAll } = handler();
    const poller = start(test, { queues: [{ queue: open(test, url), slots: 1 }], handle });
    await until("it runs", () => poller.status().running === 1);
    expect(poller.status().oldestMessageAgeSeconds).toBeGreaterThan(1);
    finishAll("done");
    await until("the queue is empty", () => poller.status().oldestMessageAgeSeconds === 0);
  });
});

describe.concurrent("a poller that is stopped", () => {
  it("lets a handler finish that needs little time", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, "job");
    const { deliveries, handle, finishAll } = handler();
    const poller = start(test, {
      queues: [{ queue: open(test, url), slots: 1 }],
      handle,
      times: { ...times, finishSeconds: 10 },
    });
    await until("it runs", () => deliveries.length === 1);
    const stopped = poller.stop();
    finishAll("done");
    await stopped;
    expect(deliveries[0]?.signal.aborted).toBe(false);
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 0 });
  });

  it("interrupts the others, and gives their messages back at once", async (test) => {
    const { url } = aws.queue();
    for (const body of ["a", "b"]) await aws.send(url, body);
    const signals: AbortSignal[] = [];
    const poller = start(test, {
      queues: [{ queue: open(test, url), slots: 2 }],
      handle: (delivery) => (signals.push(delivery.signal), endsWhenInterrupted(delivery)),
    });
    await until("they run", () => signals.length === 2);
    await poller.stop();
    expect(signals.map(({ reason }) => reason)).toEqual([
      expect.objectContaining({ code: "interrupted" }),
      expect.objectContaining({ code: "interrupted" }),
    ]);
    expect(aws.count(url)).toEqual({ visible: 2, inFlight: 0 });
    expect(poller.status().ready).toBe(false);
  });

  it("takes the lease from a handler that does not end", async (test) => {
    const { url } = aws.queue();
    await aws.send(url, "job");
    const { deliveries, handle, finishAll } = handler();
    const poller = start(test, { queues: [{ queue: open(test, url), slots: 1 }], handle });
    await until("it runs", () => deliveries.length === 1);
    await poller.stop();
    expect(aws.count(url)).toEqual({ visible: 1, inFlight: 0 });
    expect(() => deliveries[0]?.lease.check()).toThrow(expect.objectContaining({ code: "lease-lost" }));
    finishAll("done");
    await until("the handler has ended", () => poller.status().running === 0);
    expect(aws.count(url)).toEqual({ visible: 1, inFlight: 0 });
  });

  it("gives back what its last receive still brings", async (test) => {
    const { url } = aws.queue();
    const { deliveries, handle } = handler();
    const poller = start(test, { queues: [{ queue: open(test, url), slots: 5 }], handle, times: { ...times, waitSeconds: 3 } });
    await until("a long poll is under way", () => poller.status().ready);
    await sleep(200);
    const stopped = poller.stop();
    await aws.send(url, "late");
    await stopped;
    expect(deliveries).toHaveLength(0);
    expect(aws.count(url)).toEqual({ visible: 1, inFlight: 0 });
  });
});
