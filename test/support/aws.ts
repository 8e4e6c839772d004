import { randomUUID } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { SNSClient } from "@aws-sdk/client-sns";
import { DeleteMessageCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { type FauxqsServer, startFauxqs } from "fauxqs";

/** What a test needs of AWS: an emulator over real HTTP, real clients, and things of its own in it. */
export interface TestAws {
  readonly endpoint: string;
  /** What a child process needs to use this emulator; `process.env` holds the same until `close`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly server: FauxqsServer;
  readonly sqs: SQSClient;
  readonly sns: SNSClient;
  readonly s3: S3Client;
  /** A queue with a dead-letter queue of its own, unless `maxReceiveCount` is 0. */
  queue(options?: { readonly maxReceiveCount?: number; readonly visibilitySeconds?: number }): TestQueue;
  /** A topic with a queue that gets its messages, as SNS wraps them or, if `raw`, as they are. */
  topic(options?: { readonly raw?: boolean }): { readonly arn: string; readonly subscriptionUrl: string };
  /** Name of a bucket of its own. */
  bucket(): string;
  send(queueUrl: string, body: string): Promise<void>;
  /** Receives and deletes what is visible in the queue now. */
  drain(queueUrl: string): Promise<TestMessage[]>;
  /** How many messages the queue holds. */
  count(queueUrl: string): { readonly visible: number; readonly inFlight: number };
  close(): Promise<void>;
}

export interface TestQueue {
  readonly url: string;
  readonly arn: string;
  readonly deadLetterUrl: string;
}

export interface TestMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

/** Starts an emulator on a free port and points the SDK's own environment variables at it. */
export async function openAws(): Promise<TestAws> {
  const server = await startFauxqs({ port: 0, logger: false });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const environment = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
  const before = Object.keys(environment).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, environment);

  const sqs = new SQSClient({ endpoint });
  const sns = new SNSClient({ endpoint });
  const s3 = new S3Client({ endpoint, forcePathStyle: true });
  const uniqueName = (kind: string) => `${kind}-${randomUUID()}`;

  return {
    endpoint,
    environment,
    server,
    sqs,
    sns,
    s3,

    queue({ maxReceiveCount = 10, visibilitySeconds = 30 } = {}) {
      const name = uniqueName("jobs");
      const deadLetters = server.createQueue(`${name}-dead`);
      const redrive = JSON.stringify({ deadLetterTargetArn: deadLetters.queueArn, maxReceiveCount });
      const { queueUrl, queueArn } = server.createQueue(name, {
        attributes: { VisibilityTimeout: String(visibilitySeconds), ...(maxReceiveCount > 0 && { RedrivePolicy: redrive }) },
      });
      return { url: queueUrl, arn: queueArn, deadLetterUrl: deadLetters.queueUrl };
    },

    topic({ raw = false } = {}) {
      const name = uniqueName("alerts");
      const { topicArn } = server.createTopic(name);
      const { queueUrl } = server.createQueue(name);
      server.subscribe({ topic: name, queue: name, attributes: { RawMessageDelivery: String(raw) } });
      return { arn: topicArn, subscriptionUrl: queueUrl };
    },

    bucket: () => server.createBucket(uniqueName("media")).bucketName,

    async send(queueUrl, body) {
      await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }));
    },

    async drain(queueUrl) {
      const drained: TestMessage[] = [];
      for (;;) {
        const request = new ReceiveMessageCommand({
          QueueUrl: queueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ["All"],
        });
        const { Messages: messages = [] } = await sqs.send(request);
        if (messages.length === 0) return drained;
        for (const { Body: body = "", ReceiptHandle: receipt, MessageAttributes: attributes = {} } of messages) {
          await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }));
          const values = Object.entries(attributes).map(([name, { StringValue: value }]) => [name, value] as const);
          drained.push({ body, attributes: Object.fromEntries(values) });
        }
      }
    },

    count(queueUrl) {
      const messages = server.inspectQueue(queueUrl.slice(queueUrl.lastIndexOf("/") + 1))?.messages;
      if (messages === undefined) throw new Error(`no queue ${queueUrl}`);
      return { visible: messages.ready.length, inFlight: messages.inflight.length };
    },

    async close() {
      for (const client of [sqs, sns, s3]) client.destroy();
      await server.stop();
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    },
  };
}
