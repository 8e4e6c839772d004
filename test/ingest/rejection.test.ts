import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Delivery, openPoller } from "../../src/ingest/poller.js";
import { rejectMessage } from "../../src/ingest/rejection.js";
import { openQueue } from "../../src/ingest/sqs.js";
import { openLog } from "../../src/log.js";
import { openAws, type TestAws } from "../support/aws.js";

let aws: TestAws;
beforeAll(async () => {
  aws = await openAws();
});
afterAll(() => aws.close());

const rejection = { code: "job-invalid", reason: 'unknown field "sauce\u0000" in https://user:hunter2@example.com/' } as const;

/** Runs one message through a poller until the handler has ended, and gives what the handler threw. */
async function handleOne(url: string, body: string, handle: (delivery: Delivery) => Promise<"done">): Promise<unknown> {
  await aws.send(url, body);
  const queue = openQueue(url);
  const thrown = await new Promise<unknown>((resolve) => {
    const poller = openPoller({
      queues: [{ queue, slots: 1 }],
      log: openLog("error", () => undefined),
      handle: async (delivery) => {
        let error: unknown;
        try {
          return await handle(delivery);
        } catch (caught) {
          error = caught;
          throw caught;
        } finally {
          setImmediate(() => void poller.stop().then(() => resolve(error)));
        }
      },
    });
  });
  queue.close();
  return thrown;
}

describe("a rejected message", () => {
  it("is alerted, then copied to the dead-letter queue with the reason, then deleted", async () => {
    const { url, deadLetterUrl } = aws.queue();
    const deadLettersAtAlert: number[] = [];
    await handleOne(url, '{"sauce":1}', async (delivery) => {
      await rejectMessage(delivery, rejection, async () => {
        deadLettersAtAlert.push(aws.count(deadLetterUrl).visible);
      });
      expect(aws.count(url).inFlight).toBe(1);
      return "done";
    });
    expect(deadLettersAtAlert).toEqual([0]);
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 0 });
    expect(await aws.drain(deadLetterUrl)).toEqual([
      {
        body: '{"sauce":1}',
        attributes: { reason: expect.stringMatching(/^job-invalid: unknown field "sauce\?" in (?!.*hunter2)/) },
      },
    ]);
  });

  it("is alerted and deleted where the queue has no dead-letter queue", async () => {
    const { url } = aws.queue({ maxReceiveCount: 0 });
    let alerts = 0;
    await handleOne(url, "{}", async (delivery) => {
      await rejectMessage(delivery, rejection, async () => {
        alerts += 1;
      });
      return "done";
    });
    expect(alerts).toBe(1);
    expect(aws.count(url)).toEqual({ visible: 0, inFlight: 0 });
  });

  it("is copied without the reason where its body fills a message", async () => {
    const { url, deadLetterUrl } = aws.queue();
    const body = "x".repeat(1_048_576);
    await handleOne(url, body, async (delivery) => {
      await rejectMessage(delivery, rejection, async () => undefined);
      return "done";
    });
    const [copy] = await aws.drain(deadLetterUrl);
    expect(copy?.body.length).toBe(body.length);
    expect(copy?.attributes).toEqual({});
  });

  it("stays in its queue when the alert is not accepted", async () => {
    const { url, deadLetterUrl } = aws.queue();
    const away = new Error("SNS is away");
    const thrown = await handleOne(url, "{}", async (delivery) => {
      await rejectMessage(delivery, rejection, () => Promise.reject(away));
      return "done";
    });
    expect(thrown).toBe(away);
    expect(aws.count(url).visible + aws.count(url).inFlight).toBe(1);
    expect(aws.count(deadLetterUrl)).toEqual({ visible: 0, inFlight: 0 });
  });
});
