import { createRequire } from "node:module";
import type * as Sdk from "@aws-sdk/client-sqs";
import { z } from "zod";
import { FramewatchError } from "../errors.js";

const require = createRequire(import.meta.url);
/** Loaded when it is first needed: who has no queue starts without it. */
const sdk = (): typeof Sdk => require("@aws-sdk/client-sqs") as typeof Sdk;

/** A message as received; `receipt` is good for this receipt only. */
export interface QueueMessage {
  /** Names the message in logs. A redrive gives a new one: identity never hangs on it. */
  readonly messageId: string;
  readonly receipt: string;
  readonly body: string;
  /** When it was sent, by the queue's clock, as milliseconds since 1970; absent when the queue does not say. */
  readonly sentAtMilliseconds?: number;
  /** How often it was received so far, this time included; 1 when the queue does not say. */
  readonly receiveCount: number;
}

export interface ReceiveRequest {
  /** 1 to 10. */
  readonly maximumMessages: number;
  /** How long the queue waits for a first message, 0 to 20. */
  readonly waitSeconds: number;
  /** How long a received message stays hidden from others, 0 to 43200. */
  readonly visibilitySeconds: number;
  /** When the call is given up, whatever it waits for: long polls of SQS are known to hang without an error. */
  readonly deadlineSeconds: number;
}

/** One SQS queue. Every call ends within its deadline and throws FramewatchError `queue-unavailable` if it fails. */
export interface Queue {
  readonly url: string;
  receive(request: ReceiveRequest): Promise<QueueMessage[]>;
  /**
   * Hides the message for so many seconds from now; 0 gives it back.
   *
   * @throws FramewatchError `lease-lost` when the queue says that the receipt holds no longer
   */
  changeVisibility(receipt: string, seconds: number): Promise<void>;
  delete(receipt: string): Promise<void>;
  /** Sends a message, with attributes of type String. */
  send(body: string, attributes?: Readonly<Record<string, string>>): Promise<void>;
  /** The queue that this one's RedrivePolicy names, or undefined without one; its client is this one's. */
  deadLetterQueue(): Promise<Queue | undefined>;
  /** That the queue is there and may be asked about. */
  verify(): Promise<void>;
  close(): void;
}

/** Calls other than a receive: three attempts of the SDK fit in, and a lease survives a whole one that fails. */
const callDeadlineSeconds = 10;
const connectionTimeoutMilliseconds = 3_000;

/** At every call the SDK would tell the console that a queue's host is not its region's usual one: that is meant so. */
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/**
 * What SQS and its emulators say of a receipt that holds no longer. A stale receipt may as well be accepted in
 * silence: nothing may depend on being told.
 */
const goneErrors = /ReceiptHandleIsInvalid|MessageNotInflight|InvalidParameterValue/;

/** Opens the queue of this URL. Region and credentials come from the SDK's own chain. Connects with the first call. */
export function openQueue(url: string): Queue {
  // Given literally, the endpoint wins over the queue URL's host; left to the SDK to find, it would lose.
  const endpoint = process.env["AWS_ENDPOINT_URL_SQS"] || process.env["AWS_ENDPOINT_URL"];
  const options = {
    ...(endpoint && { endpoint }),
    requestHandler: { connectionTimeout: connectionTimeoutMilliseconds },
    logger: quiet,
  };
  const { SQSClient } = sdk();
  const client = new SQSClient({ ...options, maxAttempts: 3 });
  // A second attempt inside a long poll would outlast the deadline, and strand what it was just given.
  const receiver = new SQSClient({ ...options, maxAttempts: 1 });
  return queueOf(url, client, receiver);
}

/**
 * That the SDK knows which region to talk to; whether anybody answers there is not asked.
 *
 * @throws FramewatchError `configuration`
 */
export async function checkRegion(): Promise<void> {
  const client = new (sdk().SQSClient)();
  try {
    await client.config.region();
  } catch (cause) {
    throw new FramewatchError("configuration", "AWS_REGION is not set, and no AWS profile names a region, such as eu-west-1.", {
      cause,
    });
  } finally {
    client.destroy();
  }
}

/** Region and credentials as the SDK's own chain finds them, in words and without the secret; rejects with its reason. */
export async function describeAwsAccess(): Promise<string> {
  const client = new (sdk().SQSClient)();
  try {
    const region = await client.config.region();
    const { accessKeyId } = await client.config.credentials();
    return `region ${region}, access key ${accessKeyId.slice(0, 4)}…`;
  } finally {
    client.destroy();
  }
}

