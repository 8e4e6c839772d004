import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DeleteMessageCommand, type Message, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { alertSchema, failedAlert } from "../../../src/notifier/alert.js";
import { type Alert, type AlertJob, openAlerts, publishRejected, snsSink } from "../../../src/notifier/index.js";
import { openFolderStore } from "../../../src/store-folder.js";
import { exampleEvents, exampleJob, exampleMedia, silent } from "../examples.js";

const region = "eu-west-1";
const rules = { check: () => {}, signal: new AbortController().signal, observer: silent };

let server: FauxqsServer;
let folder: string;
beforeEach(async () => {
  server = await startFauxqs({ port: 0, logger: false });
  folder = await mkdtemp(path.join(tmpdir(), "framewatch-sns-"));
  useServer(server.port);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function useServer(port: number): void {
  const settings = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
}

/** A topic, and a queue that gets what the topic takes, in the order of arrival. */
function subscribedQueue(on: FauxqsServer, kind: "standard" | "fifo"): { topicArn: string; queueUrl: string } {
  const suffix = kind === "fifo" ? ".fifo" : "";
  const attributes = kind === "fifo" ? { FifoQueue: "true" } : {};
  const { topicArn } = on.createTopic(`alerts${suffix}`, { region, attributes: kind === "fifo" ? { FifoTopic: "true" } : {} });
  const { queueUrl } = on.createQueue(`alerts${suffix}`, { region, attributes });
  on.subscribe({ topic: `alerts${suffix}`, queue: `alerts${suffix}`, region });
  return { topicArn, queueUrl };
}

/** Receives until `count` messages of SNS have come. */
async function receive(queueUrl: string, count: number): Promise<{ alert: Alert; attributes: Record<string, string> }[]> {
  const client = new SQSClient({ endpoint: process.env["AWS_ENDPOINT_URL"] ?? "" });
  const messages: Message[] = [];
  while (messages.length < count) {
    const { Messages = [] } = await client.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 10 }),
    );
    expect(Messages.length, "messages before the deadline").toBeGreaterThan(0);
    messages.push(...Messages);
    // A FIFO queue gives nothing more of a group while some of it is in flight.
    for (const { ReceiptHandle = "" } of Messages)
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
  }
  client.destroy();
  return messages
    .map(
      ({ Body = "" }) =>
        JSON.parse(Body) as { Message: string; MessageAttributes: Record<string, { Type: string; Value: string }> },
    )
    .map(({ Message, MessageAttributes }) => {
      for (const { Type } of Object.values(MessageAttributes)) expect(Type).toBe("String");
      const attributes = Object.fromEntries(Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]));
      return { alert: alertSchema.parse(JSON.parse(Message)), attributes };
    });
}

/** A standard queue keeps no order. */
async function receiveSorted(queueUrl: string, count: number): ReturnType<typeof receive> {
  return (await receive(queueUrl, count)).sort((one, other) => one.alert.data.sequence - other.alert.data.sequence);
}

async function tellJob(topicArn: string, job: AlertJob = exampleJob): Promise<void> {
  const sink = snsSink(topicArn);
  const alerts = await openAlerts({ job, store: openFolderStore(folder), sinks: [sink], ...rules });
  alerts.defects(exampleEvents(1), exampleMedia);
  await alerts.completed({ verdict: "warn", counts: { black: 1 } });
  await alerts.close();
  sink.close();
}

