import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { startFauxqs } from "fauxqs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openQueue } from "../../src/ingest/sqs.js";
import { openAws, type TestAws } from "../support/aws.js";

let aws: TestAws;
beforeAll(async () => {
  aws = await openAws();
});
afterAll(() => aws.close());

const request = { maximumMessages: 1, waitSeconds: 0, visibilitySeconds: 30, deadlineSeconds: 1 };

describe("a queue", () => {
  it("is reached at the endpoint of the settings, whatever host its URL names", async () => {
    const server = await startFauxqs({ port: 0, logger: false, host: "emulator.invalid" });
    const { queueUrl } = server.createQueue("jobs");
    process.env["AWS_ENDPOINT_URL_SQS"] = `http://127.0.0.1:${server.port}`;
    const queue = openQueue(queueUrl);
    delete process.env["AWS_ENDPOINT_URL_SQS"];
    expect(queueUrl).toContain("emulator.invalid");
    await queue.send("job", { reason: "why" });
    expect(await queue.receive(request)).toEqual([expect.objectContaining({ body: "job", receiveCount: 1 })]);
    queue.close();
    await server.stop();
  });

  it("is reached at the host its URL names where no endpoint is set, and the SDK writes nothing to the console", async () => {
    const told = vi.spyOn(console, "warn").mockImplementation(() => {});
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "application/x-amz-json-1.0" }).end("{}");
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    vi.stubEnv("AWS_ENDPOINT_URL", undefined);
    vi.stubEnv("AWS_ENDPOINT_URL_SQS", undefined);
    const queue = openQueue(`http://127.0.0.1:${(server.address() as AddressInfo).port}/000000000000/jobs`);
    try {
      expect(await queue.receive(request)).toEqual([]);
      expect(told).not.toHaveBeenCalled();
    } finally {
      queue.close();
      vi.unstubAllEnvs();
      told.mockRestore();
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    }
  });

  it("knows its dead-letter queue", async () => {
    const { url, deadLetterUrl } = aws.queue();
    const queue = openQueue(url);
    expect((await queue.deadLetterQueue())?.url).toBe(deadLetterUrl);
    queue.close();
    const alone = openQueue(aws.queue({ maxReceiveCount: 0 }).url);
    expect(await alone.deadLetterQueue()).toBeUndefined();
    alone.close();
  });

  it("says which queue it could not reach, and why", async () => {
    const queue = openQueue(`${aws.endpoint}/000000000000/no-such-queue`);
    const reason = expect.stringMatching(/could not ask about .*no-such-queue: .*(exist|QueueDoesNotExist)/);
    await expect(queue.verify()).rejects.toMatchObject({ code: "queue-unavailable", message: reason, cause: expect.any(Error) });
    queue.close();
  });

  it("gives up a receive whose answer begins and never ends", async () => {
    const server = createServer((_request, response) => {
      response.writeHead(200, { "Content-Type": "application/x-amz-json-1.0", "Content-Length": "100" });
      response.write('{"Messages":');
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    process.env["AWS_ENDPOINT_URL_SQS"] = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const queue = openQueue(aws.queue().url);
    delete process.env["AWS_ENDPOINT_URL_SQS"];
    const gaveUp = expect(queue.receive(request)).rejects;
    await gaveUp.toMatchObject({ code: "queue-unavailable", message: expect.stringContaining("no answer within 1 s") });
    queue.close();
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
});
