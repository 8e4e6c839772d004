import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { FramewatchError } from "../errors.js";

const bucket = "framewatch-demo";

/** An AWS emulator in this process, spoken to over HTTP by the SDK's own clients, with what Framewatch needs in it. */
export interface LocalAws {
  readonly queueUrl: string;
  readonly topicArn: string;
  readonly output: string;
  /** Uploads a file and returns its `s3://` URL. */
  upload(file: string, key: string): Promise<string>;
  send(body: string): Promise<void>;
  /** Waits up to `seconds` for messages of the topic's subscription and takes them away. */
  receiveAlerts(seconds: number): Promise<string[]>;
  /** Copies a job's report from the output into a folder. */
  copyReport(jobId: string, folder: string): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts the emulator on a free port of loopback, and points the SDK's environment variables of this process at it:
 * whatever real account they named is out of reach from then on.
 * @throws FramewatchError `program-missing` when fauxqs is not installed
 */
export async function openLocalAws(): Promise<LocalAws> {
  const { startFauxqs } = await import("fauxqs").catch((cause: unknown) => {
    throw new FramewatchError("program-missing", "The demo needs the AWS emulator fauxqs: run `npm install fauxqs`.", { cause });
  });
  const server = await startFauxqs({ port: 0, logger: false });
  for (const name of Object.keys(process.env)) if (name.startsWith("AWS_ENDPOINT_URL")) delete process.env[name];
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${server.port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "demo",
    AWS_SECRET_ACCESS_KEY: "demo",
  });

  const deadLetters = server.createQueue("framewatch-dead-letters");
  const { queueUrl } = server.createQueue("framewatch-jobs", {
    attributes: { RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetters.queueArn, maxReceiveCount: 10 }) },
  });
  const { topicArn } = server.createTopic("framewatch-alerts");
  const { queueUrl: alertsUrl } = server.createQueue("framewatch-alerts-inbox");
  server.subscribe({ topic: "framewatch-alerts", queue: "framewatch-alerts-inbox", attributes: { RawMessageDelivery: "true" } });
  server.createBucket(bucket);

  const endpoint = process.env["AWS_ENDPOINT_URL"] ?? "";
  const sqs = new SQSClient({ endpoint });
  const s3 = new S3Client({ endpoint, forcePathStyle: true });

  async function receive(seconds: number): Promise<string[]> {
    const { Messages: messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: alertsUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: seconds }),
    );
    for (const { ReceiptHandle } of messages) await sqs.send(new DeleteMessageCommand({ QueueUrl: alertsUrl, ReceiptHandle }));
    return messages.map(({ Body = "" }) => Body);
  }

  async function copy(key: string, file: string): Promise<void> {
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, (await body?.transformToByteArray()) ?? new Uint8Array());
  }

  return {
    queueUrl,
    topicArn,
    output: `s3://${bucket}/reports/`,
    async upload(file, key) {
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: createReadStream(file) }));
      return `s3://${bucket}/${key}`;
    },
    async send(body) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    },
    receiveAlerts: receive,
    async copyReport(jobId, folder) {
      const prefix = `reports/${jobId}/`;
      const { Contents: objects = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix }));
      for (const { Key: key = "" } of objects) {
        const place = key.slice(prefix.length);
        // The job's state is the service's own business.
        if (!place.startsWith(".state/")) await copy(key, path.join(folder, place));
      }
    },
    async close() {
      sqs.destroy();
      s3.destroy();
      await server.stop();
    },
  };
}
