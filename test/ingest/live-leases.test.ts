import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { openQueue, type Queue } from "../../src/ingest/sqs.js";
import { openAws, type TestAws } from "../support/aws.js";
import { cutOff } from "../support/cut-off.js";
import {
  compressed,
  type LiveEvent,
  type LiveProcess,
  type LiveProcessRequest,
  startLiveProcess,
} from "../support/live-process.js";

let aws: TestAws;
let folder: string;
beforeAll(async () => {
  aws = await openAws();
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-live-leases-"));
});
afterAll(async () => {
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => boolean, seconds = 15): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`not within ${seconds} s: ${what}`);
    await sleep(20);
  }
}

const channel = (more: object = {}) => JSON.stringify({ id: "channel-1", source: "udp://239.0.0.1:5000", mode: "live", ...more });

/** A queue of which a process gets one message and no more, as if others were always quicker. */
function receivingOnce(queue: Queue): Queue {
  let isServed = false;
  return {
    ...queue,
    async receive(request) {
      if (!isServed) {
        const messages = await queue.receive({ ...request, maximumMessages: 1 });
        isServed = messages.length > 0;
        return messages;
      }
      await sleep(request.waitSeconds * 1000);
      return [];
    },
  };
}

/** A queue, a folder of states, and what its processes did. */
function world(test: TestContext, { maxReceiveCount = 10 } = {}) {
  const { url, deadLetterUrl } = aws.queue({ maxReceiveCount });
  const state = path.join(folder, test.task.id);
  const events: LiveEvent[] = [];
  const open = (queue = openQueue(url)): Queue => {
    test.onTestFinished(() => queue.close());
    return queue;
  };
  return {
    url,
    events,
    said: () => events.map(({ name, what }) => `${name} ${what}`),
    start(name: string, more: Partial<LiveProcessRequest> & { readonly queue?: Queue } = {}): LiveProcess {
      const { queue, ...others } = more;
      const queues = [{ queue: open(queue), slots: 2 }];
      const process = startLiveProcess({ name, queues, folder: state, happened: (event) => events.push(event), ...others });
      test.onTestFinished(() => process.stop());
      return process;
    },
    messages: () => aws.count(url).visible + aws.count(url).inFlight,
    /** The bodies of the messages, parsed. */
    bodies: () => {
      const queued = aws.server.inspectQueue(url.slice(url.lastIndexOf("/") + 1))?.messages;
      return [...(queued?.ready ?? []), ...(queued?.inflight ?? [])].map((entry) => JSON.stringify(entry));
    },
    deadLetters: () => aws.count(deadLetterUrl).visible,
  };
}

