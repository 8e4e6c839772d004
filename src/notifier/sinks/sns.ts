import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as Sdk from "@aws-sdk/client-sns";
import { FramewatchError } from "../../errors.js";
import { type Alert, alertAttributes } from "../alert.js";
import type { Sink } from "./sink.js";

const require = createRequire(import.meta.url);
/** Loaded when it is first needed: who has no topic starts without it. */
const sdk = (): typeof Sdk => require("@aws-sdk/client-sns") as typeof Sdk;

/** SNS takes 256 KiB, attributes included; what is kept free is more than five attributes need. */
const maximumMessageBytes = 256 * 1024 - 4096;

/** Requests that neither connect nor answer are given up after this time, and repeated by the outbox. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true };

/** What SNS says of this one message, whenever it is published: its body, size or attributes are wrong. */
const refusals = ["InvalidParameterException", "InvalidParameterValueException"];

/** Only labels have no bound of their own: an alert without them is better than none. */
function messageOf(alert: Alert): string {
  const message = JSON.stringify(alert);
  if (Buffer.byteLength(message) <= maximumMessageBytes) return message;
  return JSON.stringify({ ...alert, data: { ...alert.data, labels: {}, labelsOmitted: true } } satisfies Alert);
}

/** A FIFO topic keeps the order within a stream or source, and drops a repeat of the same alert for five minutes. */
function fifoFields(topicArn: string, alert: Alert): { MessageGroupId?: string; MessageDeduplicationId?: string } {
  if (!topicArn.endsWith(".fifo")) return {};
  // A group id is at most 128 printable ASCII characters; stream names and keys may hold others.
  const group = createHash("sha256").update(alert.subject).digest("hex");
  return { MessageGroupId: group, MessageDeduplicationId: alert.id };
}

/**
 * Publishes to an SNS topic, standard or FIFO, through the SDK's own credentials, region and endpoint. It tries once:
 * repeating is the outbox' work, and repeating at two layers multiplies.
 */
export function snsSink(topicArn: string): Sink {
  const { PublishCommand, SNSClient } = sdk();
  const client = new SNSClient({ maxAttempts: 1, requestHandler: timeouts });
  return {
    name: "sns",
    async publish(alert, signal) {
      const attributes = Object.entries(alertAttributes(alert)).map(([name, value]) => [
        name,
        { DataType: "String", StringValue: value },
      ]);
      const command = new PublishCommand({
        TopicArn: topicArn,
        Message: messageOf(alert),
        MessageAttributes: Object.fromEntries(attributes),
        ...fifoFields(topicArn, alert),
      });
      try {
        await client.send(command, { abortSignal: signal });
      } catch (cause) {
        signal.throwIfAborted();
        const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
        const code = cause instanceof Error && refusals.includes(cause.name) ? "alert-refused" : "queue-unavailable";
        throw new FramewatchError(code, `SNS did not take an alert for ${topicArn} (${reason})`, { cause });
      }
    },
    close: () => client.destroy(),
  };
}

/** That the topic is there and may be asked about. @throws FramewatchError `queue-unavailable` */
export async function verifyTopic(topicArn: string): Promise<void> {
  const { GetTopicAttributesCommand, SNSClient } = sdk();
  const client = new SNSClient({ maxAttempts: 1, requestHandler: timeouts });
  try {
    await client.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  } catch (cause) {
    const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new FramewatchError("queue-unavailable", `SNS does not tell of ${topicArn} (${reason})`, { cause });
  } finally {
    client.destroy();
  }
}