describe("alerts that come out of SNS", () => {
  test("carry the contract's fields and attributes, and no secret of the source", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "standard");
    await tellJob(topicArn);
    const [opened, resolved, completed] = await receiveSorted(queueUrl, 3);
    const incidentKey = "https://media.example/film.mp4 black video:0";
    expect(opened?.alert).toMatchObject({
      specversion: "1.0",
      type: "framewatch.defect.opened",
      source: "/framewatch/jobs/job-1",
      subject: "https://media.example/film.mp4",
      datacontenttype: "application/json",
      data: {
        jobId: "job-1",
        sequence: 1,
        labels: { title: "Film" },
        incidentKey,
        defect: { id: "defect-1", startTimecode: "10:00:00:00", measured: { darkRatio: 1 } },
      },
    });
    expect(opened?.alert.data.defect).not.toHaveProperty("endSeconds");
    expect(opened?.attributes).toEqual({ event: "framewatch.defect.opened", severity: "warning", defect: "black" });
    expect(resolved?.alert).toMatchObject({
      type: "framewatch.defect.resolved",
      data: { sequence: 2, incidentKey, defect: { endSeconds: 2 } },
    });
    expect(completed?.alert.data).toMatchObject({
      verdict: "warn",
      counts: { black: 1 },
      reportUrl: `file://${folder}/report.json`,
    });
    expect(completed?.attributes).toEqual({ event: "framewatch.job.completed", verdict: "warn" });
    expect(JSON.stringify([opened, resolved, completed])).not.toContain("secret");
  });

  test("name the stream of a live job", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "standard");
    await tellJob(topicArn, { ...exampleJob, stream: "channel one" });
    const [opened] = await receiveSorted(queueUrl, 3);
    expect(opened?.alert).toMatchObject({
      subject: "channel one",
      data: { stream: "channel one", incidentKey: "channel one black video:0" },
    });
    expect(opened?.attributes).toMatchObject({ stream: "channel one" });
  });

  test("keep their order on a FIFO topic", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "fifo");
    await tellJob(topicArn);
    expect((await receive(queueUrl, 3)).map(({ alert }) => alert.data.sequence)).toEqual([1, 2, 3]);
  });

  test("come once from a FIFO topic, though published twice, in a group for each stream", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "fifo");
    const sink = snsSink(topicArn);
    const alertOf = (stream: string): Alert => {
      const draft = failedAlert({ ...exampleJob, id: stream, stream }, { code: "media-stalled", message: "no media" });
      return { ...draft, data: { ...draft.data, sequence: 1 } };
    };
    for (const alert of ["ein Kanal", "チャンネル", "ein Kanal"].map(alertOf)) await sink.publish(alert, rules.signal);
    sink.close();
    const client = new SQSClient({ endpoint: process.env["AWS_ENDPOINT_URL"] ?? "" });
    const request = { QueueUrl: queueUrl, MaxNumberOfMessages: 10, MessageSystemAttributeNames: ["All" as const] };
    const { Messages = [] } = await client.send(new ReceiveMessageCommand(request));
    client.destroy();
    const attributes = Messages.map(({ Attributes = {} }) => Attributes);
    expect(attributes.map(({ MessageDeduplicationId }) => MessageDeduplicationId)).toEqual(
      ["ein Kanal", "チャンネル"].map((stream) => alertOf(stream).id),
    );
    expect(new Set(attributes.map(({ MessageGroupId }) => MessageGroupId)).size).toBe(2);
  });

  test("are refused for good where SNS would never take them", async () => {
    const { topicArn } = subscribedQueue(server, "standard");
    const sink = snsSink(topicArn);
    const draft = failedAlert(exampleJob, { code: "media-stalled", message: "no media" });
    const alert: Alert = { ...draft, data: { ...draft.data, sequence: 1, cause: "x".repeat(300_000) } };
    await expect(sink.publish(alert, rules.signal)).rejects.toMatchObject({ code: "alert-refused" });
    sink.close();
  });

  test("fit into a message however long the labels are", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "standard");
    await tellJob(topicArn, { ...exampleJob, labels: { note: "x".repeat(300_000) } });
    const [opened] = await receiveSorted(queueUrl, 3);
    expect(opened?.alert.data).toMatchObject({ labels: {}, labelsOmitted: true });
  });

  test("are not lost while SNS is down, and come when it is back", async () => {
    const { port } = server;
    await server.stop();
    const arrived = tellJob(`arn:aws:sns:${region}:000000000000:alerts`);
    const entry = path.join(folder, ".state/outbox/000001.json");
    await vi.waitFor(async () => expect(await openFolderStore(path.dirname(entry)).get("000001.json")).toBeDefined());
    server = await startFauxqs({ port, logger: false });
    const { queueUrl } = subscribedQueue(server, "standard");
    await arrived;
    expect(await receive(queueUrl, 3)).toHaveLength(3);
  });

  test("tell of a rejected message, with the same id for a repeat of it only", async () => {
    const { topicArn, queueUrl } = subscribedQueue(server, "standard");
    const sink = snsSink(topicArn);
    const error = { code: "job-invalid", message: "no JSON: https://user:secret@host/" } as const;
    for (const body of ["{", "{", "}"]) await publishRejected({ jobId: "rejected-1", body }, error, { sinks: [sink], ...rules });
    sink.close();
    const alerts = (await receive(queueUrl, 3)).map(({ alert }) => alert);
    expect(new Set(alerts.map(({ id }) => id)).size).toBe(2);
    expect(alerts[0]).toMatchObject({
      type: "framewatch.job.rejected",
      subject: "rejected-1",
      data: { jobId: "rejected-1", sequence: 0, error: { code: "job-invalid" } },
    });
    expect(JSON.stringify(alerts)).not.toContain("secret");
  });
});