describe.concurrent("a live job", () => {
  it("runs on without a break for longer than any message may be held, on one message after the other", async (test) => {
    const { start, url, said, messages, bodies } = world(test);
    start("a");
    await aws.send(url, channel());
    // Three times the longest that a message may be held.
    await sleep(compressed.poller.lease.longestSeconds * 3_000);
    test.expect(said()).toEqual(["a begins"]);
    // Where one message follows on another there are two for a moment.
    await test.expect.poll(messages).toBe(1);
    test.expect(bodies()[0]).toMatch(/epoch\W+[5-9]\b/);
  });

  it("is given to the process that has its next message, within moments, and goes on with the same run", async (test) => {
    const { start, url, events, said, messages } = world(test);
    start("a", { queue: receivingOnce(openQueue(url)) });
    await aws.send(url, channel());
    await until("a begins", () => said().includes("a begins"));
    start("b");
    await until("b has it", () => said().includes("b begins"));
    test.expect(said()).toEqual(["a begins", "a ends", "b begins"]);
    const [, ends, begins] = events;
    test.expect((begins?.atMilliseconds ?? 0) - (ends?.atMilliseconds ?? 0)).toBeLessThan(1_000);
    test.expect(begins?.run).toBe(1);
    await until("one message is left", () => messages() === 1);
  });

  it("stays with its process while no other has its next message, though that one lies in the queue", async (test) => {
    const { start, url, said, messages } = world(test);
    start("a", { queue: receivingOnce(openQueue(url)) });
    await aws.send(url, channel());
    await until("a begins", () => said().length === 1);
    await sleep(compressed.poller.lease.longestSeconds * 2_000);
    test.expect(said()).toEqual(["a begins"]);
    start("b");
    await until("b has it, and deletes the older of those that lie there", () => said().includes("b begins") && messages() === 1);
    await sleep(2_000);
    test.expect(said()).toEqual(["a begins", "a ends", "b begins"]);
  });

  it("is handed over at once when its process is told to stop", async (test) => {
    const { start, url, events, said } = world(test);
    const first = start("a");
    await aws.send(url, channel());
    await until("a begins", () => said().includes("a begins"));
    start("b");
    const stoppedAt = Date.now();
    await first.stop();
    await until("b has it", () => said().includes("b begins"));
    test.expect((events.at(-1)?.atMilliseconds ?? 0) - stoppedAt).toBeLessThan(2_500);
    test.expect(said()).toEqual(["a begins", "a ends", "b begins"]);
  });

  it("is handed over at once by a stop while its next message lies in the queue", async (test) => {
    const { start, url, events, said } = world(test);
    const first = start("a", { queue: receivingOnce(openQueue(url)) });
    await aws.send(url, channel());
    await until("a begins", () => said().length === 1);
    await until("it has no message in hand", () => aws.count(url).visible === 1 && aws.count(url).inFlight === 0);
    const stoppedAt = Date.now();
    await first.stop();
    start("b");
    await until("b has it", () => said().length === 3);
    test.expect(said()).toEqual(["a begins", "a ends", "b begins"]);
    test.expect((events.at(-1)?.atMilliseconds ?? 0) - stoppedAt).toBeLessThan(3_500);
  });

  it("is not begun twice when a crash left two of its messages, and one of them goes", async (test) => {
    const { start, url, said, messages } = world(test);
    start("a");
    start("b");
    await aws.send(url, channel({ continuation: { epoch: 3, request: "first", askedAtMilliseconds: 0 } }));
    await until("it begins", () => said().length === 1);
    await aws.send(url, channel({ continuation: { epoch: 2, request: "first", askedAtMilliseconds: 0 } }));
    await until("the older message is deleted", () => messages() === 1);
    test.expect(said()).toHaveLength(1);
  });

  it("goes on with the newer of two messages, where the older one came first", async (test) => {
    const { start, url, said, messages, bodies } = world(test);
    start("a", { times: { ...compressed.live, renewSeconds: 60 } });
    for (const epoch of [2, 3]) {
      await aws.send(url, channel({ continuation: { epoch, request: "first", askedAtMilliseconds: 0 } }));
      await until("it begins", () => said().length === 1);
    }
    await until("the older message is deleted", () => messages() === 1);
    test.expect(bodies()[0]).toMatch(/epoch\W+3\b/);
    test.expect(said()).toEqual(["a begins"]);
  });

  it("takes no notice of a copy of its message, and deletes it", async (test) => {
    const { start, url, said, messages } = world(test);
    for (const name of ["a", "b"]) start(name, { times: { ...compressed.live, renewSeconds: 60 } });
    await aws.send(url, channel());
    await until("it begins", () => said().length === 1);
    for (let copy = 0; copy < 6; copy += 1) await aws.send(url, channel());
    await until("the copies are deleted, whichever process got them", () => messages() === 1);
    test.expect(said()).toHaveLength(1);
  });

  it("runs on while the queue is away, and gets a new message where the old one does not come back", async (test) => {
    const { start, url, said, messages, bodies } = world(test);
    const door = await cutOff(aws.server.port);
    test.onTestFinished(() => door.close());
    start("a", { queue: door.openQueue(url) });
    await aws.send(url, channel());
    await until("it begins", () => said().length === 1);
    door.cut();
    await sleep(5_000);
    door.mend();
    await until("it has a message again", () => messages() === 1 && bodies()[0]?.includes("continuation") === true, 30);
    test.expect(said()).toEqual(["a begins"]);
  });

  it("leaves no message behind when it ends", async (test) => {
    const { start, url, said, messages } = world(test);
    const process = start("a");
    await aws.send(url, channel());
    await until("it begins", () => said().length === 1);
    process.finish();
    await until("its message is deleted", () => messages() === 0);
    test.expect(said()).toEqual(["a begins", "a ends"]);
    test.expect(process.running()).toBe(0);
    await aws.send(url, channel());
    await until("asked for again, it begins again", () => said().length === 3);
  });

  it("waits in the queue while no process has room, however often it is looked at, and begins when there is some", async (test) => {
    const { start, url, said, deadLetters } = world(test, { maxReceiveCount: 6 });
    const process = start("a", { streams: 1, times: { ...compressed.live, renewSeconds: 60 } });
    await aws.send(url, channel());
    await until("the first begins", () => said().length === 1);
    await aws.send(url, channel({ id: "channel-2" }));
    await sleep(12_000);
    test.expect(deadLetters()).toBe(0);
    test.expect(said()).toHaveLength(1);
    process.finish();
    await until("the second begins", () => said().length === 3);
  });
});

describe("live jobs beside files", () => {
  it("keep no slots of the files' queue either, where they came from it", async (test) => {
    const { start, url, events } = world(test);
    let files = 0;
    start("a", {
      streams: 3,
      handleFile: ({ signal }) => {
        files += 1;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    for (let index = 0; index < 3; index += 1) await aws.send(url, channel({ id: `channel-${index}` }));
    for (let index = 0; index < 3; index += 1) await aws.send(url, JSON.stringify({ source: `film-${index}.ts` }));
    await until("three live jobs and two files run", () => events.length === 3 && files === 2);
  });

  it("begin within two seconds while a thousand files wait, and keep none of their slots", async (test) => {
    const files = aws.queue();
    const live = aws.queue();
    for (let batch = 0; batch < 40; batch += 1) {
      const sent = Array.from({ length: 25 }, (_, index) =>
        aws.send(files.url, JSON.stringify({ id: `${batch}-${index}`, source: "a.ts" })),
      );
      await Promise.all(sent);
    }
    const events: LiveEvent[] = [];
    let filesRunning = 0;
    const queues = [live.url, files.url].map((url) => {
      const queue = openQueue(url);
      test.onTestFinished(() => queue.close());
      return { queue, slots: 2 };
    });
    const process = startLiveProcess({
      name: "a",
      queues,
      streams: 5,
      folder: path.join(folder, test.task.id),
      happened: (event) => events.push(event),
      handleFile: ({ signal }) => {
        filesRunning += 1;
        return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      },
    });
    test.onTestFinished(() => process.stop());
    await until("all slots are taken", () => filesRunning === 2);
    const sentAt = Date.now();
    for (let index = 0; index < 5; index += 1) await aws.send(live.url, channel({ id: `channel-${index}` }));
    await until("all live jobs run", () => events.length === 5);
    expect(Math.max(...events.map(({ atMilliseconds }) => atMilliseconds)) - sentAt).toBeLessThan(2_000);
    expect(filesRunning).toBe(2);
  });
});