function queueOf(url: string, client: Sdk.SQSClient, receiver: Sdk.SQSClient): Queue {
  const {
    ChangeMessageVisibilityCommand,
    DeleteMessageCommand,
    GetQueueAttributesCommand,
    GetQueueUrlCommand,
    ReceiveMessageCommand,
    SendMessageCommand,
  } = sdk();
  const target = { QueueUrl: url };
  const call = <T>(what: string, run: (abortSignal: AbortSignal) => Promise<T>, seconds = callDeadlineSeconds) =>
    withDeadline(`${what} ${url}`, seconds, run);

  return {
    url,

    async receive({ maximumMessages, waitSeconds, visibilitySeconds, deadlineSeconds }) {
      const command = new ReceiveMessageCommand({
        ...target,
        MaxNumberOfMessages: maximumMessages,
        WaitTimeSeconds: waitSeconds,
        VisibilityTimeout: visibilitySeconds,
        MessageSystemAttributeNames: ["SentTimestamp", "ApproximateReceiveCount"],
      });
      const { Messages: messages = [] } = await call(
        "receive from",
        (abortSignal) => receiver.send(command, { abortSignal }),
        deadlineSeconds,
      );
      return messages.map((message) => {
        const { SentTimestamp: sent, ApproximateReceiveCount: count } = message.Attributes ?? {};
        return {
          messageId: message.MessageId ?? "",
          receipt: message.ReceiptHandle ?? "",
          body: message.Body ?? "",
          ...(sent !== undefined && { sentAtMilliseconds: Number(sent) }),
          receiveCount: Number(count ?? 1),
        };
      });
    },

    async changeVisibility(receipt, seconds) {
      const command = new ChangeMessageVisibilityCommand({ ...target, ReceiptHandle: receipt, VisibilityTimeout: seconds });
      try {
        await call("change a message's visibility in", (abortSignal) => client.send(command, { abortSignal }));
      } catch (error) {
        const cause = error instanceof FramewatchError ? error.cause : error;
        if (!(cause instanceof Error) || !goneErrors.test(cause.name)) throw error;
        throw new FramewatchError("lease-lost", `the queue says that the message is no longer ours: ${cause.message}`, { cause });
      }
    },

    async delete(receipt) {
      const command = new DeleteMessageCommand({ ...target, ReceiptHandle: receipt });
      await call("delete from", (abortSignal) => client.send(command, { abortSignal }));
    },

    async send(body, attributes = {}) {
      const command = new SendMessageCommand({
        ...target,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, value]) => [name, { DataType: "String", StringValue: value }]),
        ),
      });
      await call("send to", (abortSignal) => client.send(command, { abortSignal }));
    },

    async deadLetterQueue() {
      const command = new GetQueueAttributesCommand({ ...target, AttributeNames: ["RedrivePolicy"] });
      const arn = await call("read the RedrivePolicy of", async (abortSignal) => {
        const { Attributes: attributes } = await client.send(command, { abortSignal });
        return targetArn(attributes?.["RedrivePolicy"]);
      });
      if (arn === undefined) return undefined;
      const [owner, name] = arn.split(":").slice(4);
      const find = new GetQueueUrlCommand({ QueueName: name, QueueOwnerAWSAccountId: owner });
      const { QueueUrl: found } = await call(`find the dead-letter queue ${name} of`, (abortSignal) =>
        client.send(find, { abortSignal }),
      );
      return found === undefined ? undefined : queueOf(found, client, receiver);
    },

    async verify() {
      const command = new GetQueueAttributesCommand({ ...target, AttributeNames: ["QueueArn"] });
      await call("ask about", (abortSignal) => client.send(command, { abortSignal }));
    },

    close() {
      client.destroy();
      receiver.destroy();
    },
  };
}

const redrivePolicy = z.object({ deadLetterTargetArn: z.string() });

function targetArn(policy: string | undefined): string | undefined {
  if (!policy) return undefined;
  return redrivePolicy.parse(JSON.parse(policy)).deadLetterTargetArn;
}

/** Runs a call that is given up after so many seconds, also where it does not heed its signal. */
async function withDeadline<T>(what: string, seconds: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      timer = setTimeout(() => {
        const error = new Error(`no answer within ${seconds} s`);
        reject(error);
        controller.abort(error);
      }, seconds * 1000);
      run(controller.signal).then(resolve, reject);
    });
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new FramewatchError("queue-unavailable", `could not ${what}: ${reason}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}
